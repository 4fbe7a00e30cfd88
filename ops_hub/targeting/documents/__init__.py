"""Checks of the documents that people travel on; `findings` is the door."""
