"""The queue: open cases by the time that is left, and what changes in it."""
