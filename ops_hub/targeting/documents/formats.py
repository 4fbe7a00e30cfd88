"""What is known about travel documents (rules/documents.toml), read once and checked.

Reach for `document_rules()`. What a value means stands beside it in the file; what a check does with it, in the
modules of the checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from ops_hub.config import rules_toml
from ops_hub.errors import ConfigError

CHECKS = (
    "check-digit", "number-format", "issuer-unknown", "issuer-ended", "expired", "short-validity",
    "two-names", "two-births", "two-bearers", "documents-in-turn", "impossible-journeys",
    "sex-disagrees", "nationality-disagrees", "issuer-disagrees", "listed-document",
)  # fmt: skip
SEVERITIES = ("low", "medium", "high")
_CODE = re.compile(r"^[A-Z]{3}$")


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Numbers that the checks go by."""

    names_differ_below: float
    names_differ_plainly_below: float
    slack_hours: float
    fastest_km_per_hour: float


class Ended(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An issuer that no longer issues."""

    issuer: str
    name: str
    ended: date
    last_issued: date
    last_valid: date
    source: str


class Validity(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"spared": "except"}):
    """How many months after arrival a passport must be valid, where, and whose need not be."""

    destinations: list[str]
    months: int
    source: str
    spared: list[str] = []


class Format(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Regular expressions of which a number must fit one."""

    issuer: str
    type: str
    numbers: list[str]
    source: str


class _Issuers(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    also: list[str]
    specimen: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    settings: Settings
    severity: dict[str, str]
    issuers: _Issuers
    ended: list[Ended] = []
    validity: list[Validity] = []
    format: list[Format] = []


@dataclass(frozen=True)
class DocumentRules:
    """All that is known about documents.

    Attributes:
        settings: numbers that the checks go by.
        severity: of each check.
        also: issuers beside those of ISO 3166.
        specimen: codes that stand in specimens only.
        ended: a row an issuer that no longer issues.
        validity: columns destination, months, spared (issuers); a row a destination.
        formats: columns issuer, type, numbers (one regular expression for the whole number); a row a kind of document.
    """

    settings: Settings
    severity: Mapping[str, str]
    also: tuple[str, ...]
    specimen: tuple[str, ...]
    ended: pl.DataFrame
    validity: pl.DataFrame
    formats: pl.DataFrame


def document_rules(rules: Path | None = None) -> DocumentRules:
    """Read `documents.toml` of a rules folder; the shipped one where the folder has none.

    Raises:
        ConfigError: a key is missing or unknown, a value is not allowed, an issuer stands twice.
    """
    path, file = rules_toml(rules, "documents.toml", _File)
    _check(path, file)
    return DocumentRules(
        settings=file.settings,
        severity=file.severity,
        also=tuple(file.issuers.also),
        specimen=tuple(file.issuers.specimen),
        ended=pl.DataFrame(
            [msgspec.structs.asdict(each) for each in file.ended],
            schema={"issuer": pl.String, "name": pl.String, "ended": pl.Date, "last_issued": pl.Date, "last_valid": pl.Date, "source": pl.String},
        ),
        validity=pl.DataFrame(
            [{"destination": to, "months": each.months, "spared": [to, *each.spared]} for each in file.validity for to in each.destinations],
            schema={"destination": pl.String, "months": pl.Int64, "spared": pl.List(pl.String)},
        ),
        formats=pl.DataFrame(
            [{"issuer": each.issuer, "type": each.type, "numbers": "^(?:" + "|".join(each.numbers) + ")$"} for each in file.format],
            schema={"issuer": pl.String, "type": pl.String, "numbers": pl.String},
        ),
    )  # fmt: skip


def _check(path: Path, file: _File) -> None:
    """Refuse what is well-formed but cannot be meant."""
    settings = file.settings
    if not 0 <= settings.names_differ_plainly_below <= settings.names_differ_below <= 1:
        _refuse(path, "[settings]", "must satisfy 0 <= names_differ_plainly_below <= names_differ_below <= 1")
    if settings.slack_hours < 0 or settings.fastest_km_per_hour <= 0:
        _refuse(path, "[settings]", "slack_hours must be 0 or more and fastest_km_per_hour above 0")
    for check in CHECKS:
        if file.severity.get(check) not in SEVERITIES:
            _refuse(path, f"[severity] {check} = {file.severity.get(check)!r}", f"give one of {', '.join(SEVERITIES)}")
    if unknown := sorted(file.severity.keys() - set(CHECKS)):
        _refuse(path, f"[severity] {unknown[0]}", f"there is no such check; there are {', '.join(CHECKS)}")
    for form in file.format:
        for number in form.numbers:
            try:
                pl.Series([""]).str.contains(f"^(?:{number})$").any()
            except pl.exceptions.ComputeError:
                _refuse(path, f"[[format]] {form.issuer}: {number!r}", "this is no regular expression; correct it")
        if not form.numbers:
            _refuse(path, f"[[format]] {form.issuer}", "give at least one of `numbers`")
    for each in file.validity:
        if each.months < 0 or not each.destinations:
            _refuse(path, f"[[validity]] {each.destinations}", "give destinations, and 0 months or more")
    codes = [*file.issuers.also, *file.issuers.specimen, *(each.issuer for each in file.ended)]
    codes += [form.issuer for form in file.format]
    codes += [code for each in file.validity for code in (*each.destinations, *each.spared)]
    for code in codes:
        if not _CODE.match(code):
            _refuse(path, f"{code!r}", "give states as three capital letters, e.g. JAM")
    _once(path, "[[ended]]", [each.issuer for each in file.ended])
    _once(path, "[[format]]", [(form.issuer, form.type) for form in file.format])
    _once(path, "[[validity]]", [to for each in file.validity for to in each.destinations])


def _once(path: Path, place: str, keys: list[Any]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            _refuse(path, f"{place} {key}", "this stands twice; put both into one table")


def _refuse(path: Path, what: str, remedy: str) -> None:
    raise ConfigError(f"{path}: {what}", "this is not allowed", remedy)
