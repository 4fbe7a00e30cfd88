"""A passenger of the hub, as far as who asks may see them: the traveller of a case, or a record that is kept.

Reach for `of_case()` and `of_record()`. What is not there and what may not be seen look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.policy import Policy
from ops_hub.desk.filing import no_case
from ops_hub.desk.sight import seen
from ops_hub.engines.live import unmask
from ops_hub.engines.live.requests import masking
from ops_hub.errors import ConfigError, MissingError
from ops_hub.schemas import TRAVELLERS, conform, rows
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller
from ops_hub.store import lake

# Roles that the journey gives a state's passengers to; others see travellers by cases alone.
_ON_JOURNEY = ("officer", "supervisor")


@dataclass(frozen=True)
class Passenger:
    """Who is asked about.

    Attributes:
        travellers: TRAVELLERS, a row a record.
        released: entries (list, id) whose content a case gives the reader.
        number: of the case that they are the traveller of.
        kept: ids of the screenings that the records came from.
        snapshots: names of the lists that hits of the case were found in.
    """

    travellers: pl.DataFrame
    released: frozenset[tuple[str, str]] = frozenset()
    number: int | None = None
    kept: frozenset[str] = frozenset()
    snapshots: frozenset[str] = frozenset()

    @property
    def states(self) -> frozenset[str]:
        """States whose national they are said to be, by the carrier or by their papers."""
        found = set(self.travellers["nationality"].drop_nulls())
        papers = [each for held in self.travellers["documents"].drop_nulls() for each in held]
        return frozenset(
            found | {each["issuer"] for each in papers if each["issuer"] and (each["type"] or "P")[0] in "PI"}
        )


def of_case(centre: Centre, by: Caller, number: int) -> Passenger:
    """Return the traveller of a case.

    Raises:
        MissingError: there is no such case, or none for this reader.
        ConfigError: who the traveller is may not be seen, or not any more.
    """
    hidden = masking(centre.desk)(number, by.actor)
    found = seen(centre.desk, number, by.actor, masked=hidden)
    if found is None:
        raise no_case(number)
    if not found.told["traveller"]:
        raise ConfigError(f"case {number}", "who the traveller is cannot be seen" + (f": {found.missing}" if found.missing else ""), "ask about another passenger")  # fmt: skip
    known = [{name: value for name, value in each.items() if name in TRAVELLERS} for each in found.told["traveller"]]
    content = frozenset((each["list_id"], each["entry_id"]) for each in found.told["content"])
    snapshots = frozenset(found.told.get("operations", {}).get("snapshots", ()))
    return Passenger(rows(TRAVELLERS, known), content, number, snapshots=snapshots)


def of_record(centre: Centre, by: Caller, record_id: str, day: str | None) -> Passenger:
    """Return a record that the lake keeps.

    Raises:
        MissingError: there is none, or none for this reader.
        ConfigError: who it is may not be seen any more.
    """
    if day is not None:
        _is_day(day)
    found = lake.find(centre.hub, record_id, day, damaged=[])
    mine = found.filter(pl.Series([_concerns(row, by.actor, centre.desk.policy) for row in found.iter_rows(named=True)], dtype=pl.Boolean))  # fmt: skip
    if not mine.height:
        raise MissingError(
            "record", "there is none of this id that you may see", "look for the case, or type the name in"
        )
    about = f"record {record_id}"
    shown = unmask.shown(centre.hub, centre.desk.states, mine, by.actor, about, centre.hub.now())
    named = shown.filter(pl.any_horizontal(pl.col("family_name", "given_names", "full_name").is_not_null()))
    if not named.height:
        raise ConfigError("record", "who it is, is masked by retention", "ask a supervisor to unmask it, with a reason")
    one = named.unique("record_id", keep="last", maintain_order=True)
    return Passenger(conform(one.lazy(), TRAVELLERS).collect(), kept=frozenset(mine["screening_id"].drop_nulls()))


def _concerns(row: dict[str, object], reader: Actor, policy: Policy) -> bool:
    """Return whether a journey is the reader's: of the centre all, of a state those that begin, pass or end there."""
    if reader.role not in _ON_JOURNEY:
        return False
    if reader.state == CENTRE:
        return True
    legs = row["legs"] if isinstance(row["legs"], list) else []
    ports = [row["from_port"], row["to_port"], *(each[end] for each in legs for end in ("from_port", "to_port"))]
    return any(policy.states.of_port(str(port)) == reader.state for port in ports if port)


def _is_day(text: str) -> None:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return
    except ValueError:
        pass
    raise ConfigError("day", "this is no day", "write 2026-11-23")
