"""A whole exercise from a seed: a feed, a list, and the truth about who in the feed is listed.

Reach for `generate()`. The same spec gives the same frames, byte for byte. Writing them is left to `files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ops_hub.exercise.alter import ALTERATIONS, DOCUMENT_ONLY, Person, fits
from ops_hub.exercise.people import people

KINDS = (*ALTERATIONS, DOCUMENT_ONLY)
# Kinds that fit few people choose first, so that each gets its share.
_PICKY = ("truncated", "nickname", "birth-swapped", "one-surname", "dropped", "joined", "split")
SEATS = 150  # passengers a flight, about
_CARRIERS = ("BW", "CM", "AV", "AA", "JM", "LI", "UP", "KX", "PY", "AC", "DL", "IB")
_PORTS = (
    "POS",
    "BGI",
    "KIN",
    "NAS",
    "PTY",
    "SAL",
    "TGU",
    "GUA",
    "SDQ",
    "HAV",
    "PAP",
    "PBM",
    "GEO",
    "MIA",
    "JFK",
    "BOG",
    "MEX",
    "MAD",
    "AMS",
    "CDG",
)


@dataclass(frozen=True)
class ExerciseSpec:
    """What to make.

    Attributes:
        passengers: travellers in the feed.
        entries: entries on the list.
        seed: decides everything else.
        planted: travellers who are listed; by default one in fifty, at most as many as there are entries.
        reference: day of the exercise.
    """

    passengers: int
    entries: int
    seed: int
    planted: int | None = None
    reference: date = date(2026, 11, 23)


@dataclass(frozen=True)
class Exercise:
    """feed (columns as in TRAVELLERS, flat), watchlist (the project's list format), truth (record_id, entry_id, alteration)."""

    feed: pl.DataFrame
    watchlist: pl.DataFrame
    truth: pl.DataFrame


def generate(spec: ExerciseSpec) -> Exercise:
    """Return the exercise of a spec."""
    rng = np.random.default_rng(spec.seed)
    listed = people(spec.entries, rng, spec.reference)
    wanted = min(
        spec.entries,
        spec.passengers,
        spec.planted if spec.planted is not None else max(1, spec.passengers // 50),
    )
    altered, truth = _planted(listed, wanted, rng)
    ordinary = _without_namesakes(people(spec.passengers - altered.height, rng, spec.reference), listed, rng)
    feed = pl.concat([ordinary, altered.select(ordinary.columns)])
    order = rng.permutation(feed.height)
    record = pl.format("P{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)).alias("record_id")
    feed = _journeys(feed[order].select(record, pl.all()), rng, spec.reference)
    place = np.empty(feed.height, dtype=np.int64)
    place[order] = np.arange(feed.height)
    ids = feed["record_id"].gather(place[ordinary.height :])
    return Exercise(feed, _watchlist(listed, rng), truth.select(ids.alias("record_id"), "entry_id", "alteration"))


def _entry_id(rows: pl.Expr) -> pl.Expr:
    return pl.format("X{}", rows.cast(pl.String).str.zfill(7))


def _planted(listed: pl.DataFrame, wanted: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return altered copies of listed people, spread evenly over the kinds, and the truth about them."""
    order = rng.permutation(listed.height)
    left = {kind: wanted // len(KINDS) + (at < wanted % len(KINDS)) for at, kind in enumerate(KINDS)}
    numbers = rng.integers(1_000_000, 99_999_999, wanted)
    strangers = people(left[DOCUMENT_ONLY] + 1, rng, date(2026, 11, 23)).to_dicts()
    made: list[Person] = []
    truth: list[tuple[int, str]] = []
    for row in order:
        open_kinds = [kind for kind, n in left.items() if n]
        if not open_kinds:
            break
        person: Person = listed.row(int(row), named=True)
        fitting = [kind for kind in (*_PICKY, *open_kinds) if kind in open_kinds and fits(kind, person)]
        if not fitting:
            continue
        kind = fitting[0]
        left[kind] -= 1
        if kind == DOCUMENT_ONLY:
            made.append(
                person
                | {key: strangers[left[kind]][key] for key in ("family_name", "given_names", "birth_date", "sex")}
            )
        else:
            # another document, so that names are really tested
            made.append(ALTERATIONS[kind](person, rng) | {"document_number": f"N{numbers[len(made)]}"})
        truth.append((int(row), kind))
    frame = pl.DataFrame(made, schema=listed.schema, orient="row")
    known = pl.DataFrame(truth, schema={"row": pl.Int64, "alteration": pl.String}, orient="row")
    return frame, known.select(_entry_id(pl.col("row")).alias("entry_id"), "alteration")


def _without_namesakes(ordinary: pl.DataFrame, listed: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Give a new birth date to those who by chance share name and birth date with an entry: truth must be true."""
    key = ["family_name", "given_names", "birth_date"]
    same = ordinary.with_row_index("at").join(listed.select(key).unique(), on=key, how="semi")["at"]
    shifted = ordinary["birth_date"].str.to_date().dt.offset_by("-7y").dt.to_string("%Y-%m-%d")
    is_same = pl.Series(np.isin(np.arange(ordinary.height), same.to_numpy()))
    return ordinary.with_columns(pl.when(is_same).then(shifted).otherwise(pl.col("birth_date")).alias("birth_date"))


def _journeys(feed: pl.DataFrame, rng: np.random.Generator, reference: date) -> pl.DataFrame:
    """Add flight, ports, departure and booking: travellers in order share flights, neighbours at times a booking."""
    n = feed.height
    flights = max(1, -(-n // SEATS))
    of = np.arange(n) // SEATS
    carrier = pl.Series(_CARRIERS).gather(rng.integers(0, len(_CARRIERS), flights))
    begin = rng.integers(0, len(_PORTS), flights)
    end = (begin + rng.integers(1, len(_PORTS), flights)) % len(_PORTS)
    number = pl.Series(100 + np.arange(flights) % 900).cast(pl.String)
    leaves = np.datetime64(reference, "us") + rng.integers(0, 30 * 24 * 60, flights).astype("timedelta64[m]")
    booking = np.cumsum(rng.random(n) < 0.55)
    code = booking * 7919 % 36**5  # five places in base 36, scattered
    letters = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)
    places = np.stack([letters[(code // 36**k) % 36] for k in range(4, -1, -1)], axis=1)
    locators = pl.Series("booking_ref", np.ascontiguousarray(places).view("S5").ravel()).cast(pl.String)
    return feed.with_columns(
        (carrier + number).gather(of).alias("flight"),
        pl.Series("from_port", _PORTS).gather(begin[of]),
        pl.Series("to_port", _PORTS).gather(end[of]),
        pl.Series("departs_at", leaves[of]).cast(pl.Datetime("us")),
        (pl.lit("R") + locators).alias("booking_ref"),
    )


def _watchlist(listed: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the list in the project's own format."""
    n = listed.height
    handling = pl.Series(["enforce", "discreet", "protect"]).gather(rng.choice(3, n, p=[0.8, 0.15, 0.05]))
    crimes = pl.Series(["migrant-smuggling", "human-trafficking", "document-fraud", "narcotics"]).gather(
        rng.integers(0, 4, n)
    )
    return listed.with_row_index("row").select(
        _entry_id(pl.col("row")).alias("entry_id"),
        pl.concat_str("family_name", pl.lit(", "), "given_names").alias("name"),
        "birth_date",
        "sex",
        "nationality",
        pl.concat_str(pl.lit("P:"), "document_number", pl.lit(":"), "document_issuer").alias("documents"),
        handling.alias("handling"),
        pl.lit("exercise").alias("purpose"),
        crimes.alias("crime_types"),
        pl.lit("invented for an exercise").alias("remarks"),
    )
