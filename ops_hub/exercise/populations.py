"""Who travels in an exercise: name lists of many locales and how often each is drawn.

Reach for `pools()`. Names come from faker's lists, by its frequencies where it gives them, else falling off like
real ones do. How names are altered is left to `alter`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
from anyascii import anyascii
from numpy.typing import NDArray

ZIPF = 0.75  # fall-off where a list has no frequencies: between given names (about 1) and surnames (about 0.6)

# locale of names, states of their bearers, share of travellers: the region first, then those who travel to it.
POPULATIONS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("es_MX", ("MEX", "GTM", "HND", "SLV", "NIC"), 0.16),
    ("es_CO", ("COL", "PAN", "CRI", "VEN"), 0.12),
    ("es_ES", ("CUB", "DOM", "ESP", "ECU"), 0.10),
    ("en_US", ("USA", "BHS", "BLZ", "CAN"), 0.14),
    ("en_GB", ("JAM", "TTO", "BRB", "GUY", "LCA", "GBR"), 0.16),
    ("fr_FR", ("HTI", "FRA", "MTQ"), 0.08),
    ("nl_NL", ("SUR", "ABW", "CUW", "NLD"), 0.05),
    ("pt_BR", ("BRA",), 0.04),
    ("en_IN", ("IND", "TTO", "GUY"), 0.03),
    ("zh_CN", ("CHN",), 0.03),
    ("ar_SA", ("SYR", "EGY", "MAR"), 0.02),
    ("yo_NG", ("NGA", "GHA"), 0.02),
    ("tr_TR", ("TUR",), 0.01),
    ("ru_RU", ("RUS", "UZB"), 0.02),
    ("ko_KR", ("KOR",), 0.01),
    ("fa_IR", ("IRN", "AFG"), 0.01),
)
_GIVEN = {
    "M": ("first_names_male", "first_romanized_names_male", "first_names"),
    "F": ("first_names_female", "first_names_female_1", "first_names"),
}
_FAMILY = ("last_names", "last_names_male", "last_names_unisex")
# Korean given names as faker has them are Hangul; everything not Latin is transliterated as carriers would.


@dataclass(frozen=True)
class Pool:
    """Names of one population: texts and cumulative shares, given names by sex."""

    locale: str
    states: tuple[str, ...]
    family: tuple[pl.Series, NDArray[np.float64]]
    given: Mapping[str, tuple[pl.Series, NDArray[np.float64]]]


@cache
def pools() -> tuple[Pool, ...]:
    """Return the populations that the installed faker has names for, in a fixed order."""
    made = []
    for locale, states, _ in POPULATIONS:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        family = _names(provider, ("last_romanized_names", *_FAMILY))
        given = {sex: _names(provider, ("first_romanized_names", *names)) for sex, names in _GIVEN.items()}
        made.append(Pool(locale, states, family, given))
    return tuple(made)


def shares() -> NDArray[np.float64]:
    """Return the share of each population, summing to 1."""
    share = np.array([share for _, _, share in POPULATIONS])
    total: NDArray[np.float64] = share / share.sum()
    return total


def _names(provider: type, attributes: Iterable[str]) -> tuple[pl.Series, NDArray[np.float64]]:
    """Return Latin names and their cumulative shares, from the first attribute that holds any."""
    for attribute in attributes:
        listed = getattr(provider, attribute, None)
        if not listed or isinstance(listed, property):
            continue
        weighted = dict(listed) if isinstance(listed, Mapping) else dict.fromkeys(listed, 0.0)
        names: dict[str, float] = {}
        for text, weight in weighted.items():
            latin = re.sub(r"[^A-Z -]", "", anyascii(text).upper()).strip()
            if len(latin) >= 2:
                names[latin] = names.get(latin, 0.0) + float(weight)
        weights = np.array(list(names.values()))
        if weights.max() == weights.min():
            weights = 1.0 / np.arange(1, len(names) + 1) ** ZIPF
        return pl.Series(list(names), dtype=pl.String), np.cumsum(weights / weights.sum())
    raise LookupError(f"faker has no names for {provider.__module__}")


def draw(pool: tuple[pl.Series, NDArray[np.float64]], rng: np.random.Generator, n: int) -> pl.Series:
    """Return n names drawn by their shares."""
    names, cumulative = pool
    return names.gather(np.minimum(np.searchsorted(cumulative, rng.random(n)), len(names) - 1))
