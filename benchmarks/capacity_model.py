"""What a centre of a given size needs: cores, memory, disk, network, money and officers, from what one traveller costs.

Reach for `plan()`: arithmetic over `Costs` (measured) and `Assumed` (what nobody can measure here), for a `Demand`.
Measuring is left to `capacity_measure`, words and tables to `capacity_tables`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HOUR, YEAR_HOURS, MONTH_HOURS = 3600.0, 8766.0, 730.5
GB, MB = 1e9, 1e6


@dataclass(frozen=True)
class Costs:
    """What was measured; seconds are CPU seconds of one core, a record is one traveller in one message.

    Attributes:
        low, low_cpu: list size at which screening a record in batch costs `low_cpu` seconds ...
        growth: ... and the power of the list size with which that grows.
        start_cpu: of a process.
        connect: seconds a record of the step that links all results of a batch run, in one process.
        base_mb, entry_bytes: memory of a process that screens, without and for each entry.
        snapshot_base, snapshot_bytes: of a list on disk and on the wire, without and for each entry.
        compile_base, compile_bytes: memory of compiling a list, the same.
        compile_cpu: of it, an entry.
        hit_growth: power of the list size with which hits grew in exercises.
        alone, together: seconds of a worker a record, messages of 200 that come singly, or wait in a queue.
        beside: seconds a record of reading in, keeping and the server.
        server: of these the server's, which has one thread for commands.
        keeper: of these the keeper's.
        wire_bytes, message_bytes: a record between hub and services; as the carrier sends it.
        lake_bytes: a record in the lake, merged, with its index.
        audit_bytes, audit_events: a message of 200.
        case_cpu, case_wall, case_server: a case, all services; the office's seconds by the clock; the server's.
        case_bytes, mailbox_bytes, case_audit, case_events: a case in the server's memory, its views, its lines of the log.
        again: seconds a record of looking for 1,000 new entries in what is retained.
    """

    low: float
    low_cpu: float
    growth: float
    start_cpu: float
    connect: float
    base_mb: float
    entry_bytes: float
    snapshot_base: float
    snapshot_bytes: float
    compile_base: float
    compile_bytes: float
    compile_cpu: float
    hit_growth: float
    alone: float
    together: float
    beside: float
    server: float
    keeper: float
    wire_bytes: float
    message_bytes: float
    lake_bytes: float
    audit_bytes: float
    audit_events: float
    case_cpu: float
    case_wall: float
    case_server: float
    case_bytes: float
    mailbox_bytes: float
    case_audit: float
    case_events: float
    again: float

    def batch(self, entries: float) -> float:
        """Return CPU seconds a record in batch, against a list of so many entries."""
        return self.low_cpu * (entries / self.low) ** self.growth

    def live(self, entries: float) -> float:
        """Return CPU seconds a record of a message that comes singly; the search grows as it does in batch."""
        return self.alone + self.beside + self.batch(entries) - self.batch(self.low)

    def snapshot(self, entries: float) -> float:
        """Return bytes of a compiled list."""
        return self.snapshot_base + entries * self.snapshot_bytes

    def compiling(self, entries: float) -> float:
        """Return the peak of bytes in memory while a list is compiled."""
        return self.compile_base + entries * self.compile_bytes

    def memory_mb(self, entries: float) -> float:
        """Return the peak of memory of a process that screens."""
        return self.base_mb + entries * self.entry_bytes / MB


@dataclass(frozen=True)
class Assumed:
    """What is assumed; every field is an option of the command. Why, and where from: docs/capacity.md.

    Attributes:
        records: records a traveller.
        message: travellers a message.
        used: share of the cores that is used in the peak hour; the rest takes what comes unevenly.
        core_gb: memory that comes with a core, in the price.
        node_cores: cores of one machine.
        days: that travellers and cases are kept.
        copies: of everything on disk.
        publications: of the list, a year.
        minutes: of an officer, a hit.
        hours: that an officer works at the screen, a year.
        busy: share of these in which there is a hit before them.
        core_hour, gb_month, gb_out: prices in one currency, whichever.
    """

    records: float = 2
    message: float = 200
    used: float = 0.5
    core_gb: float = 4
    node_cores: float = 16
    days: float = 1825
    copies: float = 2
    publications: float = 365
    minutes: float = 15
    hours: float = 1500
    busy: float = 0.7
    core_hour: float = 0.05
    gb_month: float = 0.10
    gb_out: float = 0.05


@dataclass(frozen=True)
class Demand:
    """How large: travellers a year, entries on the list, hits per 1,000 travellers, the peak hour over the mean hour."""

    name: str
    travellers: float
    entries: float
    peak: float
    hits: float = 0.3


SCALES = (
    Demand("region", 40e6, 100_000, 3),
    Demand("continent", 600e6, 500_000, 2.5),
    Demand("world", 5e9, 1_000_000, 2),
)


def costs(data: Mapping[str, Any]) -> Costs:
    """Return the costs that measurements come to; the two list sizes of `batch` fit what depends on the list."""
    low, high = data["batch"]
    sizes = sorted(map(int, low["runs"]))
    step, over = sizes[-1] - sizes[0], math.log(high["entries"] / low["entries"])
    small, large = str(sizes[0]), str(sizes[-1])

    def each(point: Mapping[str, Any], name: str) -> float:
        return float(point["runs"][large][name] - point["runs"][small][name]) / step

    def by_entry(first: float, second: float) -> float:
        return (second - first) / (high["entries"] - low["entries"])

    low_cpu, high_cpu, live = each(low, "cpu"), each(high, "cpu"), data["live"]
    entry_mb = by_entry(low["runs"][large]["peak_mb"], high["runs"][large]["peak_mb"])
    disk = by_entry(low["snapshot_bytes"], high["snapshot_bytes"])
    compiling = by_entry(low["compile_mb"], high["compile_mb"]) * MB
    return Costs(
        low=low["entries"], low_cpu=low_cpu, growth=math.log(high_cpu / low_cpu) / over,
        start_cpu=sum(point["runs"][small]["cpu"] - each(point, "cpu") * sizes[0] for point in (low, high)) / 2,
        connect=max(0.0, (each(low, "connect") + each(high, "connect")) / 2),
        base_mb=low["runs"][large]["peak_mb"] - entry_mb * low["entries"], entry_bytes=entry_mb * MB,
        snapshot_base=low["snapshot_bytes"] - disk * low["entries"], snapshot_bytes=disk,
        compile_base=low["compile_mb"] * MB - compiling * low["entries"], compile_bytes=compiling,
        compile_cpu=by_entry(low["compile_cpu"], high["compile_cpu"]),
        hit_growth=math.log(high["exercise_hits_per_1000"] / low["exercise_hits_per_1000"]) / over,
        alone=live["live_alone_cpu"], together=live["live_together_cpu"],
        beside=live["intake_cpu"] + live["keeper_cpu"] + live["server_cpu"], server=live["server_cpu"], keeper=live["keeper_cpu"],
        wire_bytes=live["wire_bytes"], message_bytes=live["message_bytes"], lake_bytes=live["lake_bytes"],
        audit_bytes=live["audit_bytes_message"], audit_events=live["audit_events_message"],
        case_cpu=live["case_cpu"] + live["case_server_cpu"], case_wall=live["case_wall"], case_server=live["case_server_cpu"],
        case_bytes=live["case_memory"], mailbox_bytes=live["mailbox_bytes"], case_audit=live["audit_bytes_case"],
        case_events=live["audit_events_case"], again=live["rescreen_cpu"],
    )  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What a demand comes to; bytes, seconds and cores, a year or the peak hour."""

    day: float
    peak_records: float
    peak_cases: float
    cases_day: float
    cores: float
    nodes: float
    memory_gb: float
    hub_gb: float
    snapshot_gb: float
    lake_gb: float
    audit_gb_year: float
    archive_gb_year: float
    in_mbit: float
    wire_mbit: float
    out_gb_day: float
    broadcast_gb: float
    machines_month: float
    disk_month: float
    network_month: float
    again_new_hours: float
    again_whole_hours: float
    officers: float
    desks_peak: float


def plan(demand: Demand, cost: Costs, assumed: Assumed) -> Plan:
    """Return what a demand needs."""
    records = demand.travellers * assumed.records
    cases = demand.travellers * demand.hits / 1000
    years = assumed.days / 365
    peak = demand.peak / YEAR_HOURS / HOUR  # of a year's, a second of the peak hour
    cores = max(2, math.ceil(peak * (records * cost.live(demand.entries) + cases * cost.case_cpu) / assumed.used))
    nodes = math.ceil(cores / assumed.node_cores)
    snapshot = cost.snapshot(demand.entries)
    hub = cases * years * cost.case_bytes
    # a list is mapped: the processes of one machine share it
    memory = cores * cost.base_mb * MB + nodes * demand.entries * cost.entry_bytes + hub
    lake = records * years * cost.lake_bytes
    audit = records / assumed.message * cost.audit_bytes + cases * cost.case_audit
    archive = assumed.publications * snapshot
    disk = (lake + (audit + archive) * years) * assumed.copies
    out = cases * cost.mailbox_bytes + assumed.publications * snapshot * nodes
    work = cases * assumed.minutes / 60  # hours; somebody is there day and night, however few hits there are
    return Plan(
        day=demand.travellers / 365, peak_records=records * peak, peak_cases=cases * peak, cases_day=cases / 365,
        cores=cores, nodes=nodes, memory_gb=memory / GB, hub_gb=hub / GB, snapshot_gb=snapshot / GB, lake_gb=lake / GB,
        audit_gb_year=audit / GB, archive_gb_year=archive / GB, in_mbit=records * peak * cost.message_bytes * 8 / MB,
        wire_mbit=records * peak * cost.wire_bytes * 8 / MB, out_gb_day=cases * cost.mailbox_bytes / 365 / GB,
        broadcast_gb=snapshot * nodes / GB,
        machines_month=max(cores, memory / GB / assumed.core_gb) * MONTH_HOURS * assumed.core_hour,
        disk_month=disk / GB * assumed.gb_month, network_month=out / 12 / GB * assumed.gb_out,
        again_new_hours=records * cost.again / HOUR, again_whole_hours=records * cost.batch(demand.entries) / HOUR,
        officers=math.ceil(max(work / assumed.busy, YEAR_HOURS) / assumed.hours), desks_peak=math.ceil(cases * peak * assumed.minutes * 60 / assumed.busy),
    )  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """Something that there is one of: what is asked of it, what it can, both in `unit`, and what helps."""

    what: str
    asked: float
    most: float
    unit: str
    remedy: str

    @property
    def share(self) -> float:
        """Return how full it is."""
        return self.asked / self.most


LOG_EVENTS = 14_000.0  # audit events a second, docs/figures.md
SEATS = 50.0  # officers of one centre, all shifts together: an assumption
HUB_GB = 64.0  # memory of one server that is still copied and started in minutes: an assumption
NODE_GB = 64.0  # memory of one machine: an assumption
NIGHT = 8.0  # hours in which a year's history should be screened again, or linked


def limits(demand: Demand, cost: Costs, assumed: Assumed) -> list[Limit]:
    """Return what there is one of, the fullest first."""
    said = plan(demand, cost, assumed)
    events = said.peak_records / assumed.message * cost.audit_events + said.peak_cases * cost.case_events
    server = said.peak_records * cost.server + said.peak_cases * cost.case_server
    list_gb = demand.entries * cost.entry_bytes / GB
    compiled = cost.compiling(demand.entries) / GB
    year = demand.travellers * assumed.records * cost.connect / HOUR
    found = [
        Limit("people who look at hits", said.officers, SEATS, "officers", "fewer hits: docs/capacity.md, Officers"),
        Limit("one server's thread", server, 1, "cores", "partitions of the hub, docs/hub.md"),
        Limit("one server's memory (cases kept)", said.hub_gb, HUB_GB, "GB", "more memory for the server of partition 0; shorter retention"),
        Limit("one office", said.peak_cases * cost.case_wall, 1, "cores", "a second office: they share the streams"),
        Limit("one keeper (lake)", said.peak_records * cost.keeper, 1, "cores", "none yet: one keeper reads all partitions, docs/hub.md"),
        Limit("one audit chain", events, LOG_EVENTS, "events/s", "none yet: one log of all partitions, docs/hub.md"),
        Limit("the list in a machine's memory", list_gb, NODE_GB, "GB", "shards of the list, docs/cluster.md"),
        Limit("compiling the list in one process", compiled, NODE_GB, "GB", "additions (watchlist add); shards, docs/cluster.md"),
        Limit("re-screening a year for 1,000 new entries, one process", said.again_new_hours, NIGHT, "hours", "`ops-hub screen --cluster` over the lake, docs/cluster.md"),
        Limit("linking a year's batch, one process", year, NIGHT, "hours", "a run a month; docs/cluster.md"),
    ]  # fmt: skip
    return sorted(found, key=lambda each: -each.share)


def foretold(check: Mapping[str, Any], cost: Costs) -> list[tuple[str, float, float, str]]:
    """Return (what, predicted, measured, unit) of a size that the model has not seen."""
    ((size, told),) = check["runs"].items()
    entries = check["entries"]
    return [
        ("CPU of the whole run", cost.start_cpu + int(size) * cost.batch(entries), told["cpu"], "s"),
        ("peak of memory", cost.memory_mb(entries), told["peak_mb"], "MB"),
        ("snapshot", cost.snapshot(entries) / MB, check["snapshot_bytes"] / MB, "MB"),
        ("compiling: memory", cost.compiling(entries) / MB, check["compile_mb"], "MB"),
    ]
