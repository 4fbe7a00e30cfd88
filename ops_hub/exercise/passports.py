"""Numbers of invented passports, in the form that the issuing state uses and each only once.

Reach for `numbers()`. Forms that are publicly described are imitated (see rules/documents.toml for sources), since
numbers of a wrong form would all be found by the check of forms; other states get a letter and seven digits.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

# A is a letter, 9 a digit, everything else itself.
_FORMS = {
    "USA": "999999999", "GBR": "999999999", "CAN": "AA999999", "JAM": "A9999999", "FRA": "99AA99999", "NLD": "NA9999999", "ESP": "AAA999999",
    "BRA": "AA999999", "IND": "A9999999", "CHN": "E99999999", "TUR": "U99999999", "RUS": "999999999",
}  # fmt: skip
_OTHER = "A9999999"
_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPRSTUVWXYZ", dtype=np.uint8)  # those that nobody takes for a digit
_FIXED = {"JAM": "A"}  # a letter that all numbers of a state begin with
_START = 1_234_567
_STRIDE = 7_368_787  # a prime: steps of it reach every number once


def numbers(issuers: pl.Series, serial: NDArray[np.int64]) -> pl.Series:
    """Return passport numbers.

    Args:
        issuers: issuing states, alpha-3.
        serial: a different number for each document of the exercise; the same one gives the same number.
    """
    out = pl.Series("document_number", [None] * len(issuers), dtype=pl.String)
    for (issuer,), rows in pl.DataFrame({"issuer": issuers}).with_row_index().partition_by("issuer", as_dict=True, maintain_order=True).items():  # fmt: skip
        at = rows["index"].to_numpy()
        made = _in_form(_FORMS.get(str(issuer), _OTHER), serial[at], _FIXED.get(str(issuer), ""))
        out = out.scatter(rows["index"], made)
    return out


def _in_form(form: str, serial: NDArray[np.int64], fixed: str) -> pl.Series:
    bases = [len(_LETTERS) if sign == "A" and not (fixed and k == 0) else 10 if sign == "9" else 1 for k, sign in enumerate(form)]  # fmt: skip
    room = int(np.prod(bases, dtype=np.int64))
    left = (serial * _STRIDE + _START) % room
    columns = []
    for k, (sign, base) in reversed(list(enumerate(zip(form, bases, strict=True)))):
        digit = left % base
        left = left // base
        if base == len(_LETTERS):
            columns.append(_LETTERS[digit])
        elif sign == "9":
            columns.append((48 + digit).astype(np.uint8))
        else:
            columns.append(np.full(len(serial), ord(fixed if k == 0 and fixed else sign), dtype=np.uint8))
    whole = np.ascontiguousarray(np.stack(columns[::-1], axis=1)).view(f"S{len(form)}").ravel()
    return pl.Series(whole).cast(pl.String)
