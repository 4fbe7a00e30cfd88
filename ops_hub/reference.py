"""Codes that the whole world shares: states and ports.

Reach for `country()` wherever a state is named, in lists and messages alike. Data in rules/countries.csv;
airports come from the package airportsdata. What a state's rules are is left to rules/.

Source: ISO 3166-1; ICAO Doc 9303-3 section 5 (codes that ISO has not).
"""

from __future__ import annotations

import csv
import re
from functools import cache

import airportsdata
import polars as pl
from anyascii import anyascii

from ops_hub.config import data_dir

_MACHINE_READABLE = {"D": "DEU"}  # Germany's code in passports has one letter


def _folded(text: str) -> str:
    return re.sub(r"[^A-Z]+", " ", anyascii(text).upper()).strip()


@cache
def _codes() -> dict[str, str]:
    with (data_dir("rules") / "countries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes: dict[str, str] = dict(_MACHINE_READABLE)
    for row in rows:
        for text in (row["name"], *row["other_names"].split("|")):
            if _folded(text):
                codes.setdefault(_folded(text), row["alpha3"])
    for row in rows:  # codes win over names
        codes[row["alpha3"]] = row["alpha3"]
        if row["alpha2"]:
            codes[row["alpha2"]] = row["alpha3"]
    return codes


@cache
def country(text: str | None) -> str | None:
    """Return the alpha-3 (or ICAO 9303) code of a state given by code or name; None when it is not known.

    >>> country("HN"), country("D"), country("Korea, North"), country("Narnia")
    ('HND', 'DEU', 'PRK', None)
    """
    return _codes().get(_folded(text)) if text else None


def states() -> list[str]:
    """Return the codes of all states and bodies that are known: ISO 3166 alpha-3, ICAO 9303."""
    return sorted(set(_codes().values()))


def country_codes(expr: pl.Expr) -> pl.Expr:
    """Return the same for a column of codes (not names); what is not a known code becomes null."""
    codes = {code: alpha3 for code, alpha3 in _codes().items() if len(code) <= 3}
    return expr.str.strip_chars().str.to_uppercase().replace_strict(codes, default=None, return_dtype=pl.String)


@cache
def airports() -> dict[str, dict[str, object]]:
    """Return what is known of airports (country, lat, lon, tz ...), by IATA code."""
    return {code: dict(airport) for code, airport in airportsdata.load("IATA").items()}


def port_country(code: str | None) -> str | None:
    """Return the state (alpha-3) of a port: an IATA airport or the UN/LOCODE of a port; None when not known."""
    if not code:
        return None
    code = code.strip().upper()
    airport = airports().get(code)
    if airport is not None:
        return country(str(airport["country"]))
    return country(code[:2]) if len(code) == 5 else None
