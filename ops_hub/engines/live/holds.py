"""Legal holds: what a court or an open case needs is neither masked nor deleted until the hold is released.

Reach for `hold_day()`, `hold_record()`, `hold_case()`, `release()` and `all_holds()`. A whole (state, day) under hold
keeps its key. Of single records, or of a case with its content, only these are kept: before the day's key is destroyed
they are sealed anew with a key of the hold (owner: the state, period: hold-N), in HOME/lake/STATE/hold-N and in the hub
(`store.held`), where the desk finds a case's content.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import polars as pl

from ops_hub.casework.case import CENTRE, FORGOTTEN, Actor, Case
from ops_hub.errors import ConfigError, StoreError
from ops_hub.store import audit, lake
from ops_hub.store.files import write_bytes
from ops_hub.store.held import HOLDS, Hold, all_holds, put_aside
from ops_hub.store.hub import Hub, key
from ops_hub.store.lakefiles import about, folder_of, remove, writing
from ops_hub.store.place import claim
from ops_hub.store.receipt import packed
from ops_hub.store.segments import Heading, record

ROLES = ("supervisor", "prosecutor")  # who may order a hold, and release it
REASONS = "reasons"  # period of the centre's key that reasons are sealed with: people write names into them


def hold_day(hub: Hub, state: str, day: str, reason: str, by: Actor) -> Hold:
    """Put a whole day of a state under hold.

    Raises:
        StoreError: nothing is kept of that day.
        ConfigError: the person may not, or gave no reason.
    """
    claim(hub)
    with writing(hub.home):
        if (state, day) not in lake.days(hub) and day not in hub.keyring.periods(state):
            raise StoreError(f"{state} {day}", "nothing is kept of that day", "see `ops-hub retention show`")
        return _put(hub, f"{state} {day}", ((state, day),), reason, by, is_whole=True)


def hold_record(hub: Hub, record_id: str, reason: str, by: Actor) -> Hold:
    """Put a record under hold, wherever it is kept; the same errors."""
    claim(hub)
    with writing(hub.home):
        return _put(hub, f"record {record_id}", _places(hub, (record_id,)), reason, by, records=(record_id,))


def hold_case(hub: Hub, number: int, reason: str, by: Actor) -> Hold:
    """Put the records and the content of a case under hold; the same errors."""
    claim(hub)
    with writing(hub.home):
        case = case_of(hub, number)
        if case.forgotten:
            raise StoreError(f"case {number}", FORGOTTEN, "nothing is left to hold")
        places = {(case.keeper, case.day)}  # of its content, also where the lake has no record of it
        with suppress(StoreError):
            places.update(_places(hub, case.records, case.day))
        return _put(hub, f"case {number}", tuple(places), reason, by, records=case.records, case=number)


def release(hub: Hub, number: int, reason: str, by: Actor) -> Hold:
    """End a hold: retention takes its course; what only the hold kept is forgotten at once.

    Raises:
        ConfigError: there is no such hold, or the person may not release it.
    """
    claim(hub)
    with writing(hub.home):
        found = next((each for each in all_holds(hub) if each.id == number), None)
        if found is None:
            raise ConfigError(f"hold {number}", "there is no such hold", "see `ops-hub retention show`")
        _may(by, {state for state, _ in found.places}, reason)
        said = sealed(hub, reason)
        with hub.client.pipeline(transaction=True) as pipe:
            pipe.hdel(HOLDS, number)
            pipe.xadd(
                audit.STREAM, audit.line(str(by), "hold-released", f"hold {number}", reason=said, what=found.about)
            )
            pipe.execute()
        forgotten = False
        for state in sorted({state for state, _ in found.places}):
            rows = lake.rows(hub, state, found.period)
            event = audit.line(
                str(by), "retention-deleted", f"{state} {found.period}", purpose="retention", rows=rows, rule="released"
            )
            if found.period in hub.keyring.periods(state):
                forgotten |= hub.keyring.destroy(state, found.period, (audit.STREAM, event))
            remove(hub.home, state, found.period)
        hub.client.delete(key("retention", found.period))
    if forgotten:
        hub.keyring.forget()
    return found


def keep_aside(hub: Hub, hold: Hold, state: str, day: str) -> None:
    """Seal what a hold keeps of a day anew, with the hold's own key; done again, it does the same.

    Raises:
        StoreError: some of the day cannot be read, so that nobody knows whether all of it was found.
    """
    frames = [
        frame.filter(pl.col("record_id").is_in(list(hold.records)))
        for frame in lake.read(hub, [state], [day], identity=True)
    ]
    found = [frame for frame in frames if frame.height]
    if found:
        frame = pl.concat(found).sort("record_id", "screening_id")
        rows = packed(frame)
        # named by what it holds: rows that come for the same day later lie beside it, and never replace it
        name = f"{day} {hashlib.blake2b(rows, digest_size=8).hexdigest()}"
        heading = Heading(f"{hold.period} {name}", frame.height, merged=True)
        data = hub.keyring.seal(state, hold.period, rows, about(state, hold.period, heading))
        path = folder_of(hub.home, state, hold.period) / f"of-{name.replace(' ', '-')}.seg"
        write_bytes(path, record(heading, data))
    if hold.case is not None:
        for part, words in _content(hub, hold.case, state, day):
            put_aside(hub, hold, state, part, words)


def why(hub: Hub, said: str) -> str:
    """Return a reason as it was written."""
    return hub.keyring.unseal(CENTRE, REASONS, base64.b64decode(said), b"reason").decode()


def case_of(hub: Hub, number: int) -> Case:
    """Return a case as the office keeps it.

    Raises:
        StoreError: there is none.
    """
    data = hub.client.hget(key("case", number), "case")
    if data is None:
        raise StoreError(f"case {number}", "there is no such case", "see `ops-hub case list`")
    return msgspec.json.decode(data, type=Case)


def _content(hub: Hub, case: int, state: str, day: str) -> Iterator[tuple[str, bytes]]:
    """Yield what of a case is sealed with the key of a state's day: its content, and what people wrote."""
    for name, value in hub.client.hgetall(key("case", case)).items():
        with suppress(StoreError):  # fields that are not sealed, or with another key
            yield name.decode(), hub.keyring.unseal(state, day, value, f"case {case}".encode())
    for text in hub.client.lrange(key("case", case, "events"), 0, -1):
        event: dict[str, Any] = json.loads(text)
        if "sealed" in event.get("detail", {}):
            number, words = event["number"], base64.b64decode(event["detail"]["sealed"])
            with suppress(StoreError):
                yield f"event {number}", hub.keyring.unseal(state, day, words, f"case {case} event {number}".encode())


def _put(hub: Hub, about_: str, places: tuple[tuple[str, str], ...], reason: str, by: Actor, *, is_whole: bool = False, records: tuple[str, ...] = (), case: int | None = None) -> Hold:  # fmt: skip
    _may(by, {state for state, _ in places}, reason)
    made = Hold(
        id=int(hub.client.incr(key("retention", "last-hold"))), about=about_, places=tuple(sorted(places)), is_whole=is_whole,
        reason=sealed(hub, reason), by=str(by), at=hub.now(), records=records, case=case,
    )  # fmt: skip
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.hset(HOLDS, made.id, msgspec.json.encode(made))
        pipe.xadd(
            audit.STREAM, audit.line(str(by), "hold-put", about_, hold=made.id, places=made.places, reason=made.reason)
        )
        pipe.execute()
    return made


def _may(by: Actor, states: set[str], reason: str) -> None:
    if not reason.strip():
        raise ConfigError("--reason", "it is empty", "write who ordered it, e.g. the court and its reference")
    if by.role not in ROLES or (by.state != CENTRE and not states <= {by.state}):
        raise ConfigError(
            str(by), f"holds are ordered and released by a {' or '.join(ROLES)} of the state that keeps the data ({', '.join(sorted(states))})", "let one of them do it"
        )  # fmt: skip


def _places(hub: Hub, records: tuple[str, ...], day: str | None = None) -> tuple[tuple[str, str], ...]:
    """Return each (state, day) that keeps one of the records."""
    found = {place for each in records for place in lake.find(hub, each, day).select("state", "day").unique().rows()}
    places = tuple((state, day) for state, day in sorted(found) if not day.startswith("hold-"))
    if not places:
        raise StoreError(f"record {', '.join(records)}", "nothing is kept of it", "see `ops-hub retention show`")
    return places


def sealed(hub: Hub, reason: str) -> str:
    """Return a reason as it is kept, and stands in the log."""
    return base64.b64encode(hub.keyring.seal(CENTRE, REASONS, reason.encode(), b"reason")).decode()
