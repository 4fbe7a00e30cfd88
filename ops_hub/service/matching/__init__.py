"""Persons against lists: many at once, and why one did not meet."""
