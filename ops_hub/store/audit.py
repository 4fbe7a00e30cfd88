"""What was done, by whom and why, on its way to the audit log.

Reach for `record()` before anything is shown, decided or handed out, and for `line()` where it must be stored together
with something else. The log itself is written by the keeper, who chains it; here nobody is named but by ids.
"""

from __future__ import annotations

import json

from ops_hub.store.hub import Hub, key

STREAM = key("audit")


def line(by: str, action: str, about: str, *, purpose: str = "", **detail: object) -> dict[str, str]:
    """Return the fields of an audit event, for XADD to STREAM; its time is the id that the hub gives it.

    Args:
        by: STATE/NAME:ROLE.
        action: what was done, e.g. screened, case-shown, case-decided, exported.
        about: what it was done to, e.g. "case 2031"; ids only.
        purpose: why, where somebody said so.
        detail: what else must be known, ids and counts only.
    """
    event = {"by": by, "action": action, "about": about, "purpose": purpose, "detail": detail}
    return {"event": json.dumps(event, ensure_ascii=False, sort_keys=True, default=str)}


def record(hub: Hub, by: str, action: str, about: str, *, purpose: str = "", **detail: object) -> str:
    """Put an event on its way to the log and return its id; it is on disk when this returns (appendfsync)."""
    found = hub.client.xadd(STREAM, line(by, action, about, purpose=purpose, **detail))
    return str(found.decode())
