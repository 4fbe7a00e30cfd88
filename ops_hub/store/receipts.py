"""The receipts of past screenings, as the audit log has them.

Reach for `receipts_of()`. The log is read from its end, and only as far as is needed. Paths touched: HOME/audit.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from ops_hub.store.chain import files_of
from ops_hub.store.hub import Hub
from ops_hub.store.receipt import Receipt
from ops_hub.store.scribe import folder_of

SCREENED, DAY = "screened", "rescreened-day"  # actions: of a unit; of a day that was screened again, slice by slice


def receipts_of(hub: Hub, wanted: set[str]) -> dict[str, Receipt]:
    """Return the receipts of screenings, by id: of what waits to be written, then of the files, newest first."""
    found: dict[str, Receipt] = {}
    for stream in hub.streams("audit"):
        for _, fields in hub.of(stream).xrange(stream):
            _note(found, wanted, fields.get(b"event", b""))
    for path in reversed(files_of(folder_of(hub.home))):
        if wanted <= found.keys():
            break
        with path.open("rb") as lines:
            for line in lines:
                if b'"screened"' in line or b'"rescreened-day"' in line:
                    _note(found, wanted, line)
    return found


def _note(found: dict[str, Receipt], wanted: set[str], text: bytes) -> None:
    try:
        told: dict[str, Any] = json.loads(text)
        event = told.get("event", told)
        said = {SCREENED: [event["detail"]], DAY: event["detail"].get("receipts", [])}.get(event["action"], [])
        for each in said:
            if each.get("screening_id") in wanted:
                found.setdefault(each["screening_id"], msgspec.convert(each, Receipt))
    except (ValueError, KeyError, AttributeError, msgspec.ValidationError):
        return  # a line that is not whole: audit verify tells of it
