"""A hub with a past: travellers of some days, two states of the lists, an office that takes in what is found."""

import tempfile
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from threading import Event

import polars as pl
import pytest

from ops_hub.engines.live.rescreen import Ways, step
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.entries import finished
from ops_hub.lists.reading import read_lists
from ops_hub.pipeline import compile_lists
from ops_hub.schemas import ENTRIES, HITS, TRAVELLERS
from ops_hub.store.files import write_parquet
from ops_hub.store.hub import key, open_hub
from ops_hub.store.keyring import CENTRE
from ops_hub.store.receipt import receipt_of_line, unpacked
from ops_hub.store.server import stop
from tests.conftest import TODAY

DAYS = 6


class Office(Event):
    """Takes in what was found whenever re-screening waits for it."""

    def __init__(self, hub):
        super().__init__()
        self.hub, self.taken = hub, []

    def take(self):
        for name, fields in self.hub.client.xrange(key("screened")):
            self.taken.append(fields)
            self.hub.client.xdel(key("screened"), name)

    def wait(self, timeout=None):
        self.take()
        return super().wait(0.001)

    def frames(self, part, schema):
        self.take()
        found = [
            unpacked(
                self.hub.keyring.unseal(CENTRE, "transit", fields[part], receipt.screening_id.encode()), schema, part
            )
            for fields, receipt in zip(self.taken, self.receipts(), strict=True)
            if part in fields
        ]
        return pl.concat(found) if found else pl.DataFrame()

    def receipts(self):
        self.take()
        return [receipt_of_line(fields[b"receipt"]) for fields in self.taken]

    def hits(self):
        return self.frames(b"hits", HITS)

    def travellers(self):
        return self.frames(b"travellers", TRAVELLERS)

    def entries(self):
        return self.frames(b"entries", ENTRIES)


@dataclass
class Past:
    """What is retained, by day, and what was asked of it."""

    travellers: pl.DataFrame
    asked: list = field(default_factory=list)
    withdrawn: list = field(default_factory=list)
    breaks_at: str | None = None

    def days(self):
        return [f"2026-11-{20 + day}" for day in range(DAYS)]

    def read(self, day):
        if day == self.breaks_at:
            raise KeyboardInterrupt
        self.asked.append(day)
        own = self.travellers.gather_every(DAYS, self.days().index(day))
        for part in own.iter_slices(300):
            yield part.with_columns(pl.lit(f"screening of {day}").alias("screening_id"))

    def withdraw(self, pairs, reason, still):
        self.withdrawn.append((pairs, reason, still))


@dataclass
class World:
    hub: object
    office: Office
    past: Past
    ways: Ways
    snapshots: dict

    def step(self, name):
        return step(self.hub, name, self.office.is_set, self.ways, poll=0.0, pause=self.office.wait)

    def publish(self, snapshot):
        self.snapshots[snapshot.hash] = snapshot
        self.hub.client.set(key("snapshot"), snapshot.hash)
        self.hub.client.xadd(key("published"), {"snapshot": snapshot.hash, "ruleset": "rules", "before": ""})


@pytest.fixture(scope="module")
def exercise(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exercise")
    made = generate(ExerciseSpec(3000, 600, 3, planted=300))
    write_parquet(folder / "feed.parquet", made.feed)
    made.watchlist.write_csv(folder / "watchlist.csv")
    batches = read([folder / "feed.parquet"], ReadOptions(TODAY, b"key"))
    return pl.concat([batch.travellers for batch in batches]), read_lists([folder / "watchlist.csv"])[0]


def with_entries(listed, entries, knowledge):
    """A snapshot of some of the exercise's entries."""
    return compile_lists([replace(listed, entries=entries)], knowledge)


@pytest.fixture(scope="module")
def states(exercise, knowledge):
    """The lists before and after: 100 entries more, 50 fewer, 50 with another remark."""
    listed = exercise[1]
    entries = listed.entries.sample(fraction=1, shuffle=True, seed=1)
    noted = entries[50:100].with_columns(pl.lit("known to carry two passports").alias("remarks"))
    changed = finished(noted.drop("entry_hash"), listed.info)
    old = with_entries(listed, entries[:500], knowledge)
    new = with_entries(listed, pl.concat([changed, entries[100:]]), knowledge)
    return old, new


@pytest.fixture
def past_hub():
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the server is to live on when who started it ends
        opened = open_hub(home)
    yield opened
    stop(home)
    opened.client.close()
    rmtree(home)


@pytest.fixture
def world(past_hub, exercise, knowledge):
    past, snapshots = Past(exercise[0]), {}
    ways = Ways(snapshots.__getitem__, past.days, past.read, past.withdraw, {"rules": knowledge}.__getitem__)
    return World(past_hub, Office(past_hub), past, ways, snapshots)
