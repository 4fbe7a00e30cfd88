"""Units into results: what a worker does between taking and storing, without touching the queue.

Reach for `open_held()` when lists are published, for `screened_units()` with what was taken, and for `results()` with
what came of each. The screening itself is `pipeline.screen`, once for all units together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import msgspec
import polars as pl

from ops_hub.config import matching_config
from ops_hub.engines.live.keeping import kept_for
from ops_hub.feeds.parsed import Row, Source
from ops_hub.feeds.units import read_unit, unpacked_rows
from ops_hub.lists.snapshot import open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, Lists, open_lists, screen
from ops_hub.schemas import MESSAGES, REJECTS, TRAVELLERS, empty, rows
from ops_hub.states import States, home_states
from ops_hub.store import headed
from ops_hub.store.archive import rules_folder, snapshot_folder
from ops_hub.store.audit import line
from ops_hub.store.code import package_versions
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE
from ops_hub.store.queue import Adds, Taken
from ops_hub.store.receipt import Receipt, digest_of, digest_of_records, packed, screening_id, unpacked
from ops_hub.store.receipts import SCREENED

_HIT = ["list_id", "entry_id"]


@dataclass(frozen=True)
class Held:
    """What a worker screens with, and the digests that a receipt names it by."""

    snapshot: str
    ruleset: str
    code: str
    lists: Lists
    knowledge: Knowledge
    states: States

    @property
    def name(self) -> str:
        """How the queue names it."""
        return f"{self.snapshot} {self.ruleset}"


@dataclass(frozen=True)
class Screened:
    """A unit and what came of it; `kept` is what `kept_for` says of its travellers, `entries` those that were met.

    `messages` is what its messages say about themselves (MESSAGES): manifests need it, and what is screened does not.
    """

    item: Taken
    travellers: pl.DataFrame
    rejects: pl.DataFrame
    hits: pl.DataFrame
    entries: pl.DataFrame
    kept: pl.DataFrame
    messages: pl.DataFrame
    kept_messages: pl.DataFrame


def open_held(hub: Hub, snapshot: str, ruleset: str, code: str, *, threads: int = 1) -> Held:
    """Return lists and rules that are published, checked byte by byte and memory-mapped.

    Raises:
        ConfigError: they are damaged, or do not fit together.
        StoreError: they are not here, or a home state's key is not.
    """
    rules = rules_folder(hub, ruleset)
    knowledge = Knowledge(name_tables(rules), matching_config(rules), threads)
    lists = open_lists(open_snapshot(snapshot_folder(hub, snapshot), verify=True), knowledge)
    states = home_states(rules)
    hub.keyring.have([CENTRE, *states.by_code])  # without one, every unit of that state's travellers would fail
    return Held(snapshot, ruleset, code, lists, knowledge, states)


def screened_units(units: Sequence[tuple[Taken, bytes]], held: Held, hash_key: bytes, now: datetime) -> list[Screened]:
    """Return what comes of units; they are read one by one and screened together.

    Args:
        units: as they were taken, with their bytes.
        held: what is screened with.
        hash_key: for payment numbers.
        now: the hub's time; its day is that on which entries must be valid, and by which two-digit years are read.
    """
    read = _read(units, now.date(), hash_key)
    ids = pl.concat([each.travellers.select(pl.col("record_id").unique()) for each in read])
    if ids["record_id"].is_duplicated().any():  # the same record came in two messages: hits could not be told apart
        return [each for unit in units for each in _screened([unit], _read([unit], now.date(), hash_key), held, now)]
    return _screened(units, read, held, now)


def results(done: Screened, held: Held, hub: Hub, now: datetime) -> tuple[Adds, dict[str, int]]:
    """Return what must be stored of a unit, sealed, and what to count.

    Args:
        done: what came of it.
        held: what it was screened with.
        hub: whose keys.
        now: the hub's time.
    """
    receipt = _receipt(done, held, now)
    about = receipt.screening_id.encode()

    def sealed(frame: pl.DataFrame) -> bytes:
        return hub.keyring.seal(CENTRE, "transit", packed(frame), about)

    def stream(name: str) -> str:
        return key(name, partition=done.item.partition)

    fields: dict[str, Any] = {"receipt": msgspec.json.encode(receipt)}
    if done.hits.height:
        met = done.travellers.filter(pl.col("record_id").is_in(done.hits["record_id"].unique().implode()))
        fields |= {"hits": sealed(done.hits), "travellers": sealed(met), "entries": sealed(done.entries)}
    if receipt.reply_to:
        fields |= {"people": sealed(done.travellers), "rejects": sealed(done.rejects)}
    adds: list[tuple[str, dict[str, Any]]] = [(stream("screened"), fields)]
    for state, day, part in _by_keeper(done.travellers, done.kept):
        blob = hub.keyring.seal(state, day, packed(part), f"{state} {day} {receipt.screening_id}".encode())
        named = {"state": state, "day": day, "rows": part.height, "screening_id": receipt.screening_id}
        adds.append((stream("kept"), named | {"blob": blob}))
    for state, day, part in _by_keeper(done.messages, done.kept_messages):
        blob = hub.keyring.seal(
            state, day, headed.packed(part, receipt.screening_id), headed.about(state, day, receipt.screening_id)
        )
        named = {"state": state, "day": day, "rows": part.height, "screening_id": receipt.screening_id}
        adds.append((stream("kept"), named | {"what": headed.WHAT, "blob": blob}))
    if done.rejects.height:
        blob = hub.keyring.seal(CENTRE, "rejects", packed(done.rejects), about)
        named = {"screening_id": receipt.screening_id, "source": receipt.source, "rows": done.rejects.height}
        adds.append((stream("rejects"), named | {"blob": blob}))
    said = msgspec.to_builtins(receipt)
    event = line("CENTRE/worker:system", SCREENED, f"screening {receipt.screening_id}", **said)
    adds.append((stream("audit"), dict(event)))
    lag = max(0, int((now - receipt.accepted_at).total_seconds() * 1000))
    counts = {"units": 1, "screened": receipt.screened, "rejected": receipt.rejected, "hits": receipt.hits, "lag": lag}
    return adds, {name: many for name, many in counts.items() if many}


@dataclass(frozen=True)
class _Read:
    """What was read of a unit: TRAVELLERS, REJECTS, MESSAGES."""

    travellers: pl.DataFrame
    rejects: pl.DataFrame
    messages: pl.DataFrame


def _read(units: Sequence[tuple[Taken, bytes]], today: date, hash_key: bytes) -> list[_Read]:
    """Return what was read of each unit; the rows of all messages become one frame each, which is cut again."""
    found: list[_Read | None] = []
    rows_of, ends = (list[Row](), list[Row](), list[Row]()), [(0, 0, 0)]
    for item, data in units:
        if item.fields[b"kind"] == b"rows":
            frames = unpacked_rows(data)
            people, lost = unpacked(frames[0], TRAVELLERS, "worker"), unpacked(frames[1], REJECTS, "worker")
            found.append(_Read(people, lost, empty(MESSAGES)))
            continue
        source = Source(item.fields[b"source"].decode(), today, hash_key)
        message = read_unit(data, int(item.fields[b"shift"]), source)
        for whole, part in zip(rows_of, (message.travellers, message.rejects, message.headers), strict=True):
            whole.extend(part)
        ends.append((len(rows_of[0]), len(rows_of[1]), len(rows_of[2])))
        found.append(None)
    frames_of = [rows(schema, each) for schema, each in zip((TRAVELLERS, REJECTS, MESSAGES), rows_of, strict=True)]
    cut = (
        _Read(*(frame[one:other] for frame, one, other in zip(frames_of, begin, end, strict=True)))
        for begin, end in pairwise(ends)
    )
    return [next(cut) if each is None else each for each in found]


def _screened(units: Sequence[tuple[Taken, bytes]], read: list[_Read], held: Held, now: datetime) -> list[Screened]:
    travellers = pl.concat([each.travellers for each in read])
    hits = screen(travellers, held.lists, held.knowledge, today=now.date())
    kept = kept_for(travellers, held.states, now)
    kept_messages = kept_for(pl.concat([each.messages for each in read]), held.states, now, "message_id")
    entries = _met(hits, held.lists)
    done, at, after = [], 0, 0
    for (item, _), each in zip(units, read, strict=True):
        people, messages = each.travellers, each.messages
        mine = hits.filter(pl.col("record_id").is_in(people["record_id"].implode())) if hits.height else hits
        told = entries.join(mine.select(_HIT).unique(), on=_HIT, how="semi") if mine.height else entries.clear()
        places = kept.slice(at, people.height), kept_messages.slice(after, messages.height)
        done.append(Screened(item, people, each.rejects, mine, told, places[0], messages, places[1]))
        at, after = at + people.height, after + messages.height
    return done


def _met(hits: pl.DataFrame, lists: Lists) -> pl.DataFrame:
    """Return the ENTRIES of hits, as they hold now."""
    wanted = hits.select(_HIT).unique()
    found = []
    for part in lists.parts if wanted.height else ():
        rows_met = part.entries.filter(pl.col("entry_id").is_in(wanted["entry_id"].implode()))
        found.append(rows_met.join(wanted, on=_HIT, how="semi").join(hits, on=[*_HIT, "entry_hash"], how="semi"))
    return pl.concat(found) if found else lists.parts[0].entries.clear()


def _by_keeper(frame: pl.DataFrame, kept: pl.DataFrame) -> list[tuple[str, str, pl.DataFrame]]:
    places = kept.select("state", "day").unique(maintain_order=True).rows()
    if len(places) == 1:
        return [(*places[0], frame)]
    return [(state, day, frame.filter((kept["state"] == state) & (kept["day"] == day))) for state, day in places]


def _receipt(done: Screened, held: Held, now: datetime) -> Receipt:
    config, item = held.knowledge.config, done.item
    return Receipt(
        screening_id=screening_id(item.unit, held.snapshot, config.digest, held.ruleset, held.code),
        unit=item.unit,
        source=item.fields[b"source"].decode(),
        kind=item.fields[b"kind"].decode(),
        snapshot=held.snapshot,
        configuration=config.digest,
        ruleset=held.ruleset,
        code=held.code,
        versions=package_versions(),
        threshold=config.bands.threshold,
        today=now.date(),
        screened=done.travellers.height,
        rejected=done.rejects.filter(pl.col("kind") == "record").height,
        hits=done.hits.height,
        records=digest_of_records(done.travellers),
        result=digest_of(done.hits),
        accepted_at=item.accepted_at,
        screened_at=now,
        reply_to=item.fields[b"reply_to"].decode() or None,
    )
