"""Which vessel a record is about, however its name was written, and by what else a vessel's call may be asked for.

Reach for `with_vessels()` before legs are told apart. Crew and passenger lists of one call often come from two hands:
one writes "MV Pelican", the other "PELICAN"; the IMO number, else the call sign, says that both mean one vessel.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.duties import Duties
from ops_hub.manifests.legs import designator

_FIELDS = ("vessel", "registration", "imo_number", "call_sign", "voyage")
_TOLD = pl.Struct(dict.fromkeys(_FIELDS, pl.String))
_TYPE = r"^(?:M/?[VTYS]|S/?[YVS]|F/?V|R/?V|T/?S)\s+"  # kind of vessel before its name: MV, M/V, SY ...


def with_vessels(travellers: pl.DataFrame, duties: Duties) -> pl.DataFrame:
    """Return the travellers with one way to write the flight of each vessel's voyage, `known_as` and `is_vessel`.

    Args:
        travellers: columns of TRAVELLERS; forms and tables say in `extra` what they know of the vessel.
        duties: codes of carriers.

    Returns:
        `known_as`: names in the form of `designator`; null where no vessel or aircraft is named. `is_vessel`: not an
        aircraft.
    """
    none = travellers.with_columns(
        pl.lit(None, dtype=pl.List(pl.String)).alias("known_as"), pl.lit(False).alias("is_vessel")
    )
    says = pl.col("extra").str.contains(r'"(?:vessel|registration|imo_number|call_sign)":').fill_null(False)
    told = none.with_row_index("_row").filter(says)
    if told.is_empty():
        return none
    facts = told["extra"].str.json_decode(_TOLD).struct.unnest()
    told = told.select("_row", "flight", "departs_at", "arrives_at").hstack(
        facts.select(pl.col(_FIELDS).str.strip_chars().replace("", None))
    )
    told = _apart(_one_voyage(told).with_columns(_one_name().alias("flight")))
    names = told.select("_row", "flight", "is_vessel", pl.concat_list(_names()).alias("known_as"))
    known = _designated(names, duties)
    rest = none.with_row_index("_row").join(known, on="_row", how="left", maintain_order="left", suffix="_told")
    return rest.with_columns(
        pl.coalesce("flight_told", "flight").alias("flight"),
        pl.col("known_as_told").alias("known_as"),
        pl.col("is_vessel_told").fill_null(False).alias("is_vessel"),
    ).drop("_row", "flight_told", "known_as_told", "is_vessel_told")


def _one_voyage(told: pl.DataFrame) -> pl.DataFrame:
    """Give a list without voyage number the only one that the same vessel has on that day."""
    vessel = pl.coalesce(
        pl.col("imo_number").str.extract(r"(\d{7})"), pl.col("call_sign").str.to_uppercase(), "vessel", "registration"
    )
    day = pl.coalesce("departs_at", "arrives_at").dt.date()
    told = told.with_columns(
        vessel.alias("_vessel"),
        day.alias("_day"),
        pl.any_horizontal(pl.col("vessel", "imo_number", "call_sign").is_not_null()).alias("is_vessel"),
    )
    number = pl.col("voyage").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    voyages = number.drop_nulls().unique().over("_vessel", "_day", mapping_strategy="join")
    told = told.with_columns(number.alias("_voyage"), voyages.alias("_voyages"))
    only = pl.when(pl.col("_voyages").list.len() == 1).then(pl.col("_voyages").list.first())
    return told.with_columns(pl.coalesce("_voyage", only).alias("_voyage"))


def _one_name() -> pl.Expr:
    """Return the flight as one of the lists of the voyage writes it: with vessel and number where one has both."""
    is_bare = pl.col("vessel").is_null() & pl.col("registration").is_null()
    best = pl.col("flight").sort_by(is_bare, pl.col("voyage").is_null(), "flight").first().over("_vessel", "_voyage")
    return pl.when(pl.col("_vessel").is_not_null()).then(best).otherwise("flight")


def _apart(told: pl.DataFrame) -> pl.DataFrame:
    """Add the IMO number to the flight where another vessel has the same name on the same day."""
    name = pl.col("flight").str.normalize("NFKD").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    imo = pl.col("imo_number").str.extract(r"(\d{7})").drop_nulls().first().over("_vessel")
    others = pl.col("_vessel").filter(pl.col("imo_number").is_not_null()).n_unique().over(name, "_day")
    return told.with_columns(
        pl.when((others > 1) & imo.is_not_null())
        .then(pl.concat_str("flight", pl.lit(" IMO "), imo))
        .otherwise("flight")
        .alias("flight")
    )


def _names() -> list[pl.Expr]:
    bare = pl.coalesce("vessel", "registration").str.to_uppercase().str.replace(_TYPE, "")
    imo = pl.col("imo_number").str.extract(r"(\d{7})")
    return [pl.col("vessel"), bare, pl.concat_str(bare, pl.lit(" "), "voyage"), imo, pl.lit("IMO") + imo, pl.col("call_sign", "voyage", "registration")]  # fmt: skip


def _designated(names: pl.DataFrame, duties: Duties) -> pl.DataFrame:
    """Return the names in the form that flights have on manifests."""
    each = names.select("_row", "known_as").explode("known_as").drop_nulls("known_as")
    each = each.with_columns(designator(pl.col("known_as"), pl.lit(None, dtype=pl.String), duties).alias("known_as"))
    joined = each.group_by("_row").agg(pl.col("known_as").drop_nulls().unique().sort())
    return names.drop("known_as").join(joined, on="_row", how="left", maintain_order="left")
