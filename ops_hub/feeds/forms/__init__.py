"""Crew and passenger lists as small carriers write them: workbooks, and CSV in the layout of a form; `reading` is the door."""
