"""A REJECTS row for anything that cannot be used: what, where, why, and the text itself, bounded.

Reach for it wherever records are read and one is bad: the others go on. Kind 'record' is one record lost and counted
as rejected; kind 'note' is a part set aside while its record was kept.
"""

from __future__ import annotations

from typing import Any

MAX_RAW = 4000  # characters of raw text kept with a reject


def reject(
    source: str,
    reason: str,
    detail: str,
    *,
    raw: str = "",
    ref: str | None = None,
    position: int | None = None,
) -> dict[str, Any]:
    """Return a row of kind 'record': one record lost."""
    return {
        "source": source,
        "message_ref": ref,
        "position": position,
        "kind": "record",
        "reason": reason,
        "detail": detail,
        "raw": raw[:MAX_RAW],
    }
