"""How lists are: their size, age and gaps, and what came of their hits.

Reach for `health()` of ENTRIES and `met()` of cases. What is about people to be protected is counted apart, so that
readers who may not know of such hits are not told of them by a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
import polars as pl

from ops_hub.casework.case import CENTRE, Case
from ops_hub.casework.memory import Remembered
from ops_hub.casework.policy import Policy, terms_of
from ops_hub.desk.filing import Desk, cases_of
from ops_hub.desk.outcomes import confirms, denies
from ops_hub.lists.info import ListInfo
from ops_hub.store import cases as store

SOON = 30  # days before a list expires from which that is said
_AGES = ((30, "fresh"), (180, "ageing"))  # days: word; beyond, it is old
_OPEN = ("enforce", "discreet")


class Health(msgspec.Struct, frozen=True):
    """How a list is.

    Attributes:
        handling: how many entries are to be handled how.
        names: how many names there are.
        weak_names: how many of them are weak.
        without_birth, without_document: persons.
        only_weak: persons all of whose names are weak.
        not_valid: entries whose last day is over, or whose first is still to come.
        protected: entries about people to be protected.
        updated: last update that the list tells; None where it tells none.
        age_days: days since.
        age: fresh, ageing, old or unknown.
        expiry: none, in-force, soon or expired.
    """

    list_id: str
    title: str
    owner: str
    purpose: str
    legal_basis: str | None
    contact: str | None
    caveats: list[str]
    handling: dict[str, int]
    entries: int
    persons: int
    documents: int
    names: int
    weak_names: int
    without_birth: int
    without_document: int
    only_weak: int
    not_valid: int
    protected: int
    updated: date | None
    age_days: int | None
    age: str
    expires: date | None
    expiry: str


class Figures(msgspec.Struct, frozen=True):
    """What came of a list's hits, as far as the hub keeps their cases.

    Attributes:
        hits: in cases.
        confirmed, not_the_person: decided so; silenced ones count as not the person.
        undecided: neither yet.
        false_share: not the person, of those decided; None where none is.
        never_hit: entries that no case met.
        quiet_pairs: pairs of a person and an entry that were decided not to be the same, and are quiet.
        protected_left_out: the list has entries about people to be protected; they are not counted here.
    """

    hits: int
    confirmed: int
    not_the_person: int
    undecided: int
    false_share: float | None
    never_hit: int
    quiet_pairs: int
    protected_left_out: bool


@dataclass
class Met:
    """What cases say of a list's entries of one kind (protected or not)."""

    hits: int = 0
    confirmed: int = 0
    denied: int = 0
    quiet: int = 0
    entries: set[str] = field(default_factory=set)


def protected(policy: Policy) -> pl.Expr:
    """Return whether an entry is about somebody to be protected, as an expression over ENTRIES."""
    names = [name for name, caveat in policy.sharing.caveats.items() if caveat.desk == "protection"]
    guarded = pl.col("caveats").list.eval(pl.element().is_in(names)).list.any().fill_null(value=False)
    return ~pl.col("handling").is_in(_OPEN).fill_null(value=False) | guarded


def health(entries: pl.DataFrame, lists: Sequence[ListInfo], policy: Policy, today: date) -> list[Health]:
    """Return how each list is, by its id.

    Args:
        entries: ENTRIES of all of them.
        lists: what is said about them.
        policy: which caveats protect.
        today: the day.
    """
    person = pl.col("kind") == "person"
    weak = pl.col("names").list.eval(pl.element().struct.field("quality") == "weak")
    counted = (
        entries.lazy()
        .group_by("list_id")
        .agg(
            pl.len().alias("entries"),
            person.sum().alias("persons"),
            (pl.col("kind") == "document").sum().alias("documents"),
            pl.col("names").list.len().sum().alias("names"),
            weak.list.sum().sum().alias("weak_names"),
            (person & (pl.col("births").list.len() == 0)).sum().alias("without_birth"),
            (person & (pl.col("documents").list.len() == 0)).sum().alias("without_document"),
            (person & (pl.col("names").list.len() > 0) & weak.list.all()).sum().alias("only_weak"),
            ((pl.col("valid_until") < today) | (pl.col("valid_from") > today)).sum().alias("not_valid"),
            protected(policy).sum().alias("protected"),
            pl.col("updated_on").max().alias("updated"),
            *((pl.col("handling") == each).sum().alias(f"handling {each}") for each in (*_OPEN, "protect")),
        )
        .collect()
    )
    rows = {row["list_id"]: row for row in counted.to_dicts()}
    return [_health(info, rows.get(info.list_id, {}), today) for info in sorted(lists, key=lambda each: each.list_id)]


def _health(info: ListInfo, row: dict[str, Any], today: date) -> Health:
    updated = row.get("updated") or _day(info.generated_on)
    age = (today - updated).days if updated else None
    expires = _day(info.expires)
    handling = {each: row.get(f"handling {each}") or 0 for each in (*_OPEN, "protect")}
    names = (
        "entries", "persons", "documents", "names", "weak_names", "without_birth", "without_document", "only_weak",
        "not_valid", "protected",
    )  # fmt: skip
    return Health(
        list_id=info.list_id, title=info.title, owner=info.owner, purpose=info.purpose, legal_basis=info.legal_basis,
        contact=info.contact, caveats=list(info.caveats), handling={name: n for name, n in handling.items() if n},
        updated=updated, age_days=age,
        age="unknown" if age is None else next((word for days, word in _AGES if age <= days), "old"),
        expires=expires,
        expiry="none" if expires is None else "expired" if expires < today
        else "soon" if (expires - today).days <= SOON else "in-force",
        **{name: int(row.get(name) or 0) for name in names},
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def met(desk: Desk, now: datetime) -> dict[tuple[str, bool], Met]:
    """Return what came of hits in all cases, by list and whether somebody is to be protected."""
    sums: dict[tuple[str, bool], Met] = {}
    cases = cases_of(desk.hub, store.of_state(desk.hub, CENTRE, list(desk.table.states)))
    kinds: dict[tuple[str, str], bool] = {}
    for case in cases.values():
        for name, entry, guarded, said in _hits(desk, case):
            each = sums.setdefault((name, guarded), Met())
            each.hits += 1
            each.confirmed += said == "confirmed"
            each.denied += said == "not the person"
            if entry:  # of a case that was forgotten, nobody knows which it was
                each.entries.add(entry)
                kinds[(name, entry)] = guarded
    for kept in store.decisions(desk.hub).values():
        known = msgspec.json.decode(kept, type=Remembered)
        if known.revoked is None and now < known.expires:
            # an entry that no case meets any more could be anybody's: it counts as protected
            guarded = kinds.get((known.list_id, known.entry_id), True)
            sums.setdefault((known.list_id, guarded), Met()).quiet += 1
    return sums


def _hits(desk: Desk, case: Case) -> Iterable[tuple[str, str, bool, str]]:
    for hit in case.hits:
        guarded = terms_of(desk.policy, hit.handling, hit.caveats, frozenset()).protected
        if hit.suppressed_by is None and confirms(desk, case):
            said = "confirmed"
        else:
            said = "not the person" if denies(case, hit.suppressed_by) else ""
        yield hit.list_id, hit.entry_id, guarded, said


def figures(own: pl.DataFrame, found: dict[tuple[str, bool], Met], name: str, *, sums: bool) -> Figures:
    """Return what came of a list's hits.

    Args:
        own: entry_id and protected of the list's entries.
        found: what `met` gave.
        name: the list.
        sums: the reader counts over all cases; else what is about people to be protected is left out.
    """
    parts = [found.get((name, guarded), Met()) for guarded in ((False, True) if sums else (False,))]
    hits = sum(each.hits for each in parts)
    confirmed, denied = (sum(getattr(each, part) for each in parts) for part in ("confirmed", "denied"))
    seen = set().union(*(each.entries for each in parts))
    counted = own if sums else own.filter(~pl.col("protected"))
    never = counted.filter(~pl.col("entry_id").is_in(list(seen))).height
    return Figures(
        hits, confirmed, denied, hits - confirmed - denied, denied / (confirmed + denied) if confirmed + denied else None,
        never, sum(each.quiet for each in parts), bool(own["protected"].any()) and not sums,
    )  # fmt: skip
