"""The invented people who work at the centre of the invented day, and the one password of all of them.

Reach for `ACCOUNTS` and `PASSWORD` in the demo of the console, and to find them where they must not be.
"""

from __future__ import annotations

PASSWORD = "invented-day"
# Name, state, role: one of each role, and a second one where two must agree.
ACCOUNTS = (
    ("wanda", "CENTRE", "watch-officer"), ("omar", "CENTRE", "watch-officer"), ("sofia", "CENTRE", "supervisor"),
    ("lia", "BRB", "liaison"), ("petra", "CENTRE", "protection"), ("serge", "CENTRE", "services"), ("paul", "HND", "prosecutor"),
    ("luis", "HND", "list-owner"), ("rita", "CENTRE", "rule-author"), ("ruth", "CENTRE", "rule-author"),
    ("audra", "CENTRE", "auditor"), ("adam", "CENTRE", "administrator"),
)  # fmt: skip
