"""What tests of the queue need: a flight that arrives, and `cases.act` until the console has its own, which precedes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.requests import carrying_out
from ops_hub.service.cases.held import hold
from ops_hub.service.centre import Centre
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import Caller, operation
from ops_hub.states import home_states
from tests.conftest import ROOT
from tests.console import day


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


def another_flight(hub, number: bytes = b"BW439", sample: int = 0) -> None:
    """Hand in a sample message as another flight, and screen it: new cases."""
    data = (ROOT / "sample_feeds" / day.MESSAGES[sample]).read_bytes()
    for old in (b"BW432", b"BW0432", b"BW449", b"BW0449"):
        data = data.replace(old, number)
    Intake(hub, home_states()).message(day.moved(data, hub.now() + timedelta(hours=1)), number.decode())
    day.worked(hub, keep=False)
