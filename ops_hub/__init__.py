"""ops-hub: screens advance passenger messages against shared lists and links what it finds.

Start reading at `pipeline.py`, which is the whole walk of a passenger on one screen, and at
`schemas.py`, which says what every column means.
"""

__version__ = "1.0.0"
