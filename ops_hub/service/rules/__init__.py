"""Risk rules: written, tested, put in force by a second person."""
