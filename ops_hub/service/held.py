"""Acts that wait some seconds before they are done, so that whoever did them can take them back.

Reach for `hold()`, `undo()` and `carry_out()`. Until it is carried out nobody else is told anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller

SECONDS = 10


class Held(msgspec.Struct, frozen=True):
    """An act that waits: its id, and when it will be done."""

    id: str
    until: datetime


def hold(centre: Centre, by: Caller, case: int, verb: str, detail: Mapping[str, Any]) -> Held:
    """Hold an act on a case for some seconds; what would be refused now is refused at once."""
    raise NotImplementedError
