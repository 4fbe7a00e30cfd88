"""Measures what a traveller and a case cost in the hub: a real server, worker, keeper and office, one after the other.

Reach for `hub()`, in a process of its own. Two sets of messages are handed in, one of travellers who give no hit and one
in which many do: what the second costs more is the cost of its cases. What it is used for stands in `capacity_measure`.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.live import MESSAGE, messages
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.services import SERVICES, ByRules
from ops_hub.engines.live.worker import Worker
from ops_hub.states import home_states
from ops_hub.store import archive, lake
from ops_hub.store.cases import last_number
from ops_hub.store.chain import lines
from ops_hub.store.compacting import compact
from ops_hub.store.hub import Hub, key, open_hub
from ops_hub.store.lakefiles import writing
from ops_hub.store.scribe import folder_of
from ops_hub.store.server import stop

Figures = dict[str, float]
WARM = 5  # messages that are done before anything is counted: opening lists, reading compiled code
PATIENCE = 300.0  # seconds after which something is wrong


class _Watched:
    """A hub, and what work on it has cost: of this process, of the server, and on the wire between them."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.worker = Worker(hub, f"bench-{time.monotonic_ns()}")  # one for all: it keeps lists open

    def now(self) -> Figures:
        """Return what was used until now."""
        used, told = resource.getrusage(resource.RUSAGE_SELF), self.hub.client.info()
        return {
            "cpu": used.ru_utime + used.ru_stime, "server": told["used_cpu_user"] + told["used_cpu_sys"],
            "in": told["total_net_input_bytes"], "out": told["total_net_output_bytes"], "wall": time.perf_counter(),
        }  # fmt: skip

    def cost(self, work: Callable[[], object]) -> Figures:
        """Do some work and return what it cost."""
        before = self.now()
        work()
        after = self.now()
        return {name: after[name] - before[name] for name in before}


def hub(folder: str, sent: int, hitting: int) -> Figures:
    """Return the costs of the hub.

    Args:
        folder: holds lists.snapshot, others.parquet (travellers without a hit), hits.parquet (all with one).
        sent: messages of 200 travellers in each set.
        hitting: travellers with a hit in each message of the second set.
    """
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as home:
        opened = open_hub(Path(home))
        try:
            return _measured(_Watched(opened), Path(folder), sent, hitting)
        finally:
            opened.client.close()
            stop(Path(home))


def _measured(on: _Watched, folder: Path, many: int, hitting: int) -> Figures:
    hub = on.hub
    archive.publish(hub, archive.keep_snapshot(hub, folder / "lists.snapshot"), archive.keep_rules(hub, None))
    plain, met = pl.read_parquet(folder / "others.parquet"), pl.read_parquet(folder / "hits.parquet")
    free = _messages(plain.head((many * 2 + WARM) * MESSAGE))
    _through(on, free[:WARM])
    alone = _through(on, free[WARM : WARM + many], one_by_one=True)
    kept = _sizes(hub)
    quiet = _through(on, free[WARM + many :])
    merged = _sizes(hub)
    cases_of = _messages(_mixed(plain, met, many, hitting), first=len(free))
    busy = _through(on, cases_of)
    after = _sizes(hub)
    travellers, cases = many * MESSAGE, after["cases"] - merged["cases"]
    per = {
        "live_alone_cpu": alone["worker cpu"] / travellers, "live_together_cpu": quiet["worker cpu"] / travellers,
        "intake_cpu": alone["intake cpu"] / travellers, "keeper_cpu": alone["keeper cpu"] / travellers,
        "server_cpu": sum(alone[f"{each} server"] for each in ("intake", "worker", "keeper", "office")) / travellers,
        "wire_bytes": sum(alone[f"{each} {way}"] for each in ("intake", "worker", "keeper") for way in ("in", "out")) / travellers,
        "message_bytes": sum(map(len, free)) / len(free) / MESSAGE,
        "lake_bytes": (merged["lake"] - kept["lake"]) / travellers,
        "audit_bytes_message": (merged["audit"] - kept["audit"]) / many, "audit_events_message": (merged["events"] - kept["events"]) / many,
    }  # fmt: skip
    more = {name: (busy[name] - quiet[name]) / cases for name in busy}
    rate = {
        "case_cpu": more["worker cpu"] + more["office cpu"] + more["keeper cpu"], "case_server_cpu": sum(more[f"{each} server"] for each in ("worker", "keeper", "office")),
        "case_wall": more["office wall"], "audit_bytes_case": (after["audit"] - merged["audit"] - per["audit_bytes_message"] * many) / cases,
        "audit_events_case": (after["events"] - merged["events"] - per["audit_events_message"] * many) / cases,
        "case_memory": (after["memory"] - merged["memory"]) / cases, "mailbox_bytes": (after["mailboxes"] - merged["mailboxes"]) / cases,
    }  # fmt: skip
    return per | rate | {"cases": cases, "travellers": travellers * 3}


def _messages(rows: pl.DataFrame, first: int = 0) -> list[str]:
    """Return messages of these rows; other numbers make other messages of them."""
    place = Path(tempfile.mkstemp(suffix=".parquet", dir="/tmp")[1])
    rows.write_parquet(place)
    try:
        return [text.replace("UNH+", f"UNH+{first}X", 1) for text in messages(place, date.today())]
    finally:
        place.unlink()


def _mixed(plain: pl.DataFrame, met: pl.DataFrame, many: int, hitting: int) -> pl.DataFrame:
    """Return rows for messages, so many travellers of each with a hit, each of them once."""
    parts = []
    for number in range(many):
        few = met.slice(number * hitting, hitting)
        parts += [few, plain.slice(plain.height - (number + 1) * MESSAGE, MESSAGE - few.height)]
    return pl.concat(parts)


def _through(on: _Watched, texts: list[str], *, one_by_one: bool = False) -> Figures:
    """Let messages go all the way, and return what each service spent on them."""
    hub, found = on.hub, {}
    intake = Intake(hub, home_states())

    def hand_in(some: list[str]) -> None:
        for text in some:
            intake.message(text.encode(), "bench.edi")

    parts = [[each] for each in texts] if one_by_one else [texts]
    for part in parts:
        for what, work in (("intake", lambda part=part: hand_in(part)), ("worker", lambda: _until_done(on.worker))):
            for one, value in on.cost(work).items():
                found[f"{what} {one}"] = found.get(f"{what} {one}", 0.0) + value
    # their work alone: as a process of its own each also lowers its priority, which would stay with this one
    services = {name: each for name, each in SERVICES if isinstance(each, ByRules)}
    for what, streams in (("office", ("screened", "case-changes")), ("keeper", ("kept", "audit"))):
        spent = on.cost(lambda what=what, streams=streams: services[what].work(hub, None, _empty(hub, streams)))
        found |= {f"{what} {one}": value for one, value in spent.items()}
    for state, day in lake.days(hub):
        with writing(hub.home):
            compact(hub, state, day, over=True)
    return found


def _until_done(worker: Worker) -> None:
    while worker.step():
        pass


def _empty(hub: Hub, streams: tuple[str, ...]) -> Callable[[], bool]:
    ends = time.monotonic() + PATIENCE

    def empty() -> bool:
        if time.monotonic() > ends:
            raise TimeoutError(f"{streams} are never empty")
        return not any(hub.client.xlen(key(name)) for name in streams)

    return empty


def _sizes(hub: Hub) -> Figures:
    """Return bytes of lake, audit log, mailboxes and memory, and how many events and cases there are."""
    mailboxes = [name for name in hub.client.scan_iter(match=key("s", "*"), count=1000)]
    return {
        "lake": _bytes(hub.home / "lake"), "audit": _bytes(hub.home / "audit"),
        "events": sum(1 for _ in lines(folder_of(hub.home))), "cases": float(last_number(hub)),
        "memory": float(hub.client.info("memory")["used_memory"]),
        "mailboxes": float(sum(hub.client.memory_usage(name) or 0 for name in mailboxes)),
    }  # fmt: skip


def _bytes(folder: Path) -> float:
    return float(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
