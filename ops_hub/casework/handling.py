"""Who may see what of a case: nothing, that it exists, or its content.

Reach for `view()`, the only way from a case to a reader: what it does not return never leaves the core.
"""

from __future__ import annotations

from typing import Any

from ops_hub.casework.case import CENTRE, Actor, Bundle, Case


def view(case: Case, bundle: Bundle, reader: Actor) -> dict[str, Any] | None:
    """Return what a reader may see of a case, None where nothing, not even that it exists.

    Args:
        case: the case.
        bundle: its content.
        reader: who asks.
    """
    if reader.state != CENTRE and reader.state not in case.concerned:
        return None
    open_part = {
        "case": case.id, "status": case.status, "channel": case.channel, "flight": case.flight,
        "from_port": case.from_port, "to_port": case.to_port, "deadline": case.deadline, "hits": len(case.hits),
    }  # fmt: skip
    own = [
        hit
        for hit in case.hits
        if reader.state in (hit.owner, CENTRE) or hit.hit_id in case.released.get(reader.state, [])
    ]
    shown = bundle.hits.filter(bundle.hits["hit_id"].is_in([hit.hit_id for hit in own]))
    return open_part | {"content": shown.to_dicts()}
