"""Amounts of money in feeds: what a ticket cost, as amount and currency, `250.00 USD`.

Reach for `ticket_amount()` with a MON segment, `fare_text()` for what `extra` holds of it under `fare`, and `fare_of()` for a
column of a table. Currencies are never converted. What reads it back is `graph.paid`.

Source: WCO/IATA/ICAO PNRGOV guide 13.1, segment MON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from ops_hub.feeds.edifact import Segment

Fare = tuple[Decimal, str]
# At most nine digits before the mark; a comma before three digits may part thousands, so it is no amount that is sure.
NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,3}|,[0-9]{1,2})?"
_AMOUNT = re.compile(NUMBER)
_CURRENCY = re.compile("[A-Z]{3}")
_MOST = 4  # currencies of one traveller


def is_amount(text: str) -> bool:
    """Tell whether a text is an amount of money without a currency."""
    return _AMOUNT.fullmatch(text) is not None


def ticket_amount(segment: Segment) -> tuple[Fare | None, list[str]]:
    """Return what a ticket cost, and what says so and cannot be read.

    `MON+B:235.85:GBP+T:250.00:GBP`: the total (T) counts, else the base fare (B). Words in place of an amount (IT, BT, FREE)
    are a fare that is not shown: neither read nor noted.
    """
    told: dict[str, Fare] = {}
    damaged = []
    for element in segment.elements[1:]:
        kind, amount, currency = ([part.strip().upper() for part in element] + ["", "", ""])[:3]
        if kind not in ("B", "T") or not amount or amount.isalpha():
            continue
        if is_amount(amount) and _CURRENCY.fullmatch(currency):
            told[kind] = (Decimal(amount.replace(",", ".")), currency)
        else:
            damaged.append(":".join(element)[:40])
    return told.get("T") or told.get("B"), damaged


def fare_text(fares: Iterable[Fare]) -> str | None:
    """Return the tickets of one traveller added up, each currency for itself: '250.00 USD; 40.00 EUR'; None without any."""
    sums: dict[str, Decimal] = {}
    for amount, currency in fares:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return "; ".join(f"{sums[currency]:f} {currency}" for currency in sorted(sums)[:_MOST]) or None


def fare_of(sent: pl.Expr, currency: pl.Expr) -> pl.Expr:
    """Return a column as '250.00 USD'; null where it is no amount with a currency.

    Args:
        sent: '250.00 USD', 'USD 250,00' or '250.00'.
        currency: of amounts that name none.
    """
    text, named = sent.str.strip_chars().str.to_uppercase(), currency.str.strip_chars().str.to_uppercase()
    before, after = rf"^(?:[A-Z]{{3}} ?)?({NUMBER})$", rf"^({NUMBER}) ?[A-Z]{{3}}$"
    amount = pl.coalesce(text.str.extract(before, 1), text.str.extract(after, 1)).str.replace(",", ".", literal=True)
    own = pl.coalesce(text.str.extract("^([A-Z]{3})", 1), text.str.extract("([A-Z]{3})$", 1))
    code = pl.coalesce(own, pl.when(named.str.contains("^[A-Z]{3}$")).then(named))
    return pl.concat_str(amount, code, separator=" ")
