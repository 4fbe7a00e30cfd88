"""Numbers of documents: what of them is compared, and what scanners and clerks take for each other.

Reach for it wherever two documents meet: in matching, in the checks of documents, in the network.
"""

from __future__ import annotations

import polars as pl

MIN_NUMBER = 4  # letters and digits; shorter ones are seat numbers and typing errors
MIN_WITHOUT_ISSUER = 6  # where an issuer is not known: short serial numbers repeat between states
# 0/O, 1/I, 5/S, 8/B, 2/Z; Q and D are read as 0 as well.
_ALIKE = {"O": "0", "Q": "0", "D": "0", "I": "1", "S": "5", "B": "8", "Z": "2"}


def plain(number: pl.Expr) -> pl.Expr:
    """Return a number as capital letters and digits only."""
    return number.str.to_uppercase().str.replace_all("[^A-Z0-9]", "")


def alike(number: pl.Expr) -> pl.Expr:
    """Return a plain number with each letter that is read as a digit put as that digit: look-alikes become equal."""
    return number.str.replace_many(list(_ALIKE), list(_ALIKE.values()))


def same_issuer() -> pl.Expr:
    """Tell whether `issuer` and `issuer_listed` agree; where one is not known, a long number (`plain`) is enough."""
    one, other = pl.col("issuer"), pl.col("issuer_listed")
    unknown = one.is_null() | other.is_null()
    return (one == other).fill_null(False) | (unknown & (pl.col("plain").str.len_chars() >= MIN_WITHOUT_ISSUER))
