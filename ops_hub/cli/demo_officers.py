"""What people do in the invented operation: states list what the network showed, officers decide cases.

Reach for `listed_leads()`, `listed_to_meet()` and `decide_all()`. Who somebody really is, they know from the exercise's
truth, as an officer knows it after speaking to the traveller; all else goes through the same doors as everybody's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE, PROTECTION, Actor, Case
from ops_hub.desk.filing import Desk, bundle_of, cases_of, open_desk
from ops_hub.desk.sight import seen
from ops_hub.engines.live.requests import carrying_out
from ops_hub.store import cases as store
from ops_hub.store.files import write_text
from ops_hub.store.graphs import load
from ops_hub.store.hub import open_hub

_GUILTY = ("organiser", "recruiter", "escort", "payer", "document-supplier")
_ABOUT = {"migrant-smuggling", "smuggling", "trafficking"}  # what the operation is about
_LEAD = "BRB"  # the state that coordinates, and lists what was found


def listed_leads(network: Path, organisers: Path, out: Path) -> int:
    """Write a list of those who look like organisers: discreet, for all states concerned. Return how many."""
    frames, _ = load(network)
    named = pl.read_parquet(organisers).filter(pl.col("named") & pl.col("node_id").str.starts_with("person:"))
    return _listed(frames, named["node_id"].to_list(), out / "facilitators", "discreet", "migrant-smuggling")


def listed_to_meet(network: Path, organisers: Path, out: Path) -> int:
    """Write a list of those who travel soon on what looks like an organiser's payment or telephone: to be met, and helped."""
    frames, _ = load(network)
    chiefs = set(pl.read_parquet(organisers).filter("named")["node_id"])
    tied = frames["edges"].filter(pl.col("link").is_in(["paid", "contact"]))
    theirs = set(tied.filter(pl.col("from_id").is_in(chiefs))["to_id"]) | {
        each for each in chiefs if not each.startswith("person:")
    }
    known = frames["nodes"].filter(pl.col("band").is_not_null())["node_id"]  # whom a list names is its owner's to meet
    others = ~pl.col("from_id").is_in(chiefs) & ~pl.col("from_id").is_in(known.implode())
    people = tied.filter(pl.col("to_id").is_in(theirs) & others)["from_id"].unique()
    soon = frames["trips"].filter(pl.col("departs_at") > datetime.now(UTC).replace(tzinfo=None))
    going = soon.filter(pl.col("person_id").is_in(people.implode()))["person_id"].unique().sort().to_list()
    return _listed(frames, going, out / "to-meet", "protect", "migrant-smuggling")


def _listed(frames: dict[str, pl.DataFrame], people: Sequence[str], folder: Path, handling: str, crime: str) -> int:
    papers = dict(
        frames["edges"].filter((pl.col("link") == "holds") & pl.col("from_id").is_in(list(people)))
        .group_by("from_id").agg(pl.col("to_id").sort()).iter_rows()
    )  # fmt: skip
    known = frames["nodes"].filter(pl.col("node_id").is_in(list(people))).sort("node_id")
    folder.mkdir(parents=True, exist_ok=True)
    terms = {
        "id": f"{_LEAD.lower()}-{folder.name}", "title": f"{folder.name}: invented persons", "owner": _LEAD, "purpose": crime,
        "handling": handling, "legal_basis": "invented", "expires": str(date.today() + timedelta(days=90)),
        "contact": f"lists-{_LEAD.lower()}@states.example.org", "caveats": ["content-to-concerned"],
    }  # fmt: skip
    write_text(folder / "list.toml", "".join(f"{name} = {json.dumps(value)}\n" for name, value in terms.items()))
    with (folder / "entries.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["entry_id", "name", "birth_date", "nationality", "documents", "crime_types", "kind"])
        for place, row in enumerate(known.iter_rows(named=True), 1):
            held = [each.removeprefix("document:").split("/") for each in papers.get(row["node_id"], [])]
            documents = ";".join(f"P:{number}:{issuer}" for number, issuer in held)
            writer.writerow(
                [f"L{place:04d}", row["label"], row["birth_date"], row["nationality"], documents, crime, "person"]
            )
    return known.height


def decide_all(truth: Path, operation: str) -> None:
    """Let officers, protection desks and prosecutors work on all open cases."""
    desk = open_desk(open_hub())
    act = carrying_out(desk)
    known = {row["record_id"]: row for row in csv.DictReader(truth.open(encoding="utf-8"))}
    numbers = store.of_state(desk.hub, CENTRE, ["new"])
    for case in sorted(cases_of(desk.hub, numbers).values(), key=lambda each: (each.flight or "", each.id)):
        _decide(desk, act, case, _truth(desk, case, known), operation)


def _truth(desk: Desk, case: Case, known: dict[str, dict[str, str]]) -> dict[str, str]:
    for reference in bundle_of(desk.hub, case).travellers["passenger_ref"].drop_nulls():
        if reference in known:
            return known[reference]
    return {}


def _decide(desk: Desk, act: Any, case: Case, truth: dict[str, str], operation: str) -> None:
    """Decide a case as a desk that it concerns would."""
    role = "protection" if case.channel == PROTECTION else "officer"
    parts = [
        s
        for part in ("destination", "departure", "transit")
        for s in sorted(case.concerned)
        if part in case.concerned[s]
    ]
    # the state of nationality is not told of who may need protection: another one acts, or the centre
    state = next((s for s in parts if seen(desk, case.id, Actor(s, "ana", role)) is not None), CENTRE)

    def do(who: Actor, verb: str, **detail: Any) -> None:
        act(who, verb, {"case": case.id, "detail": detail})

    if case.channel == PROTECTION:
        helper = Actor(state, "paz", "protection")
        do(helper, "claim")
        if truth.get("role") == "victim":
            do(helper, "decide", outcome="protected-and-referred", reason="wishes to stay with services")
            do(helper, "result", result="protected", operation=operation)
            return
        if truth.get("role") not in ("client", *_GUILTY):
            do(helper, "decide", outcome="not-the-person", reason="travels with family, needs no help")
            return
        do(helper, "decide", outcome="confirmed", reason="spoken to; told of rights and services")
        do(helper, "result", result="irregular-migrant-found", operation=operation)
        return
    officer, prosecutor = Actor(state, "ana"), Actor(state, "pia", "prosecutor")
    do(officer, "claim")
    _ask_owner(desk, act, case, officer)
    if truth.get("role") not in _GUILTY:
        do(officer, "decide", outcome="not-the-person", reason="another person of this name")
        return
    do(officer, "decide", outcome="confirmed", reason="document and questions agree")
    do(officer, "decide", outcome="secondary-positive", reason="three travellers on his payment")
    do(officer, "result", result="arrested", operation=operation)
    if _crimes(desk, case, officer) - _ABOUT:
        do(officer, "result", result="links-found", operation=operation)
    do(officer, "result", result="referred-to-prosecutor", operation=operation)
    do(prosecutor, "result", result="charged", operation=operation)


def _ask_owner(desk: Desk, act: Any, case: Case, officer: Actor) -> None:
    """Ask the owner of a list, where it is another state, what it knows; its desk answers, and the officer goes on."""
    owner = next((hit.owner for hit in case.hits if hit.live and hit.owner != officer.state), None)
    other = Actor(owner or "", "olga")
    if owner is None or seen(desk, case.id, other) is None:
        return
    act(officer, "ask-owner", {"case": case.id, "detail": {"reason": "is it the one you look for?"}})
    act(other, "answer", {"case": case.id, "detail": {"reason": "the document is the one we know"}})
    act(officer, "claim", {"case": case.id, "detail": {}})


def _crimes(desk: Desk, case: Case, reader: Actor) -> set[str]:
    """Return the crime types that a reader is told of a case."""
    sight = seen(desk, case.id, reader)
    return {crime for each in (sight.told["content"] if sight else []) for crime in each["crime_types"]}
