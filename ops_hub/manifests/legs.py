"""Which flight leg or vessel call a message or traveller is about, written the same however it was sent.

Reach for `on_legs()`. A leg is carrier and number, scheduled day of departure, from and to: `BW432/2026-11-20/POS-BGI`.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.duties import Duties
from ops_hub.states import States

LEG_KEY = ("flight", "departure_date", "from_port", "to_port")
_NUMBER = r"^([A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3})?0*([0-9]{1,4}[A-Z]?)$"


def designator(flight: pl.Expr, carrier: pl.Expr, duties: Duties) -> pl.Expr:
    """Return a flight number in one form: `BW 0432`, `BWA432` and `432` of BW are BW432; a voyage's name is squeezed.

    The prefix of the number wins over the carrier, which is sometimes that of whoever sends.
    """
    icao = {each.icao: code for code, each in duties.carriers.items() if each.icao}
    text = flight.str.normalize("NFKD").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    sent = text.str.extract(_NUMBER, 1)
    prefix = pl.coalesce(sent, carrier.str.strip_chars().str.to_uppercase())
    number = text.str.extract(_NUMBER, 2)
    whole = prefix.replace(icao).fill_null("") + number
    return pl.when(number.is_not_null()).then(whole).when(text != "").then(text)


def carrier_code(flight: pl.Expr, carrier: pl.Expr, duties: Duties) -> pl.Expr:
    """Return the carrier of a flight in the form of `designator`: its prefix, else the carrier as sent."""
    icao = {each.icao: code for code, each in duties.carriers.items() if each.icao}
    prefix = flight.str.extract(r"^([A-Z][A-Z0-9]|[0-9][A-Z]|[A-Z]{3})[0-9]{1,4}[A-Z]?$", 1)
    return pl.coalesce(prefix, carrier.str.strip_chars().str.to_uppercase().replace(icao))


def port(code: pl.Expr, states: States) -> pl.Expr:
    """Return a port in one form: the IATA code where the UN/LOCODE of the same port was sent."""
    return code.str.strip_chars().str.to_uppercase().replace("", None).replace(dict(states.same_port))


def on_legs(frame: pl.DataFrame, duties: Duties, states: States) -> pl.DataFrame:
    """Return one row for each leg that each row of the frame is about, with the leg's columns in one form.

    A traveller with a place to board and a place to leave is on all legs between; else the leg that crosses the
    border is meant. Bookings name the passenger's whole itinerary: only the flight that the message is about counts.

    Args:
        frame: has the journey's columns of TRAVELLERS or MESSAGES, `legs` among them, and `kind`; `embark_port` and
            `debark_port` may be missing.
        duties: codes of carriers.
        states: codes of ports.

    Returns:
        the frame without `legs`, with `manifest_id`, `departure_date` and `is_reported` (the leg is the one that the
        message is about, not another that it names) and `is_elsewhere` (the traveller is on other legs only, and counts
        on this one for its control total alone); rows that name no flight are left out.
    """
    for name in ("embark_port", "debark_port"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    frame = frame.with_row_index("_row").with_columns(
        port(pl.col(name), states) for name in ("embark_port", "debark_port", "from_port", "to_port")
    )
    other, elsewhere = _other_legs(frame, states)
    own = frame.drop("legs").with_columns(pl.lit(True).alias("is_reported"))
    own = own.join(elsewhere, on="_row", how="left", maintain_order="left")
    whole = pl.concat([own, other], how="diagonal").with_columns(pl.col("is_elsewhere").fill_null(False))
    flight = designator(pl.col("flight"), pl.col("carrier"), duties)
    whole = whole.with_columns(
        flight.alias("flight"),
        pl.coalesce("departs_at", pl.col("arrives_at")).dt.date().alias("departure_date"),
    ).filter(pl.col("flight").is_not_null())
    whole = whole.with_columns(carrier_code(pl.col("flight"), pl.col("carrier"), duties).alias("carrier"))
    whole = _dated(whole).with_columns(_manifest_id())
    first = whole.sort("_row", "is_reported", descending=[False, True], maintain_order=True)
    return first.unique(["_row", "manifest_id"], keep="first", maintain_order=True).drop("_row")


def _manifest_id() -> pl.Expr:
    day = pl.col("departure_date").dt.to_string("%Y-%m-%d").fill_null("no-date")
    ends = pl.concat_str(pl.col("from_port").fill_null("?"), pl.lit("-"), pl.col("to_port").fill_null("?"))
    return pl.concat_str("flight", pl.lit("/"), day, pl.lit("/"), ends).alias("manifest_id")


def _other_legs(frame: pl.DataFrame, states: States) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the legs of progressive flights between a traveller's ends, the border leg aside, and who is not on that."""
    is_told = pl.col("embark_port").is_not_null() | pl.col("debark_port").is_not_null()
    several = frame.filter((pl.col("kind") != "pnr") & (pl.col("legs").list.len() > 1) & is_told)
    at = pl.col("_leg")
    each = (
        several.drop("flight", "departs_at", "arrives_at")
        .rename({"from_port": "_border_from", "to_port": "_border_to"})
        .with_columns(pl.int_ranges(pl.col("legs").list.len()).alias("_leg"))
        .explode("legs", "_leg")
        .unnest("legs")
        .with_columns(port(pl.col(name), states) for name in ("from_port", "to_port"))
    )
    ends = each.group_by("_row").agg(
        at.filter(pl.col("from_port") == pl.col("embark_port")).min().alias("_begin"),
        at.filter(pl.col("to_port") == pl.col("debark_port")).max().alias("_end"),
        at.max().alias("_last"),
    )
    begin, end = pl.col("_begin"), pl.col("_end")
    is_bounded = (begin.is_not_null() | end.is_not_null()) & (begin.fill_null(-1) <= end.fill_null(1 << 30))
    between = (at >= begin.fill_null(0)) & (at <= end.fill_null(pl.col("_last")))
    border = (pl.col("from_port") == pl.col("_border_from")) & (pl.col("to_port") == pl.col("_border_to"))
    known = each.join(ends.filter(is_bounded), on="_row", maintain_order="left").with_columns(
        (between & pl.col("from_port").is_not_null() & pl.col("to_port").is_not_null()).alias("_between"),
        border.fill_null(False).alias("_is_border"),
    )
    on_some = known.filter("_between").select("_row").unique()
    elsewhere = known.filter(~pl.col("_between") & pl.col("_is_border")).join(on_some, on="_row", how="semi")
    others = (
        known.filter(pl.col("_between") & ~pl.col("_is_border"))
        .drop("_leg", "_border_from", "_border_to", "_begin", "_end", "_last", "_between", "_is_border")
        .with_columns(pl.lit(False).alias("is_reported"))
    )
    return others, elsewhere.select("_row", pl.lit(True).alias("is_elsewhere")).unique()


def _dated(whole: pl.DataFrame) -> pl.DataFrame:
    """Give rows without a day of departure the only one known of the same flight between the same ports.

    A row that names its arrival takes the departure of the flight that arrives on that day: a flight over midnight, or
    over the date line, leaves on another one. Failing that, it counts to the day of arrival.
    """
    ends = ["flight", "from_port", "to_port"]
    lands = pl.col("arrives_at").dt.date().alias("_lands")
    goes = pl.col("departs_at").dt.date().alias("_goes")
    known = whole.select(*ends, lands, goes).drop_nulls("_goes").unique()
    for keys in ([*ends, "_lands"], ends):
        day = known.group_by(keys).agg(pl.col("_goes").unique())
        day = day.filter(pl.col("_goes").list.len() == 1).with_columns(pl.col("_goes").list.first())
        by = whole.with_columns(lands)
        joined = by.join(day, on=keys, how="left", nulls_equal=True, maintain_order="left")
        is_open = pl.col("departure_date").is_null()
        if "_lands" in keys:
            is_open = is_open | (pl.col("departs_at").is_null() & pl.col("_lands").is_not_null())
        whole = joined.with_columns(
            pl.when(is_open).then(pl.coalesce("_goes", "departure_date")).otherwise("departure_date").alias("departure_date")
        ).drop("_goes", "_lands")  # fmt: skip
    return whole
