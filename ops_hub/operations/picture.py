"""What is known when an operation is planned: the frames, and who of the persons in them is to be protected.

Reach for `Picture`, `protected()` and `ties()`. Frames are cut to their reader before they come here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from ops_hub.schemas import EDGES, NODES, OUTCOMES, RESOLVED, STANDING, TRIPS, WITHHELD, check, empty

SHARED = ("booking", "ticket", "payment", "document", "phone", "email", "address")
PROTECT = "protect"
PERSON = "person:"
ELSEWHERE = "handled elsewhere"  # as casework calls how a case stands that another desk leads


@dataclass(frozen=True)
class Picture:
    """Frames that plans are made from.

    Attributes:
        nodes, edges, trips, resolved: a network's: NODES, EDGES, TRIPS, RESOLVED.
        standing: STANDING, one row a person and role that an analysis names.
        outcomes: OUTCOMES, the cases.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    trips: pl.DataFrame
    resolved: pl.DataFrame
    standing: pl.DataFrame
    outcomes: pl.DataFrame

    def __post_init__(self) -> None:
        forms = (NODES, EDGES, TRIPS, RESOLVED, STANDING, OUTCOMES)
        frames = (self.nodes, self.edges, self.trips, self.resolved, self.standing, self.outcomes)
        for frame, form in zip(frames, forms, strict=True):
            check(frame, form, "operations")


def cases(picture: Picture) -> pl.DataFrame:
    """Return OUTCOMES with `person_id`: one row a case and person that a record of the case was resolved to."""
    if picture.outcomes.is_empty():
        return empty(OUTCOMES).with_columns(person_id=pl.lit(None, pl.String))
    opened = picture.outcomes.explode("records").rename({"records": "record_id"})
    resolved = picture.resolved.select("record_id", "person_id")
    if resolved.is_empty():  # a network without its records: trips cite some
        resolved = picture.trips.select(
            "person_id", pl.col("cites").list.eval(pl.element().struct["record_id"])
        ).explode("cites")
        resolved = resolved.rename({"cites": "record_id"}).drop_nulls().unique()
    met = opened.select("case", "record_id").join(resolved, on="record_id").select("case", "person_id").unique()
    return picture.outcomes.join(met, on="case").sort("person_id", "case")


def protected(picture: Picture, of_cases: pl.DataFrame) -> dict[str, str]:
    """Return why each person to be protected is one, by person id.

    Whoever any list, case or age says so about is protected, whatever else is said: nobody of them is ever a target.

    Args:
        picture: the frames.
        of_cases: of `cases`.
    """
    persons = picture.nodes.filter(pl.col("type") == "person")
    why: dict[str, str] = {}
    named = persons.filter(pl.col("minor").fill_null(False) & pl.col("band").is_not_null())["node_id"].to_list()
    named += picture.standing.join(
        persons.filter(pl.col("minor").fill_null(False)), left_on="person_id", right_on="node_id", how="semi"
    )["person_id"].to_list()
    why |= dict.fromkeys(named, "a minor whom a list or an analysis names")
    in_case = of_cases.filter(pl.col("minor").fill_null(False))["person_id"].to_list()
    why |= dict.fromkeys(in_case, "a case says that the traveller is, or may be, under age")
    # of such a case the reader is told no more; that the protection desk may lead it is enough to plan nothing against anybody
    led = of_cases.filter(pl.col("status") == ELSEWHERE)["person_id"].to_list()
    why |= dict.fromkeys(led, "another desk leads: speak to it first")
    by_case = (pl.col("channel") == "protection") | (pl.col("outcome") == "protected-and-referred")
    why |= dict.fromkeys(
        of_cases.filter(by_case | pl.col("handlings").list.contains(PROTECT))["person_id"].to_list(),
        "the protection desk has a case about this person",
    )
    hits = picture.edges.filter(pl.col("handling") == PROTECT)
    ends = [end for end in (*hits["from_id"], *hits["to_id"]) if end.startswith(PERSON)]
    by_list = persons.filter(pl.col("handling") == PROTECT)["node_id"].to_list()
    # whose name is withheld from this reader is a minor, or with another desk: nobody to plan enforcement against
    ids = {*persons["node_id"], *picture.trips["person_id"]}
    why |= dict.fromkeys((each for each in ids if each.startswith(WITHHELD)), "another desk leads: speak to it first")
    return why | dict.fromkeys([*ends, *by_list], "a list or a service says that this person is to be protected")


def minors(picture: Picture) -> set[str]:
    """Return the ids of all persons known to be under age."""
    return set(picture.nodes.filter((pl.col("type") == "person") & pl.col("minor").fill_null(False))["node_id"])


def ties(picture: Picture, persons: Iterable[str], least_weight: float) -> dict[str, set[str]]:
    """Return who shares something with each of the persons, or is tied to them directly.

    Args:
        picture: the frames.
        persons: ids.
        least_weight: a shared value damped below this ties nobody.
    """
    asked = pl.Series("person_id", sorted(set(persons)), dtype=pl.String).to_frame()
    both = picture.edges.lazy().select("from_id", "to_id", "weight")
    turned = both.select(from_id="to_id", to_id="from_id", weight="weight")
    sides = pl.concat([both, turned]).filter(pl.col("from_id").str.starts_with(PERSON))
    sides = sides.rename({"from_id": "person_id", "to_id": "value"}).filter(pl.col("weight") >= least_weight)
    own = sides.join(asked.lazy(), on="person_id", how="semi").unique(["person_id", "value"])
    direct = own.filter(pl.col("value").str.starts_with(PERSON)).select("person_id", other="value")
    kinds = pl.col("value").str.split(":").list.first().is_in(SHARED)
    shared = own.filter(kinds).join(sides.rename({"person_id": "other"}), on="value").select("person_id", "other")
    found: dict[str, set[str]] = {}
    for person, other in pl.concat([direct, shared]).unique().collect().iter_rows():
        if person != other:
            found.setdefault(person, set()).add(other)
    return found
