"""Words that stand in code and are translated where they are shown: `_("agrees")` marks them for the catalogues."""

from __future__ import annotations


def _(text: str) -> str:
    """Return the text as it is."""
    return text
