"""day/: an invented day of a centre that begins now: flights of the next hours, lists of several states, days of history."""
