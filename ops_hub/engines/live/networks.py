"""What the hub holds, as networks take it: travellers of the lake, hits and entries of cases, what owners released.

Reach for `gathered()`, then `released_to()` and `others()` for one reader. Whom retention masks is left out, and hits that
were withdrawn or decided not to be the person are no links. Networks past their time are `old_networks`' to remove.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ops_hub.casework.case import Actor, Case
from ops_hub.desk.filing import Desk, cases_of, content_of
from ops_hub.desk.sight import seen_of
from ops_hub.engines.live.retention import is_masked, limits
from ops_hub.errors import ConfigError
from ops_hub.schemas import ENTRIES, HITS, TRAVELLERS, empty
from ops_hub.store import audit, lake
from ops_hub.store import cases as store
from ops_hub.store.aside import Aside
from ops_hub.store.segments import Damage

_AT_ONCE = 2000  # cases opened at once
_NAME = "network-travellers"


@dataclass(frozen=True)
class Gathered:
    """Frames for a network.

    Attributes:
        travellers, hits, entries: TRAVELLERS, HITS and ENTRIES.
        masked: days that were left out because retention masks them.
        keep_until: the last day on which nobody in it is to be masked; None where that never comes.
        released: by state, record ids and node ids of entries whose content owners released to it.
    """

    travellers: pl.LazyFrame
    hits: pl.DataFrame
    entries: pl.DataFrame
    masked: int
    keep_until: date | None
    released: dict[str, list[tuple[str, str]]]


def gathered(
    desk: Desk, place: Aside, by: Actor, *, since: date | None, until: date | None, purpose: str
) -> Gathered:  # fmt: skip
    """Return what the hub holds of some days of arrival, both ends included; travellers are put aside on disk.

    Args:
        desk: the hub's desk.
        place: takes the travellers while the network is built.
        by: who asks: of the centre, which keeps the lake.
        since: first day; None from the first one kept.
        until: last day; None to the last one.
        purpose: why, for the audit log.

    Raises:
        ConfigError: no purpose is given.
        StoreError: the lake is in another home folder.
    """
    if not purpose.strip():
        raise ConfigError("--purpose", "a network of the hub's travellers needs a purpose", "say what it is for")
    audit.record(desk.hub, str(by), "network-gathered", "lake", purpose=purpose, since=since, until=until)
    now, masked, damaged, ends = desk.hub.now(), 0, list[Damage](), list[date]()
    for state, day in lake.days(desk.hub):
        if not (since is None or day >= since.isoformat()) or not (until is None or day <= until.isoformat()):
            continue
        if is_masked(desk.hub, desk.states, state, day, now):
            masked += 1
            continue
        end = date.fromisoformat(day) + timedelta(days=limits(desk.states, state)[0].mask_days)
        if end >= now.date():  # past it, a hold keeps the day as it is
            ends.append(end)
        for frame in lake.read(desk.hub, [state], [day], identity=True, damaged=damaged):
            place.put(_NAME, frame.select(list(TRAVELLERS)))
    for each in damaged:
        audit.record(desk.hub, str(by), "lake-damaged", f"{each.file} at {each.offset}", reason=each.reason)
    cases = list(_cases(desk))
    hits, entries = met(desk, cases)
    free = {state: sorted(each) for state, each in released(cases).items()}
    return Gathered(place.scan(_NAME, TRAVELLERS), hits, entries, masked, min(ends, default=None), free)


def met(desk: Desk, cases: Iterable[Case]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return HITS and ENTRIES of all cases, without what was withdrawn or is not the person."""
    hits, entries = [empty(HITS)], [empty(ENTRIES)]
    for case in cases:
        live = [hit.hit_id for hit in case.hits if hit.live]
        if not live or _is_somebody_else(desk, case):
            continue
        bundle = content_of(desk.hub, case)
        own = bundle.hits.filter(pl.col("hit_id").is_in(live))
        hits.append(own)
        entries.append(bundle.entries.join(own, on=["list_id", "entry_id", "entry_hash"], how="semi"))
    both = ["list_id", "entry_id"]
    return pl.concat(hits).unique("hit_id", maintain_order=True), pl.concat(entries).unique(both, maintain_order=True)


def _is_somebody_else(desk: Desk, case: Case) -> bool:
    outcome = desk.table.outcomes.get(case.outcome or "")
    return outcome is not None and outcome.remember


def _cases(desk: Desk) -> Iterator[Case]:
    numbers = store.of_state(desk.hub, "CENTRE", list(desk.table.states))
    for at in range(0, len(numbers), _AT_ONCE):
        found = cases_of(desk.hub, numbers[at : at + _AT_ONCE]).values()
        yield from (case for case in found if not case.forgotten)


def released_to(desk: Desk, state: str) -> set[tuple[str, str]]:
    """Return (record id, node id of the entry) whose content owners released to a state."""
    return released(_cases(desk)).get(state, set())


def released(cases: Iterable[Case]) -> dict[str, set[tuple[str, str]]]:
    """Return what owners released of these cases, by state: (record id, node id of the entry)."""
    found: dict[str, set[tuple[str, str]]] = {}
    for case in cases:
        for state, freed in case.released.items():
            mine = {(hit.record_id, f"entry:{hit.list_id}/{hit.entry_id}") for hit in case.hits if hit.hit_id in freed}
            found.setdefault(state, set()).update(mine)
    return {state: each for state, each in found.items() if each}


def others(desk: Desk, reader: Actor) -> dict[str, list[str]]:
    """Return, for each record of a case that a reader may see, the desks to speak to before anything is done."""
    found: dict[str, set[str]] = {}
    numbers = store.of_state(
        desk.hub, reader.state, [name for name, each in desk.table.states.items() if not each.done]
    )
    for at in range(0, len(numbers), _AT_ONCE):
        for sight in seen_of(desk, numbers[at : at + _AT_ONCE], reader).values():
            desks = {_desk(lead["contact"]) for lead in sight.told["leads"] if lead["owner"] != reader.state}
            if "elsewhere" in sight.told:
                desks.add(_desk(sight.told["elsewhere"]["contact"]))
            claimed = sight.told.get("claimed_by")
            if claimed and claimed.partition("/")[0] != reader.state:
                desks.add(_desk(desk.policy.contact(claimed.partition("/")[0])))
            for record in sight.case.records:
                found.setdefault(record, set()).update(desks)
    return {record: sorted(desks) for record, desks in found.items() if desks}


def _desk(contact: dict[str, str]) -> str:
    return ", ".join(part for part in contact.values() if part)
