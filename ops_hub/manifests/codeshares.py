"""Bookings sold under another carrier's number onto the manifest of the flight that goes.

Reach for `joined()` before legs are told apart. A booking that names the operating flight (PNRGOV, segment TRA) says so
in `extra`; that tells where everything else goes that is sent under the number it was sold as.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.duties import Duties
from ops_hub.manifests.legs import carrier_code, designator, port
from ops_hub.states import States

_LEG = ("_flight", "_day", "_from", "_to")


def joined(
    travellers: pl.DataFrame, messages: pl.DataFrame, duties: Duties, states: States
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return travellers and messages with the flight that goes in place of the one sold.

    A number that two flights of one day between the same ports claim is left as sent.

    Args:
        travellers: journey columns of TRAVELLERS and `extra`.
        messages: MESSAGES.
        duties: codes of carriers.
        states: codes of ports.
    """
    sold = pl.col("extra").str.extract(r'"sold_as": *"([^"]+)"')
    told = travellers.filter(sold.is_not_null()).with_columns(
        sold.alias("_sold"), designator(pl.col("flight"), pl.col("carrier"), duties).alias("_goes")
    )
    if told.is_empty():
        return travellers, messages
    told = told.with_columns(designator(pl.col("_sold"), pl.lit(None, dtype=pl.String), duties).alias("flight"))
    goes = _on_leg(told, duties, states).group_by(_LEG).agg(pl.col("_goes").unique())
    goes = goes.filter(pl.col("_goes").list.len() == 1).with_columns(pl.col("_goes").list.first())
    return _moved(travellers, goes, duties, states), _moved(messages, goes, duties, states)


def _on_leg(frame: pl.DataFrame, duties: Duties, states: States) -> pl.DataFrame:
    return frame.with_columns(
        designator(pl.col("flight"), pl.col("carrier"), duties).alias("_flight"),
        pl.coalesce("departs_at", "arrives_at").dt.date().alias("_day"),
        port(pl.col("from_port"), states).alias("_from"),
        port(pl.col("to_port"), states).alias("_to"),
    )


def _moved(frame: pl.DataFrame, goes: pl.DataFrame, duties: Duties, states: States) -> pl.DataFrame:
    found = _on_leg(frame, duties, states).join(goes, on=_LEG, how="left", maintain_order="left")
    is_moved = pl.col("_goes").is_not_null()
    return found.with_columns(
        pl.when(is_moved).then(carrier_code(pl.col("_goes"), pl.col("carrier"), duties)).otherwise("carrier").alias("carrier"),
        pl.coalesce("_goes", "flight").alias("flight"),
    ).drop(*_LEG, "_goes")  # fmt: skip
