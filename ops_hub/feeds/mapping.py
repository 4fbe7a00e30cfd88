"""Which column of a table means what: usual names, and a centre's own mapping file.

Reach for `load_mapping()` when a feed's columns have names of their own. How values are converted is left to
`columns`.

A mapping file (TOML) has [columns] with `traveller column = "column in the feed"`, [constants] with fixed
values, [formats] with strptime forms for birth_date, departs_at, arrives_at and document_expires, and
`delimiter` for CSV.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path

from ops_hub.errors import ConfigError
from ops_hub.schemas import TRAVELLERS

# Columns that a table may have beyond those of TRAVELLERS; they become documents, contacts, payments and extra's fare.
FLAT = (
    "document_type", "document_number", "document_issuer", "document_expires", "document_issued",
    "phone", "email", "address", "card_number", "payment_kind", "fare", "fare_currency",
)  # fmt: skip
_OWN = ("source", "raw", "extra", "message_type", "position")  # set by the reader, never from a column
TARGETS = tuple(name for name in TRAVELLERS if name not in _OWN) + FLAT

SYNONYMS = {
    "id": "record_id", "passenger_id": "record_id", "surname": "family_name", "last_name": "family_name", "lastname": "family_name",
    "family": "family_name", "apellidos": "family_name", "nom": "family_name", "achternaam": "family_name",
    "first_name": "given_names", "firstname": "given_names", "given_name": "given_names", "given": "given_names",
    "forenames": "given_names", "nombres": "given_names", "prenom": "given_names", "voornaam": "given_names",
    "name": "full_name", "passenger_name": "full_name", "dob": "birth_date", "date_of_birth": "birth_date", "birthdate": "birth_date",
    "fecha_nacimiento": "birth_date", "gender": "sex", "sexo": "sex", "citizenship": "nationality", "nacionalidad": "nationality",
    "country_of_residence": "residence", "place_of_birth": "birth_place", "passport": "document_number", "passport_number": "document_number",
    "document": "document_number", "doc_number": "document_number", "doc_type": "document_type", "doc_issuer": "document_issuer",
    "issuing_country": "document_issuer", "document_issuing_country": "document_issuer", "passport_issuer": "document_issuer",
    "document_expiry": "document_expires", "doc_expiry": "document_expires", "expiry_date": "document_expires", "pnr": "booking_ref",
    "record_locator": "booking_ref", "booking": "booking_ref", "flight_number": "flight", "voyage": "flight", "vessel": "flight",
    "origin": "from_port", "departure_port": "from_port", "destination": "to_port", "arrival_port": "to_port",
    "departure": "departs_at", "departure_time": "departs_at", "etd": "departs_at", "arrival": "arrives_at", "eta": "arrives_at",
    "telephone": "phone", "mobile": "phone", "e_mail": "email", "seat": "seats", "ticket": "tickets", "ticket_number": "tickets",
    "payment_card": "card_number", "credit_card": "card_number", "travel_agency": "agency",
    "ticket_price": "fare", "total_fare": "fare", "currency": "fare_currency",
    "form_of_payment": "payment_kind",
}  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """A centre's mapping: target -> column in the feed, fixed values, date forms, delimiter."""

    columns: Table[str, str] = field(default_factory=dict)
    constants: Table[str, str] = field(default_factory=dict)
    formats: Table[str, str] = field(default_factory=dict)
    delimiter: str | None = None


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        ConfigError: not readable, an unknown section or an unknown target, with the nearest known name.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read as TOML: {error}", "correct the file") from None
    for section in raw:
        if section not in ("columns", "constants", "formats", "delimiter"):
            raise ConfigError(str(path), f"unknown section {section}", "use columns, constants, formats and delimiter")
    for section in ("columns", "constants", "formats"):
        if not isinstance(raw.get(section, {}), dict):
            raise ConfigError(str(path), f"{section} is not a table", f"write [{section}] and lines below it")
        for target, value in raw.get(section, {}).items():
            if target not in TARGETS:
                near = difflib.get_close_matches(target, TARGETS, 1)
                raise ConfigError(
                    str(path),
                    f"[{section}] has an unknown target {target}",
                    f"did you mean {near[0] if near else TARGETS[0]}?",
                )
            if not isinstance(value, str):
                raise ConfigError(str(path), f"[{section}] {target} is not text", "put it in quotes")
    delimiter = raw.get("delimiter")
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter.encode()) != 1):
        raise ConfigError(str(path), "delimiter is not one character", 'write for example delimiter = ";"')
    return Mapping(raw.get("columns", {}), raw.get("constants", {}), raw.get("formats", {}), delimiter)


def targets_of(names: list[str], mapping: Mapping | None) -> dict[str, str]:
    """Return {target: column} for the columns of a feed: the mapping's own first, then equal and usual names."""
    found: dict[str, str] = {}
    if mapping is not None:
        found = {target: column for target, column in mapping.columns.items() if column in names}
    taken = set(found.values())
    for name in names:
        plain = name.strip().lower().replace(" ", "_").replace("-", "_").lstrip("\ufeff")
        for target in (plain, SYNONYMS.get(plain, "")):
            if target in TARGETS and target not in found and name not in taken:
                found[target] = name
                taken.add(name)
    return found
