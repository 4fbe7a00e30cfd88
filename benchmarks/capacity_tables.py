"""Tables of docs/capacity.md, made of what was measured; and how they are put into the page.

Reach for `tables()` and `written()`. A table stands between `<!-- made: NAME -->` and `<!-- end -->`; what stands around it
is written by hand. The arithmetic is left to `capacity_model`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from benchmarks.capacity_model import SCALES, Assumed, Costs, Demand, costs, foretold, limits, plan

LISTED = 5_350  # persons on the lists that gave 0.3 hits per 1,000: OFAC and UN of docs/figures.md
RATES = (0.1, 0.3, 1.0, 2.0)
WHY = {
    "records": "check-in and close-out of one journey; booking data pushed four times more would be 6",
    "message": "a flight of one carrier, as in docs/figures.md",
    "used": "what arrives unevenly within the hour, a worker that is away, re-screening beside",
    "core_gb": "general machines of most suppliers",
    "node_cores": "the same",
    "days": "rules/retention.toml: five years. The court asks for less where nothing was found (docs/security.md)",
    "copies": "of everything on disk",
    "publications": "one a day, each kept whole in the archive until you remove it",
    "minutes": "nobody has measured it here: read both sides, telephone, write down; change it first",
    "hours": "220 days of 7 hours at the screen, less courses and handing over",
    "busy": "hits come by chance: fuller than this, people wait while flights leave",
    "core_hour": "a price, in any currency, with its memory; yours is in your contract",
    "gb_month": "a price of disk",
    "gb_out": "a price of what leaves the machines: mailboxes, lists",
}
_MADE = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def tables(
    data: Mapping[str, Any], scales: Sequence[Demand] = SCALES, assumed: Assumed | None = None
) -> dict[str, str]:
    """Return each table by its name, as Markdown."""
    cost, told = costs(data), assumed or Assumed()
    return {
        "costs": _table(["what", "measured"], _costs(cost)),
        "model": _table(["size that the model has not seen", "what", "predicted", "measured", "error"], _model(data, cost)),
        "plan": _table(["", *(each.name for each in scales)], _plan(scales, cost, told)),
        "limits": "\n".join(_limits(scales, cost, told)),
        "officers": _table(["hits per 1,000 travellers", *(each.name for each in scales)], _officers(scales, cost, told)),
        "assumed": _table(["assumption", "value", "why"], [[f"`--{each.name.replace('_', '-')}`", f"{getattr(told, each.name):g}", WHY[each.name]] for each in fields(told)]),
    }  # fmt: skip


def written(page: str, made: Mapping[str, str]) -> str:
    """Return a page with its tables made anew."""
    return _MADE.sub(lambda found: f"{found[1]}{made[found[2]]}\n{found[3]}", page)


def number(value: float) -> str:
    """Return a number as people read it: three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 999.5:
        digits = 10 ** max(0, len(str(round(abs(value)))) - 3)
        return f"{round(value / digits) * digits:,.0f}"
    return f"{value:.3g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)


def _costs(cost: Costs) -> list[list[str]]:
    micro = 1e6
    said = [
        (f"a record in batch, {number(cost.low)} entries", f"{number(cost.low_cpu * micro)} µs of a core"),
        ("the same by list size", f"to the power {cost.growth:.2f}"),
        ("the same at 1,000,000 entries, by that", f"{number(cost.batch(1e6) * micro)} µs"),
        ("starting a process", f"{number(cost.start_cpu)} s of a core"),
        ("a record live, message of 200 that comes singly: worker", f"{number(cost.alone * micro)} µs"),
        ("the same where 32 messages wait", f"{number(cost.together * micro)} µs"),
        ("beside it: reading in, keeper, server", f"{number(cost.beside * micro)} µs, of it the server {number(cost.server * micro)}"),
        ("a case: opened, shared, kept", f"{number(cost.case_cpu * 1000)} ms of a core; office {number(cost.case_wall * 1000)} ms by the clock"),
        ("a record looked at again for 1,000 new entries", f"{number(cost.again * micro)} µs"),
        ("memory of a process that screens", f"{number(cost.base_mb)} MB and {number(cost.entry_bytes)} bytes an entry"),
        ("a compiled list", f"{number(cost.snapshot_base / 1e6)} MB and {number(cost.snapshot_bytes)} bytes an entry"),
        ("compiling it", f"{number(cost.compile_cpu * micro)} µs and {number(cost.compile_bytes)} bytes of memory an entry"),
        ("a record as the carrier sends it", f"{number(cost.message_bytes)} bytes"),
        ("a record between the hub and its services", f"{number(cost.wire_bytes)} bytes"),
        ("a record in the lake, merged, with index", f"{number(cost.lake_bytes)} bytes"),
        ("a message of 200 in the audit log", f"{number(cost.audit_bytes)} bytes, {number(cost.audit_events)} events"),
        ("a case in the audit log", f"{number(cost.case_audit)} bytes, {number(cost.case_events)} events"),
        ("a case in the server's memory, with its views", f"{number(cost.case_bytes)} bytes, of it mailboxes {number(cost.mailbox_bytes)}"),
        ("hits by list size, exercises", f"to the power {cost.hit_growth:.2f}"),
    ]  # fmt: skip
    return [list(each) for each in said]


def _model(data: Mapping[str, Any], cost: Costs) -> list[list[str]]:
    rows = []
    for check in data["checks"]:
        ((size, _),) = check["runs"].items()
        for what, predicted, measured, unit in foretold(check, cost):
            error = predicted / measured - 1
            name = f"{int(size):,} travellers, {check['entries']:,} entries"
            rows.append([name, what, f"{number(predicted)} {unit}", f"{number(measured)} {unit}", f"{error:+.0%}"])
    return rows


def _plan(scales: Sequence[Demand], cost: Costs, told: Assumed) -> list[list[str]]:
    plans = [plan(each, cost, told) for each in scales]
    asked = [
        ["travellers a year", *(number(each.travellers) for each in scales)],
        ["entries on the list", *(number(each.entries) for each in scales)],
        ["peak hour over the mean hour", *(number(each.peak) for each in scales)],
    ]
    rows = {
        "travellers a day": "day", "records a second, peak hour": "peak_records", "hits a day": "cases_day", "hits a second, peak hour": "peak_cases",
        "**cores**": "cores", "machines": "nodes", "memory, all machines, GB": "memory_gb", "of it the hub's server (cases kept), GB": "hub_gb",
        "a compiled list, GB": "snapshot_gb", "lake, GB (one copy)": "lake_gb", "audit log, GB a year (one copy)": "audit_gb_year",
        "archive of lists, GB a year (one copy)": "archive_gb_year", "messages in, Mbit/s at peak": "in_mbit",
        "between hub and services, Mbit/s at peak": "wire_mbit", "mailboxes out, GB a day": "out_gb_day", "a list to all machines, GB a publication": "broadcast_gb",
        "machines, a month": "machines_month", "disk, a month": "disk_month", "network, a month": "network_month",
        "a year screened again for 1,000 new entries, core hours": "again_new_hours", "the same for the whole list, core hours": "again_whole_hours",
        "**officers**": "officers", "of them at their desks in the peak hour": "desks_peak",
    }  # fmt: skip
    return asked + [[name, *(number(getattr(each, field)) for each in plans)] for name, field in rows.items()]


def _limits(scales: Sequence[Demand], cost: Costs, told: Assumed) -> Iterator[str]:
    for demand in scales:
        rows = [
            [each.what, f"{number(each.asked)} of {number(each.most)} {each.unit}", f"{each.share:,.0%}", each.remedy]
            for each in limits(demand, cost, told)
        ]
        yield f"**{demand.name}**\n\n{_table(['there is one', 'asked of what it can', 'full', 'what helps'], rows)}\n"


def _officers(scales: Sequence[Demand], cost: Costs, told: Assumed) -> list[list[str]]:
    def needed(demand: Demand, rate: float) -> str:
        return number(plan(replace(demand, hits=rate), cost, told).officers)

    rows = [[f"{rate:g}", *(needed(each, rate) for each in scales)] for rate in RATES]
    grown = [0.3 * (each.entries / LISTED) ** cost.hit_growth for each in scales]
    names = [f"{needed(each, rate)} (at {number(rate)})" for each, rate in zip(scales, grown, strict=True)]
    return [*rows, ["0.3 at 5,350 persons, growing as in exercises", *names]]
