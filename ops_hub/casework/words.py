"""Words about people: what a hit is called by its handling, and what nobody to be protected is ever called.

Reach for `words_for()`, and for `careful()` before an owner's free text goes into anything about a person to be
protected. Names of people are never changed: someone may be called Wanted.
"""

from __future__ import annotations

import re

from ops_hub.casework.policy import Policy

# English, Spanish, French, Dutch: the languages of notices.
_HARMFUL = re.compile(
    r"\b(suspect\w*|wanted|offend\w*|illegal\w*|criminal\w*|culprit\w*|perpetrat\w*|fugitive\w*|smuggler\w*|prostitut\w*"
    r"|sospech\w*|buscad[oa]s?|delincuen\w*|ilegal\w*|pr[oó]fug[oa]s?|recherch[ée]e?s?|d[ée]linquan\w*|ill[ée]gal\w*"
    r"|clandestin\w*|verdacht\w*|gezocht\w*|dader\w*|illegaal|illegale\w*|voortvluchtig\w*)\b",
    re.IGNORECASE,
)


def words_for(policy: Policy, handling: str) -> str:
    """Return what a hit is called; an unknown handling is called as somebody to be protected."""
    words = policy.sharing.words
    return words[handling] if handling in ("enforce", "discreet") else words["protect"]


def harmful(text: str) -> list[str]:
    """Return the words of a text that nobody to be protected is called."""
    return [found.group(0) for found in _HARMFUL.finditer(text.replace("_", " "))]


def careful(policy: Policy, text: str | None) -> str | None:
    """Return an owner's free text as it may stand in a protection file: whole, or withheld where its words harm."""
    return policy.sharing.words["withheld"] if text and harmful(text) else text
