"""An operation planned from a network and cases: packages for a reader, roster and tasks for all.

Reach for `planned()`. Packages are made from what the reader may see of the network (`desk.networks`). Roster and tasks are
made from the whole, the same whoever asks: the roster is of sums that name nobody, and a task is in words of what the
state that does it may know (`desk.informed`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec
import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import Policy
from ops_hub.desk.informed import informed
from ops_hub.desk.networks import for_reader
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings as GraphSettings
from ops_hub.operations.coverage import Coverage, coverage
from ops_hub.operations.expected import expected
from ops_hub.operations.picture import Picture
from ops_hub.operations.plan import Plan
from ops_hub.operations.settings import Settings
from ops_hub.operations.targets import Packages, packages
from ops_hub.operations.tasking import tasks
from ops_hub.schemas import OUTCOMES, STANDING, empty, rows
from ops_hub.states import States

# What an analysis calls whom it names, and the column that says how strongly.
_ROLES = {
    "organisers": ("organiser of others' travel", "node_id", "score"), "payers": ("payer of many", "behind_id", "score"),
    "brokers": ("broker between groups", "node_id", "share"), "mules": ("holder of several documents", "node_id", "count"),
    "minors": ("adult who takes minors out and comes back without them", "node_id", "minors"),
}  # fmt: skip
_TOP = 50
_ALL = 1_000_000  # rows: none is left out of a sum


@dataclass(frozen=True)
class Planned:
    """What `planned` returns.

    Attributes:
        made: packages, as the reader may see them.
        coverage: the roster of all states.
        expected: EXPECTED, of all ports.
        tasks: TASKS, of all states.
        findings: what analyses found, in words.
        names: person id to name, of those whose names the reader sees.
    """

    made: Packages
    coverage: Coverage
    expected: pl.DataFrame
    tasks: pl.DataFrame
    findings: tuple[str, ...]
    names: Mapping[str, str]


def planned(
    plan: Plan, net: Network, reader: Actor, policy: Policy, now: dt.datetime, states: States, settings: Settings,
    graph: GraphSettings, outcomes: pl.DataFrame | None = None, contacts: Mapping[str, Collection[str]] | None = None,
    released: Collection[tuple[str, str]] = (),
) -> Planned:  # fmt: skip
    """Return packages, roster and tasks.

    Args:
        plan: the operation.
        net: the whole network.
        reader: for whom it is made; services read what the protection desk does, without packages of enforcement.
        policy: what the region agreed on.
        now: UTC.
        states: ports and time zones.
        settings: rules/operations.toml.
        graph: rules/graph.toml.
        outcomes: OUTCOMES, as the reader may see them.
        contacts: record id to desks to speak to first.
        released: as `desk.networks.for_reader` takes it.

    Raises:
        ConfigError: networks are not for the reader's role.
    """
    sees = _seen_as(reader)
    cases = empty(OUTCOMES) if outcomes is None else outcomes
    cut = for_reader(net, sees, policy, released=released)
    stand, findings = standing(cut, graph, settings)
    of_person: dict[str, set[str]] = {}
    for record, person in cut.resolved.select("record_id", "person_id").iter_rows():
        of_person.setdefault(person, set()).update((contacts or {}).get(record, ()))
    made = packages(plan, _picture(cut, stand, cases), now, states, settings, {p: d for p, d in of_person.items() if d})
    whole = _picture(net, standing(net, graph, settings)[0], cases)
    of_all = packages(plan, whole, now, states, settings, {p: d for p, d in of_person.items() if d})
    due = expected(plan, whole, of_all, now, states, settings)
    roster = coverage(plan, due, states, settings)
    persons = cut.nodes.filter((pl.col("type") == "person") & pl.col("node_id").is_in(sorted(_named(made))))
    names = dict(persons.select("node_id", "label").iter_rows())
    told = informed(net, [each.code for each in plan.states], _named(of_all), policy)
    todo = tasks(plan, of_all.targets, of_all.protection, roster, now, settings, told)
    return Planned(made, roster, due, todo, findings, names)


def _seen_as(reader: Actor) -> Actor:
    """Return as whom a reader sees a network: services as the protection desk of their state."""
    return msgspec.structs.replace(reader, role="protection") if reader.role == "services" else reader


def standing(net: Network, graph: GraphSettings, settings: Settings) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return STANDING, one row a person and analysis that names them strongly enough, and what the analyses found, in words.

    Reasons are told without the name that they begin with: who it is stands under the id.
    """
    found, words = [], []
    for kind, (role, column, strength) in _ROLES.items():
        finding = FINDERS[kind](net, graph, top=_TOP)
        table = finding.table
        if "named" in table.columns:
            table = table.filter("named")
        words.append(f"{kind}: {finding.words[1]}")
        most = 1.0 if strength == "score" else float(max(table[strength], default=1.0)) or 1.0
        for row in table.filter(pl.col(column).fill_null("").str.starts_with("person:")).iter_rows(named=True):
            position = settings.standing.get(kind, 0.0) * min(1.0, max(0.0, row[strength] / most))
            if position < settings.score.least_position:
                continue
            found.append({"person_id": row[column], "position": position, "role": role, "why": row["why"].partition(": ")[2]})  # fmt: skip
    return rows(STANDING, found).unique(["person_id", "role"], maintain_order=True), tuple(words)


def links(
    net: Network, reader: Actor, policy: Policy, graph: GraphSettings, released: Collection[tuple[str, str]] = ()
) -> tuple[str, ...]:
    """Return what of a network, as far as a reader may see it, ties kinds of crime or continents: sums that name nobody.

    Raises:
        ConfigError: networks are not for the reader's role.
    """
    found = FINDERS["cross"](for_reader(net, reader, policy, released=released), graph, top=_ALL).table
    said = []
    for column, what in (("crime_types", "kinds of crime"), ("regions", "continents")):
        pairs = Counter(", ".join(each) for each in found[column].to_list() if len(each) > 1)
        told = "; ".join(
            f"{each} ({count})" for each, count in sorted(pairs.items(), key=lambda two: (-two[1], two[0]))
        )
        said += [f"in the network, persons or groups whom several {what} meet, to verify: {told}"] if told else []
    return tuple(said) or ("in the network, no person or group is met by several kinds of crime or continents",)


def _picture(net: Network, stand: pl.DataFrame, cases: pl.DataFrame) -> Picture:
    return Picture(net.nodes, net.edges, net.trips, net.resolved, stand, cases)


def _named(made: Packages) -> set[str]:
    return {*made.targets["person_id"], *made.protection["person_id"]}
