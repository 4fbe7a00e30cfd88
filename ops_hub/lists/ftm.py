"""FollowTheMoney entities (NDJSON) and OpenSanctions' simple table (CSV) into ENTRIES.

Reach for `read_ftm()` and `read_targets()`. Persons become entries; other schemata are counted. Documents that
stand as entities of their own (Passport, Identification) are given to their holder.

Source: the FollowTheMoney model; OpenSanctions "targets.simple.csv".
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from ops_hub.errors import ConfigError
from ops_hub.feedback import reject
from ops_hub.lists.births import birth
from ops_hub.lists.entries import Row, entries_frame, name
from ops_hub.lists.info import ListInfo, ListRead, load_info
from ops_hub.reference import country
from ops_hub.schemas import REJECTS, rows
from ops_hub.textlines import json_line

_TOPICS = {
    "crime.traffick.human": "human-trafficking", "crime.traffick.drug": "narcotics", "crime.traffick": "trafficking",
    "crime.terror": "terrorism", "crime.fin": "financial-crime", "crime.cyber": "cybercrime", "crime": "crime", "wanted": "wanted",
    "sanction": "sanctions",
}  # fmt: skip
_SEX = {"male": "M", "m": "M", "female": "F", "f": "F", "other": "X"}


def _default(path: Path) -> ListInfo:
    stem = path.name.split(".")[0]
    return ListInfo(stem, stem, "UNKNOWN", "screening", "enforce")


def read_ftm(path: Path) -> ListRead:
    """Return the persons of a file of FollowTheMoney entities, one JSON object a line."""
    info = load_info(path.parent, _default(path))
    lost: list[Row] = []
    people: dict[str, dict[str, Any]] = {}
    documents: dict[str, list[Row]] = defaultdict(list)
    kinds: Counter[str] = Counter()
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            entity = json_line(line)
            schema, properties = entity["schema"], entity.get("properties", {})
            if not isinstance(properties, dict):
                raise TypeError("properties is not an object")
            if schema in ("Passport", "Identification"):
                for holder in properties.get("holder", []):
                    documents[str(holder)] += _papers(properties, schema)
            kinds["persons" if schema == "Person" else schema.lower()] += 1
            if schema == "Person":
                people[str(entity["id"])] = entity
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            lost.append(
                reject(path.name, "bad-entity", f"no FollowTheMoney entity: {error}", raw=line, position=number)
            )
    entries = [_entry(key, entity, documents[key]) for key, entity in people.items()]
    entries = [entry for entry in entries if entry["names"]]
    filled = ListInfo(
        **{
            **info.__dict__,
            "counts": dict(kinds),
            "files": ((path.name, hashlib.sha256(path.read_bytes()).hexdigest()),),
        }
    )
    return ListRead(filled, entries_frame(entries, filled), rows(REJECTS, lost))


def _papers(properties: dict[str, Any], schema: str) -> list[Row]:
    states = properties.get("country") or [None]
    kind = "P" if schema == "Passport" else "I"
    return [_document(kind, str(number), states[0]) for number in properties.get("number", [])]


def _document(kind: str, number: str, state: str | None) -> Row:
    return {
        "type": kind,
        "number": number,
        "number_to": None,
        "issuer": country(state) or state,
        "status": None,
    }


def _entry(key: str, entity: dict[str, Any], papers: list[Row]) -> Row:
    said = {
        k: [str(v) for v in values if v]
        for k, values in entity.get("properties", {}).items()
        if isinstance(values, list)
    }
    names = [name(text, "primary" if at == 0 else "strong") for at, text in enumerate(said.get("name", []))]
    if not names and entity.get("caption"):
        names = [name(str(entity["caption"]), "primary")]
    for first, last in zip(said.get("firstName", []), said.get("lastName", []), strict=False):
        names.append(name(None, "strong", last, first))
    names += [name(text, "strong") for text in said.get("alias", [])]
    names += [name(text, "weak") for text in said.get("weakAlias", [])]
    states = [country(x) or x for x in [*said.get("nationality", []), *said.get("citizenship", [])]]
    papers = papers + [_document("P", x, said.get("country", [None])[0]) for x in said.get("passportNumber", [])]
    papers += [_document("I", x, said.get("country", [None])[0]) for x in said.get("idNumber", [])]
    topics = [_TOPICS[topic] for topic in said.get("topics", []) if topic in _TOPICS]
    return {
        "entry_id": key,
        "names": _distinct(names),
        "births": [found for text in said.get("birthDate", []) if (found := birth(text))],
        "sex": next((_SEX[x.lower()] for x in said.get("gender", []) if x.lower() in _SEX), None),
        "nationalities": list(dict.fromkeys(states)),
        "birth_places": said.get("birthPlace", []),
        "documents": papers,
        "crime_types": sorted(set(topics)),
        "remarks": "; ".join([*said.get("notes", []), *said.get("sourceUrl", [])]) or None,
    }


def _distinct(names: list[Row]) -> list[Row]:
    return list({found["full"].upper(): found for found in reversed(names) if found["full"]}.values())[::-1]


def read_targets(path: Path) -> ListRead:
    """Return the persons of an OpenSanctions `targets.simple.csv`.

    Raises:
        ConfigError: the columns id, schema and name are not there.
    """
    info = load_info(path.parent, _default(path))
    entries, lost, kinds = [], [], Counter[str]()
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        reader = csv.DictReader(line.replace("\x00", "") for line in file)
        if not {"id", "schema", "name"} <= set(reader.fieldnames or ()):
            raise ConfigError(str(path), "it has not the columns id, schema and name", "this is no targets.simple.csv")
        for number, row in enumerate(reader, 2):
            kinds["persons" if row["schema"] == "Person" else str(row["schema"]).lower()] += 1
            if row["schema"] != "Person":
                continue
            if not row["id"] or not row["name"] or None in row:
                lost.append(
                    reject(
                        path.name,
                        "bad-entry",
                        "id or name is missing, or fields have moved",
                        raw=str(row),
                        position=number,
                    )
                )
                continue
            entries.append(_target(row))
    filled = ListInfo(
        **{
            **info.__dict__,
            "counts": dict(kinds),
            "files": ((path.name, hashlib.sha256(path.read_bytes()).hexdigest()),),
        }
    )
    return ListRead(filled, entries_frame(entries, filled), rows(REJECTS, lost))


def _target(row: dict[str, str]) -> Row:
    def several(column: str) -> list[str]:
        return [part.strip() for part in (row.get(column) or "").split(";") if part.strip()]

    return {
        "entry_id": row["id"],
        "names": _distinct([name(row["name"], "primary"), *(name(alias, "strong") for alias in several("aliases"))]),
        "births": [found for text in several("birth_date") if (found := birth(text))],
        "nationalities": [country(state) or state for state in several("countries")],
        "documents": [_document("I", number, None) for number in several("identifiers")],
        "remarks": "; ".join(
            part for part in (row.get("sanctions"), row.get("dataset"), row.get("program_ids")) if part
        )
        or None,
    }
