"""Everything sent about each leg into one manifest with its people: the door of this room.

Reach for `assemble()`. Same messages in, same manifests out, in whatever order and files they came.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import polars as pl

from ops_hub.manifests.boarding import boarded
from ops_hub.manifests.codeshares import joined
from ops_hub.manifests.directions import directions
from ops_hub.manifests.duties import Duties
from ops_hub.manifests.frames import MANIFEST_PEOPLE, TRANSMISSIONS
from ops_hub.manifests.legs import on_legs
from ops_hub.manifests.persons import changes, with_persons
from ops_hub.manifests.references import PERSON
from ops_hub.manifests.summary import summary
from ops_hub.manifests.timeline import before, moved, standing, with_end
from ops_hub.manifests.transmissions import of_tables, table_id, transmissions
from ops_hub.manifests.vessels import with_vessels
from ops_hub.schemas import REJECTS, conform, empty
from ops_hub.states import States

# Columns of TRAVELLERS that manifests need.
NEEDED = (
    "record_id", "source", "message_ref", "message_type", "position", "role", "family_name", "given_names", "full_name",
    "birth_date", "sex", "nationality", "documents", "carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at",
    "legs", "embark_port", "debark_port", "booking_ref", "passenger_ref", "seats", "extra",
)  # fmt: skip
# What of a record screening asks about.
_ASKED = ("family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "documents")
_CREW = ("crew", "transit-crew")


@dataclass(frozen=True)
class Assembled:
    """What is known of all legs.

    Attributes:
        manifests: MANIFESTS, with the parts of the quality score and when a close-out was due.
        people: MANIFEST_PEOPLE.
        transmissions: TRANSMISSIONS with the `manifest_id` of the leg that each is about (null: none named).
        unplaced: travellers that name no flight or vessel.
        rejected: records rejected of tables and forms that are on no manifest, since nobody can tell of which journey.
    """

    manifests: pl.DataFrame
    people: pl.DataFrame
    transmissions: pl.DataFrame
    unplaced: int
    rejected: int


def assemble(
    travellers: pl.DataFrame,
    messages: pl.DataFrame,
    duties: Duties,
    states: States,
    *,
    rejects: pl.DataFrame | None = None,
    screened: Set[str] | None = None,
) -> Assembled:
    """Return the manifests of TRAVELLERS and MESSAGES.

    Args:
        travellers: at least the columns NEEDED.
        messages: MESSAGES of the same files.
        duties: what carriers owe and what messages do.
        states: the home states.
        rejects: REJECTS of the same files, for tables and forms; messages count their own.
        screened: sources (feed files) whose records were screened; None where that is not known.
    """
    travellers, messages = joined(with_vessels(travellers.select(NEEDED), duties), messages, duties, states)
    placed = _with_message(travellers, messages)
    in_tables = placed.filter(pl.col("message_id").str.starts_with("table|"))
    tables = of_tables(in_tables, empty(REJECTS) if rejects is None else rejects)
    sent = transmissions(pl.concat([messages, tables]), duties)
    records = _records(placed, sent, screened)
    named = on_legs(moved(records, sent), duties, states)
    on_leg = named.filter(~pl.col("is_elsewhere"))
    legs = on_legs(moved(sent, sent), duties, states).drop("is_elsewhere")
    unplaced = records.height - named.select("record_id", "message_id").n_unique()
    legs = legs.filter(pl.col("effect") != "aside")
    ended = with_end(_said_again(with_persons(on_leg)), legs)
    first = standing(ended)
    people = boarded(_with_changes(first, ended), ended, legs)
    people = _cancelled_flights(people, legs).with_columns(
        pl.col("is_crew").fill_null(False), pl.coalesce("screened", pl.lit(False)).alias("is_screened")
    )
    journey = [
        "manifest_id", "order", "is_reported", "carrier", "flight", "departure_date", "from_port", "to_port", "departs_at", "arrives_at",
    ]  # fmt: skip
    journeys = pl.concat([legs.select(journey), on_leg.select(journey)])
    journeys = journeys.join(_known_as(on_leg), on="manifest_id", how="left")
    elsewhere = named.filter("is_elsewhere", pl.col("replaced_order").is_null())
    elsewhere = elsewhere.group_by("manifest_id", "is_crew").agg(pl.col("record_id").n_unique().alias("elsewhere"))
    manifests = summary(people, legs, journeys, elsewhere, (duties, states), is_run_given=screened is not None)
    told = sent.join(legs.select("transmission_id", "manifest_id"), on="transmission_id", how="left", maintain_order="left")  # fmt: skip
    return Assembled(
        manifests,
        _people(people, manifests, states, is_run_given=screened is not None),
        told.select(*TRANSMISSIONS, "manifest_id"),
        unplaced,
        _rejected(rejects, messages, tables),
    )


def _rejected(rejects: pl.DataFrame | None, messages: pl.DataFrame, tables: pl.DataFrame) -> int:
    """Return how many rejected records no message and no journey of a table answers for."""
    if rejects is None:
        return 0
    lost = rejects.filter((pl.col("kind") == "record") & ~pl.col("source").is_in(messages["source"].unique().implode()))
    return lost.height - int(tables["lost"].sum())


def _known_as(on_leg: pl.DataFrame) -> pl.DataFrame:
    """Return (manifest_id, known_as, is_vessel) of vessels' calls."""
    told = on_leg.drop_nulls("known_as").select("manifest_id", "known_as", "is_vessel").explode("known_as")
    return told.group_by("manifest_id").agg(pl.col("known_as").unique().sort(), pl.col("is_vessel").any())


def _with_message(travellers: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """Return the travellers with the id of their message: the last one that begins before them in the file."""
    begins = messages.select("source", "position", "message_id").drop_nulls("position").sort("position")
    known = travellers.with_columns(pl.col("position").fill_null(-1).alias("_at")).sort("_at")
    begins = begins.rename({"position": "_at"})
    joined = known.join_asof(begins, on="_at", by="source", strategy="backward", check_sortedness=False)
    is_message = pl.col("message_type").is_in(["paxlst", "pnrgov"]) & pl.col("message_id").is_not_null()
    return joined.with_columns(
        pl.when(is_message).then("message_id").otherwise(table_id()).alias("message_id")
    ).drop("_at")  # fmt: skip


def _records(placed: pl.DataFrame, sent: pl.DataFrame, screened: Set[str] | None) -> pl.DataFrame:
    """Return each record once, with its transmission; those of parts that were sent again are dropped."""
    of_message = sent.select(
        "transmission_id", "kind", "effect", "order", "sender", "transaction", "replaced_order",
        pl.col("first_at").alias("prepared_at"), pl.col("message_ids").alias("message_id"),
    ).explode("message_id")  # fmt: skip
    is_screened = pl.col("source").is_in(sorted(screened or ()))
    once = placed.sort("source", "position").with_columns(
        is_screened.any().over("message_id", "record_id").alias("screened")
    )
    once = once.unique(["message_id", "record_id"], keep="first", maintain_order=True)
    joined = once.join(of_message, on="message_id").filter(pl.col("effect") != "aside")
    role = pl.coalesce("role", pl.lit("passenger"))
    return joined.with_columns(
        role.alias("role"),
        role.is_in(_CREW).alias("is_crew"),
        pl.when(pl.col("kind") == "pnr").then(pl.lit("pnr")).otherwise(pl.lit("list")).alias("family"),
        pl.col("extra").str.contains(r'"close_out": *true').fill_null(False).alias("is_reference"),
        pl.col("screened").alias("screened_ever"),
    )


def _said_again(known: pl.DataFrame) -> pl.DataFrame:
    """Mark as screened what says of a person all that a screened record said: the same questions, the same answers."""
    said = pl.struct(_ASKED).hash()
    return known.with_columns(pl.col("screened").any().over(*PERSON, said))


def _with_changes(first: pl.DataFrame, ended: pl.DataFrame) -> pl.DataFrame:
    told = changes(first, before(ended, first))
    return first.join(told, on=PERSON, how="left", maintain_order="left").with_columns(
        pl.col("changed").replace("", None), pl.col("revision").fill_null(0)
    )


def _cancelled_flights(people: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    off = (
        legs.filter(pl.col("effect") == "cancel-flight")
        .group_by("manifest_id")
        .agg(pl.col("order").max().alias("_off"))
    )
    joined = people.join(off, on="manifest_id", how="left", maintain_order="left")
    is_off = (pl.col("live_order") < pl.col("_off")).fill_null(False) & ~pl.col("on_board").fill_null(False)
    return joined.with_columns(
        pl.when(is_off).then(pl.lit("cancelled")).otherwise("state").alias("state"),
        pl.when(is_off).then(pl.lit("the flight was cancelled")).otherwise("reason").alias("reason"),
    ).drop("_off")  # fmt: skip


def _people(people: pl.DataFrame, manifests: pl.DataFrame, states: States, *, is_run_given: bool) -> pl.DataFrame:
    ends = manifests.select("manifest_id", pl.col("from_port").alias("_from"), pl.col("to_port").alias("_to"))
    whole = people.join(ends, on="manifest_id", how="left", maintain_order="left").with_columns(
        pl.coalesce("family_name", "full_name").alias("family_name"),
        pl.coalesce("embark_port", "_from").alias("embark_port"),
        pl.coalesce("debark_port", "_to").alias("debark_port"),
    )
    if not is_run_given:
        whole = whole.with_columns(pl.lit(None, dtype=pl.Boolean).alias("is_screened"))
    whole = whole.drop("directions", strict=False).with_columns(
        directions(whole.drop("from_port", "to_port").rename({"_from": "from_port", "_to": "to_port"}), states)
    )
    return (
        conform(whole.lazy(), MANIFEST_PEOPLE)
        .collect()
        .sort("manifest_id", "role", "family_name", "given_names", "person_id")
    )
