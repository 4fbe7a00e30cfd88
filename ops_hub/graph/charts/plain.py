"""Values of nodes and edges as plain text for files of other tools: no nulls, no lists, nothing that XML refuses.

Reach for `text()` and `plain()`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

# not fit for XML 1.0, and what turns the direction of all that follows: a name must not rearrange what stands after it
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


def text(value: object) -> str:
    """Return one value as text that every XML reader takes."""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes")
    return _CONTROL.sub("\ufffd", str(value))


def plain(row: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    """Return what is known of a row: numbers as they are, dates as ISO text, lists and citations joined."""
    made: dict[str, str | int | float | bool] = {}
    for name, value in row.items():
        if value is None or value == []:
            continue
        if isinstance(value, bool | int | float):
            made[name] = value
        elif isinstance(value, list):
            made[name] = "; ".join(cited(each) if isinstance(each, dict) else text(each) for each in value)
        else:
            made[name] = text(value)
    return made


def cited(cite: Mapping[str, Any]) -> str:
    """Return one citation in words: file, message, record, position."""
    said = (
        cite["source"],
        cite["message_ref"] and f"message {cite['message_ref']}",
        cite["record_id"] and f"record {cite['record_id']}",
        None if cite["position"] is None else f"position {cite['position']}",
    )
    return text(", ".join(str(each) for each in said if each))
