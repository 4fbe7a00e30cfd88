"""What a journey is to each home state that it touches: inbound, outbound, intra-region, transit or domestic.

Reach for `directions()`. The states themselves are read by `ops_hub.states`.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.frames import DIRECTION
from ops_hub.states import States


def directions(journeys: pl.DataFrame, states: States) -> pl.Series:
    """Return, for each row, what the journey is to each home state that it touches, as a list of DIRECTION.

    `inbound` ends there, `outbound` begins there, `intra-region` likewise with the other end in another home state,
    `transit` only passes through it, `domestic` does not leave it.

    Args:
        journeys: has `embark_port` and `debark_port` of the whole journey, `from_port` and `to_port` of the leg.
        states: the home states.
    """
    columns = ["embark_port", "debark_port", "from_port", "to_port"]
    each = journeys.select(columns).unique(maintain_order=True)
    told = [_of_journey([states.of_port(port) for port in row], states) for row in each.iter_rows()]
    known = each.with_columns(pl.Series("directions", told, dtype=pl.List(DIRECTION)))
    joined = journeys.select(columns).join(known, on=columns, how="left", nulls_equal=True, maintain_order="left")
    return joined["directions"]


def _of_journey(ends: list[str | None], states: States) -> list[dict[str, str]]:
    begin, end, *via = ends
    told = []
    for code in sorted({each for each in ends if each is not None and each in states.by_code}):
        if begin == end == code:
            told.append((code, "domestic"))
        elif code in (begin, end):
            other = end if code == begin else begin
            plain = "outbound" if code == begin else "inbound"
            told.append((code, "intra-region" if other in states.by_code else plain))
        else:
            told.append((code, "transit"))
    return [{"state": code, "direction": direction} for code, direction in told]
