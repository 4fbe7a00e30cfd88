"""Lists: how they are, and a new state of one put in force."""
