"""Who is who: a key for each record that is the same in all records of one person, also where one of them tells less.

Reach for `with_members()`. A person is told by the issuer and number of the document, and without one by name and
whole birth date. A record that lacks one of them takes it from records of the same name on the same flight and day,
then from those in the same booking, where only one person of that name can be meant: the document where name and birth
date agree, and anything where no two passports, other documents, births or bookings contradict. Two with a passport or birth date
of their own are never made one. Where only a name is known, it tells one person in a booking, and without one on a flight.

Two of one name in one booking, without birth date or document, are one here. Somebody who changes document and keeps
the name is another person, except for `document_switched`.
"""

from __future__ import annotations

import polars as pl

_TITLES = "MRS|MSTR|MISS|MS|MR|CHD|INF|DR"
_APART = rf"^(?:(?:{_TITLES})[ .]+)+|(?:[ .]+(?:{_TITLES})[.]?)+$"
_NEEDED = (
    "called", "flown", "booking", "booking_ref", "departure", "at", "message_type", "record_id", "position", "source",
)  # fmt: skip
_PAPERS = ("passport", "card")  # an identity card or visa sent now and a passport later do not contradict
_GLUED = r"(\p{L}{3})(?:MRS|MSTR|MISS|CHD|MR)$"  # JOHNMR; at least three letters stay


def called(family: str, given: str, whole: str) -> pl.Expr:
    """Return the letters of the name: without titles, marks, spaces and hyphens; null where there is none."""
    first = pl.col(given).str.to_uppercase().str.strip_chars().str.replace_all(_APART, "").str.replace(_GLUED, "${1}")
    name = pl.concat_str(pl.coalesce(family, whole), first, ignore_nulls=True).str.to_uppercase()
    return name.str.normalize("NFKD").str.replace_all(r"[^\p{L}]+", "").replace("", None)


def with_members(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return the people, in their order, with `person`, `named`, `member`, `kin`, `trip` and `party`.

    `person` and `named` (by name and birth date alone) are null when unknown, `member` never; `kin`: the
    booking, also where only another record of the member names it; `trip`: a member's flight
    on a day; `party`: a booking on a flight in messages of one type.

    Args:
        people: what `flat` gave, earlier ones included.
    """
    document, is_passport = pl.col("document"), pl.col("document_type").str.starts_with("P").fill_null(value=False)
    told = people.select(
        *_NEEDED,
        pl.when(is_passport).then(document).alias("passport"),
        pl.when(~is_passport).then(document).alias("card"),
        pl.col("birth_date").alias("born"),
        pl.col("booking").alias("kin"),
    )
    for place in ("flown", "booking"):
        told = _filled(told.cache(), place)
    name, born = pl.col("called"), pl.col("born")
    named = told.with_columns(
        pl.when(name.is_not_null() & born.is_not_null()).then(pl.struct("called", "born").hash()).alias("named")
    ).with_columns(pl.coalesce(*_PAPERS, "named").alias("person"))
    by_name = pl.when(name.is_not_null()).then(pl.struct(pl.coalesce("kin", "flown"), "called").hash())
    alone = pl.struct("record_id", "position", "source").hash()
    known_place = pl.coalesce("kin", "flown").is_not_null()
    keyed = named.with_columns(pl.coalesce("person", pl.when(known_place).then(by_name), alone).alias("member"))
    keys = keyed.select(
        "person", "named", "member", "kin",
        pl.when(pl.col("at").is_not_null()).then(pl.struct("member", "departure").hash()).alias("trip"),
        pl.when(pl.col("booking").is_not_null())
        .then(pl.struct("booking", "departure", "message_type").hash())
        .alias("party"),
    )  # fmt: skip
    return pl.concat([people, keys], how="horizontal")  # rows are as they were: a join would move all the wide ones


def _filled(told: pl.LazyFrame, place: str) -> pl.LazyFrame:
    """Return the records with what others of the same name in the same place know: passport, card, born and kin."""
    here = [place, "called"]
    born, ref = pl.col("born"), pl.col("booking_ref")
    papers = [pl.col(name) for name in _PAPERS]
    placed = told.select(*here, *_PAPERS, "born", "booking_ref", "kin").drop_nulls(here)
    lacking = placed.filter(papers[0].is_null() | born.is_null() | ref.is_null()).select(here).unique()
    others = placed.join(lacking, on=here, how="semi")  # most records need nothing
    known = others.group_by(here).agg(
        *(_different(name).alias(f"{name}s") for name in (*_PAPERS, "born", "booking_ref")),
        *(pl.col(name).min().alias(f"the_{name}") for name in (*_PAPERS, "born", "kin")),
    )
    # who agrees in name, birth date and flight is one, unless two documents of a kind say otherwise
    agreeing = others.drop_nulls("born").group_by(*here, "born")
    sure = (
        agreeing.agg(
            *(paper.min().name.prefix("sure_") for paper in papers), *(_different(n).alias(n) for n in _PAPERS)
        )
        .filter(*(paper <= 1 for paper in papers))
        .drop(_PAPERS)
    )
    one_booking = ref.is_null() | (pl.col("booking_refs") <= 1)
    one_person = pl.all_horizontal(pl.col(f"{name}s") <= 1 for name in (*_PAPERS, "born")) & one_booking
    one = pl.when(one_person)
    return (
        told.join(known, on=here, how="left", maintain_order="left")
        .join(sure, on=[*here, "born"], how="left", maintain_order="left")
        .with_columns(
            *(pl.coalesce(name, f"sure_{name}", one.then(f"the_{name}")).alias(name) for name in _PAPERS),
            pl.coalesce(born, one.then("the_born")).alias("born"),
            pl.when(one_person & (pl.col("booking_refs") == 1)).then("the_kin").otherwise("kin").alias("kin"),
        )
        .select(*_NEEDED, *_PAPERS, "born", "kin")
    )


def _different(name: str) -> pl.Expr:
    return pl.col(name).drop_nulls().n_unique()
