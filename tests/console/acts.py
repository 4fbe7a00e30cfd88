"""`cases.act` for tests of this branch, where the console does not have it yet; its own takes precedence."""

from __future__ import annotations

from typing import Any

import msgspec

from ops_hub.engines.live.requests import carrying_out
from ops_hub.service.centre import Centre
from ops_hub.service.held import hold
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import Caller, operation


class Acts(msgspec.Struct, forbid_unknown_fields=True):
    case: int
    verb: str
    detail: dict[str, Any] = {}
    hold: bool = False


@operation("cases.act", "POST", "/cases/{case}/acts")
def act(centre: Centre, by: Caller, asked: Acts) -> Any:
    """Act on a case."""
    if asked.hold:
        return hold(centre, by, asked.case, asked.verb, asked.detail)
    return carrying_out(centre.desk)(by.actor, asked.verb, {"case": asked.case, "detail": asked.detail})


OPERATIONS.setdefault("cases.act", act)
