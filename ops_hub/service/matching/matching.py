"""Matching of many persons at once, in the manner that users of matching services know (yente, FollowTheMoney).

The engine is the one that screens passengers: one batch, complete, so that nothing is lost however many are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError, MissingError
from ops_hub.matching.evidence import TERMS
from ops_hub.pipeline import Lists, screened
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.service.centre import Centre
from ops_hub.service.matching.forms import (
    Algorithm,
    Algorithms,
    Asking,
    Batch,
    BatchOf,
    Catalog,
    Dataset,
    Explained,
    Feature,
    Ignored,
    Response,
    Responses,
    Result,
    Total,
)
from ops_hub.service.matching.ftm import SCHEMAS, Asked, properties_of, travellers_of
from ops_hub.service.matching.reading import NEEDED, Reading, matcher, readable
from ops_hub.service.people.me import Nothing
from ops_hub.service.table import Caller, operation
from ops_hub.store.audit import record

LEAST = 0.5  # lowest score that may be asked for: below it nearly everybody meets somebody
ALGORITHMS = ("ops-hub", "best")
ALL = ("default", "all")
_FEATURES = {
    "name_score": ("name", "Names, token by token: what agrees, contradicts, is missing."),
    "quality_term": ("weak_name", "Taken away where the listed name is a weak a.k.a."),
    "birth_term": ("birth_date", "Birth dates; what is unknown adds nothing."),
    "sex_term": ("gender", "Sex; what is unknown adds nothing."),
    "nationality_term": ("nationality", "Nationality; what is unknown adds nothing."),
    "document_term": ("document", "Numbers of documents, equal, in a listed range, or looking alike."),
}
_MET = ("exact", "in-range", "look-alike")


@operation("match.batch", "POST", "/match/{dataset}", personal=True, audited=True)
def batch(centre: Centre, by: Caller, asked: BatchOf) -> Responses:
    """Look for many persons in one list, or with `default` in all that you may read.

    Hits are leads to verify. Entries that you may not read take no part and are not counted.
    """
    return _matched(centre, by, asked, asked.dataset)


@operation("match.all", "POST", "/match", personal=True, audited=True)
def batch_of_all(centre: Centre, by: Caller, asked: Batch) -> Responses:
    """Look for many persons in all lists that you may read.

    Hits are leads to verify. Entries that you may not read take no part and are not counted.
    """
    return _matched(centre, by, asked, ALL[0])


@operation("match.catalog", "GET", "/catalog")
def catalog(centre: Centre, by: Caller, asked: Nothing) -> Catalog:
    """Tell which lists you may read something of."""
    found = readable(centre, Reading(centre.desk.policy, by.actor))
    version = centre.snapshot.hash
    made = [
        Dataset(
            each.info.list_id, each.info.title, each.info.purpose, each.info.generated_on or version, True, each.entries,
            each.info.owner, each.info.handling, each.info.expires, each.info.generated_on, version,
        )
        for each in found
    ]  # fmt: skip
    return Catalog(made, [each.name for each in made], [])


@operation("match.algorithms", "GET", "/algorithms")
def algorithms(centre: Centre, by: Caller, asked: Nothing) -> Algorithms:
    """Tell how persons are compared: the same way in which passengers are screened."""
    said = (
        "Names token by token, weighed by rarity; birth date, sex, nationality and documents beside; complete search."
    )
    return Algorithms([Algorithm(ALGORITHMS[0], said, _features(centre))], ALGORITHMS[0], ALGORITHMS[0])


def _features(centre: Centre) -> dict[str, Feature]:
    _, knowledge = matcher(centre)
    e = knowledge.config.evidence
    most = (1.0, e.weak_name, e.birth_exact, e.sex_same, e.nationality_same, e.document_exact)
    return {
        name: Feature(text, round(points, 4)) for (name, text), points in zip(_FEATURES.values(), most, strict=True)
    }


@dataclass(frozen=True)
class _Wanted:
    """What of the results is wanted."""

    limit: int
    threshold: float
    lists: frozenset[str]
    not_entries: frozenset[str]
    since: str
    persons: bool
    documents: bool


def _matched(centre: Centre, by: Caller, asked: Asking, dataset: str) -> Responses:
    wanted, least = _wanted(centre, by, asked, dataset)
    record(centre.hub, str(by), "operation", "match.batch", purpose=by.purpose, queries=len(asked.queries), lists=len(wanted.lists))  # fmt: skip
    said = [travellers_of(each.schema, each.properties) for each in asked.queries.values()]
    ways = [
        way | {"record_id": f"{number}:{place}"}
        for number, each in enumerate(said)
        for place, way in enumerate(each.ways)
    ]
    found: dict[int, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    lists, knowledge = matcher(centre, least)
    if ways and wanted.lists:
        reading = Reading(centre.desk.policy, by.actor)
        about = {number: _about(each) for number, each in enumerate(said)}
        travellers = rows(TRAVELLERS, ways)
        for hits in screened(travellers, lists, knowledge, today=centre.hub.now().date()):
            for number, hit, entry in _read(hits, lists, wanted, reading, about):
                found.setdefault(number, []).append((hit, entry))
    responses = {}
    for number, (name, example) in enumerate(asked.queries.items()):
        mine, told = found.get(number, []), said[number]
        responses[name] = Response(
            422 if told.wrong else 200, example,
            [_result(hit, entry, wanted.threshold) for hit, entry in mine[: wanted.limit]], Total(len(mine)),
            [Ignored(**each) for each in told.ignored], told.wrong or None,
        )  # fmt: skip
    return Responses(responses, _features(centre), wanted.limit)


def _wanted(centre: Centre, by: Caller, asked: Asking, dataset: str) -> tuple[_Wanted, float]:
    """Return what is wanted, and from which score on pairs are looked for."""
    if asked.algorithm not in ALGORITHMS:
        raise ConfigError("algorithm", f"{asked.algorithm} is none of this service", f"use {' or '.join(ALGORITHMS)}")
    if asked.weights or asked.config:
        raise ConfigError("weights", "the score is the centre's, the same for all", "leave weights and config out")
    known = {each.info.list_id for each in readable(centre, Reading(centre.desk.policy, by.actor))}
    lists = known if dataset in ALL else {dataset} & known
    if dataset not in ALL and not lists:
        raise MissingError(f"dataset {dataset}", "there is none of this name that you may read", "see /api/v1/catalog")
    include, exclude = _many(asked.include_dataset), _many(asked.exclude_dataset)
    for name in {*include, *exclude}:
        if name not in known:
            raise ConfigError(f"dataset {name}", "there is none of this name that you may read", "see /api/v1/catalog")
    lists = (lists & include if include else lists) - exclude
    since = asked.changed_since or ""
    if since and not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?(T[0-9:.+Z-]*)?", since, re.ASCII):
        raise ConfigError("changed_since", "this is no day", "write 2026-11-20")
    threshold = asked.threshold if asked.threshold is not None else matcher(centre)[1].config.bands.threshold
    least = max(LEAST, min(asked.cutoff if asked.cutoff is not None else threshold, threshold))
    schemas = _many(asked.exclude_schema)
    return _Wanted(
        asked.limit, max(threshold, LEAST), frozenset(lists), frozenset(_many(asked.exclude_entity_ids)), since[:10],
        persons=not schemas & {"Person", *SCHEMAS[1:]}, documents="Passport" not in schemas,
    ), least  # fmt: skip


def _many(names: str | list[str]) -> set[str]:
    return {names} if isinstance(names, str) else set(names)


def _about(asked: Asked) -> frozenset[str]:
    return frozenset(way["nationality"] for way in asked.ways if way["nationality"])


def _read(
    hits: pl.DataFrame, lists: Lists, wanted: _Wanted, reading: Reading, about: Mapping[int, frozenset[str]]
) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Yield number of the query, hit and entry of what may be read and is wanted, best first, an entry once a query."""
    hits = hits.filter(pl.col("list_id").is_in(list(wanted.lists)))
    if not hits.height:
        return
    entries = _entries(hits, lists)
    number = pl.col("record_id").str.split(":").list.first().cast(pl.Int64)
    order = ["number", "score", "birth_term", "list_id", "entry_id"]
    best = hits.with_columns(number.alias("number")).sort(order, descending=[False, True, True, False, False])
    for hit in best.unique(["number", "list_id", "entry_id"], keep="first", maintain_order=True).iter_rows(named=True):
        key = (hit["list_id"], hit["entry_id"])
        entry = entries.get(key)
        if entry is None or "/".join(key) in wanted.not_entries or key[1] in wanted.not_entries:
            continue
        if not reading.may(entry, about[hit["number"]]):
            continue
        if wanted.since and str(entry["updated_on"] or "")[: len(wanted.since)] < wanted.since:
            continue
        if wanted.persons if entry["kind"] == "person" else wanted.documents:
            yield hit["number"], hit, entry


def _entries(hits: pl.DataFrame, lists: Lists) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the entries of hits, by list and id."""
    met = hits.select("list_id", "entry_id", "entry_hash").unique()
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for part in lists.parts:
        near = part.entries.join(met, on=["list_id", "entry_id", "entry_hash"], how="semi")
        found |= {(each["list_id"], each["entry_id"]): each for each in near.iter_rows(named=True)}
    assert all(name in each for each in found.values() for name in NEEDED)
    return found


def caption_of(entry: Mapping[str, Any]) -> str:
    """Return the first name of an entry, or its first document."""
    if entry["names"]:
        return str(entry["names"][0]["full"])
    first = entry["documents"][0] if entry["documents"] else {}
    return ":".join(first.get(part) or "" for part in ("type", "number", "issuer"))


def _result(hit: Mapping[str, Any], entry: Mapping[str, Any], threshold: float) -> Result:
    points = {_FEATURES[term][0]: round(float(hit[term]), 6) for term in TERMS}
    details = {
        "name": ", ".join(f"{line['kind']} {line['points']:+.3f}" for line in hit["tokens"]),
        "birth_date": hit["birth_agreement"], "document": hit["document_agreement"],
    }  # fmt: skip
    listed = {
        "name": hit["matched_name"], "document": hit["matched_document"], "gender": entry["sex"],
        "nationality": " ".join(entry["nationalities"] or ()) or None,
    }  # fmt: skip
    family, given = hit["family_name"], hit["given_names"]
    ours = {
        "name": ", ".join(each for each in (family, given) if each) or None, "birth_date": hit["birth_date"],
        "gender": hit["sex"], "nationality": hit["nationality"],
    }  # fmt: skip
    explained = {
        name: Explained(score, details.get(name, ""), ours.get(name), listed.get(name))
        for name, score in points.items()
    }
    return Result(
        f"{hit['list_id']}/{hit['entry_id']}", caption_of(entry), "Person" if entry["kind"] == "person" else "Passport",
        properties_of(entry), [hit["list_id"]], round(float(hit["score"]), 6),
        bool(hit["score"] >= threshold - 1e-9 or hit["document_agreement"] in _MET), points, explained,
        hit["explanation"] or "", hit["band"], entry["owner"], entry["handling"], list(entry["caveats"] or ()),
        str(entry["updated_on"]) if entry["updated_on"] else None,
    )  # fmt: skip
