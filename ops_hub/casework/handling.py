"""Who may see what of a case: nothing, that it exists, or its content.

Reach for `view()`, the only way from a case to a reader, and `segments()` for the carrier's own words in a package.
Both build what they return from what is allowed; nothing is ever taken out of something larger. The rules and their
reasons stand in docs/sharing.md, the caveats in rules/sharing.toml.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE, PROTECTION, Actor, Bundle, Case, Hit
from ops_hub.casework.policy import Policy, Terms, sharing_policy, terms_of
from ops_hub.casework.sight import PROTECTIVE, SHUT, Sight, kept_from, sight_of
from ops_hub.casework.words import careful, words_for

JOURNEY = ("departure", "transit", "destination")

# What the carrier sent, by what a reader needs it for.
_IDENTITY = (
    "family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "birth_place", "documents",
)  # fmt: skip
_TRAVEL = ("carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at")
_BOOKING = (
    "role", "residence", "legs", "embark_port", "debark_port", "booking_ref", "passenger_ref", "seats", "bags",
    "bag_tags", "contacts",
)  # fmt: skip
# What a hit and its entry say; all of it quotes the entry or tells what the list is for.
_HIT = (
    "score", "name_score", "quality_term", "birth_term", "sex_term", "nationality_term", "document_term",
    "birth_agreement", "document_agreement", "matched_name", "name_quality", "matched_document", "tokens", "explanation",
)  # fmt: skip
_ENTRY = (
    "kind", "names", "births", "sex", "nationalities", "birth_places", "documents", "valid_from", "valid_until",
    "updated_on", "caveats", "entry_hash",
)  # fmt: skip


def view(
    case: Case, bundle: Bundle, reader: Actor, policy: Policy | None = None, *, export: bool = False,
    known: Mapping[str, Terms] | None = None,
) -> dict[str, Any] | None:  # fmt: skip
    """Return what a reader may see of a case, None where nothing, not even that it exists.

    Args:
        case: the case.
        bundle: its content.
        reader: who asks; state and role decide.
        policy: what the region agreed on; the shipped rules by default.
        export: it goes into a package: content that may not be handed on stays out.
        known: what `all_terms` gave for this case, where many readers are asked about; worked out otherwise.

    Returns:
        The open part; `leads`, one a hit (hit/no-hit); `content`, one a hit whose entry may be read; `traveller`, as
        far as the reader needs it; `elsewhere`, where another desk has to be spoken to first; for the centre, `operations`.
    """
    policy = policy or sharing_policy()
    sights = [(hit, *_sight(case, bundle, hit, reader, policy, known)) for hit in case.hits]
    seen = [(hit, sight, said) for hit, sight, said in sights if sight >= Sight.EXISTS]
    if not seen:
        return None
    # Whatever else of the case is somebody else's to handle, how the whole case stands would tell of it.
    elsewhere = any(sight is Sight.ELSEWHERE for _, sight, _ in sights)
    apart = reader.role not in PROTECTIVE and (elsewhere or case.channel == PROTECTION)
    told = _open_part(case, reader, apart=apart) | {
        "hits": len(seen),
        "leads": [_lead(case, hit, sight, said, reader, policy) for hit, sight, said in seen],
        "content": [
            _content(bundle, hit, said, policy)
            for hit, sight, said in seen
            if sight is Sight.CONTENT and not (export and not _may_export(hit, said, reader, policy))
        ],
        "traveller": _traveller(case, bundle, [hit for hit, _, _ in seen], reader),
    }
    if elsewhere:
        told["elsewhere"] = {
            "words": policy.sharing.words["elsewhere"],
            "contact": policy.protection_contact(reader.state) if apart else policy.contact(reader.state),
        }
    if reader.state == CENTRE:
        told["operations"] = {
            "keeper": case.keeper, "day": case.day, "records": sorted({hit.record_id for hit, _, _ in seen}),
            "snapshots": sorted({hit.snapshot for hit, _, _ in seen}),
            "screenings": sorted({hit.screening_id for hit, _, _ in seen}),
        }  # fmt: skip
    return told


def segments(case: Case, bundle: Bundle, reader: Actor, policy: Policy | None = None) -> dict[str, str]:
    """Return the raw text of each record that a reader may have, by record id; most readers may have none.

    Carriers' segments hold more than identity, so only a prosecutor gets them, of a state that the journey itself
    concerns (or of the centre), and only of records whose hits are seen.
    """
    policy = policy or sharing_policy()
    if reader.role != "prosecutor" or not _on_journey(case, reader.state):
        return {}
    seen = [hit.record_id for hit in case.hits if _sight(case, bundle, hit, reader, policy)[0] >= Sight.EXISTS]
    rows = bundle.travellers.filter(pl.col("record_id").is_in(seen) & pl.col("raw").is_not_null())
    return dict(rows.sort("record_id").select("record_id", "raw").iter_rows())


def needs_content(case: Case, policy: Policy | None = None) -> bool:
    """Return whether who may see a case depends on its content: on whose national the traveller is.

    Elsewhere an empty bundle will do to ask `view` whether somebody may see it; of these it then tells owners alone.
    """
    said = [terms_of(policy or sharing_policy(), hit.handling, hit.caveats, frozenset()) for hit in case.hits]
    return any(each.hidden for each in said)


def as_json(told: Mapping[str, Any]) -> str:
    """Return a view as JSON, the same view always the same text; times are ISO 8601."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=lambda value: value.isoformat())


def nationalities(case: Case, bundle: Bundle, hit: Hit) -> frozenset[str]:
    """Return the states that may hold the person of a hit for theirs: by the carrier, by their papers, by the entry."""
    own = _rows(bundle.travellers, record_id={hit.record_id, *case.records})
    found = {row["nationality"] for row in own if row["nationality"] is not None}
    papers = [paper for row in own for paper in row["documents"] or ()]
    # passports and identity cards are a state's own people's; visas and residence cards are not
    found |= {paper["issuer"] for paper in papers if paper["issuer"] and (paper["type"] or "P")[0] in "PI"}
    for entry in _entry(bundle, hit):
        found |= set(entry["nationalities"] or ())
    return frozenset(found)


def terms(case: Case, bundle: Bundle, hit: Hit, policy: Policy) -> Terms:
    """Return what the caveats of a hit come to: those it was found with and those that the entry has."""
    caveats = {*hit.caveats, *(caveat for entry in _entry(bundle, hit) for caveat in entry["caveats"] or ())}
    return terms_of(policy, hit.handling, caveats, nationalities(case, bundle, hit))


def all_terms(case: Case, bundle: Bundle, policy: Policy) -> dict[str, Terms]:
    """Return what the caveats of each hit come to, by hit id."""
    return {hit.hit_id: terms(case, bundle, hit, policy) for hit in case.hits}


def _sight(
    case: Case, bundle: Bundle, hit: Hit, reader: Actor, policy: Policy, known: Mapping[str, Terms] | None = None
) -> tuple[Sight, Terms]:
    """Return how much of a hit a reader sees, and what its caveats come to."""
    owns = policy.is_custodian(reader.state, hit.owner)
    released = hit.hit_id in case.released.get(reader.state, ())
    on_journey = _on_journey(case, reader.state)
    if not (owns or released or on_journey):
        return Sight.NOTHING, SHUT  # before the entry is looked at
    said = known[hit.hit_id] if known is not None else terms(case, bundle, hit, policy)
    return sight_of(said, reader, owns=owns, released=released, on_journey=on_journey, minor=case.minor), said


def _on_journey(case: Case, state: str) -> bool:
    """Return whether the journey itself, not only a list, makes a case a state's; the centre screened it."""
    return state == CENTRE or any(part in JOURNEY for part in case.concerned.get(state, ()))


def _may_export(hit: Hit, said: Terms, reader: Actor, policy: Policy) -> bool:
    return said.onward or policy.is_custodian(reader.state, hit.owner)


def _open_part(case: Case, reader: Actor, *, apart: bool) -> dict[str, Any]:
    """Return what names nobody. Of a case that another channel leads, its standing is not told: it would tell of the channel."""
    told: dict[str, Any] = {
        "case": case.id, "flight": case.flight, "from_port": case.from_port, "to_port": case.to_port,
        "departs_at": case.departs_at, "arrives_at": case.arrives_at, "deadline": case.deadline,
        "retrospective": case.retrospective, "minor": case.minor,
        "concerns_you_as": sorted(case.concerned.get(reader.state, [])),
    }  # fmt: skip
    if apart:
        return told | {"status": "handled elsewhere", "channel": "ordinary"}
    claimed = case.claimed_by
    mine = claimed is not None and claimed.state == reader.state
    return told | {
        "status": case.status, "channel": case.channel, "outcome": case.outcome, "opened_at": case.opened_at,
        "escalates_at": case.escalates_at, "waits_for_second_person": case.pending is not None,
        # another state's officers are that state's to name
        "claimed_by": None if claimed is None else str(claimed) if mine else claimed.state,
    }  # fmt: skip


def _lead(case: Case, hit: Hit, sight: Sight, said: Terms, reader: Actor, policy: Policy) -> dict[str, Any]:
    """Return a hit as hit/no-hit; what list it stands in would say what the person is listed for."""
    # about somebody to be protected no ordinary desk is called, not the owner's either
    contact = policy.protection_contact(hit.owner) if said.protected else policy.contact(hit.owner)
    lead = {
        "hit_id": hit.hit_id, "band": hit.band, "owner": hit.owner, "contact": contact,
        "words": words_for(policy, "protect" if said.protected or reader.role in PROTECTIVE else hit.handling),
        "withdrawn": hit.withdrawn,
        "quiet": hit.suppressed_by is not None, "content": sight is Sight.CONTENT,
    }  # fmt: skip
    if policy.is_custodian(reader.state, hit.owner):
        # who should act but is not told: for the owner to release, or to put a caveat right
        states = [state for state in sorted(case.concerned) if _on_journey(case, state) and state != hit.owner]
        lead["not_told"] = [
            state for state in states if kept_from(said, state) and hit.hit_id not in case.released.get(state, ())
        ]
        lead["unknown_caveats"] = list(said.unknown)
    return lead


def _content(bundle: Bundle, hit: Hit, said: Terms, policy: Policy) -> dict[str, Any]:
    """Return what the hit and its entry say; free text about somebody to be protected only in careful words."""

    def free(text: str | None) -> str | None:
        return careful(policy, text) if said.protected else text

    told: dict[str, Any] = {"hit_id": hit.hit_id, "list_id": hit.list_id, "entry_id": hit.entry_id}
    for row in _rows(bundle.hits, hit_id={hit.hit_id})[:1]:
        told |= {name: row[name] for name in _HIT}
        told["purpose"] = free(row["purpose"])
        told["crime_types"] = [free(crime) for crime in row["crime_types"] or []]
    for row in _entry(bundle, hit)[:1]:
        told["entry"] = {name: row[name] for name in _ENTRY} | {"remarks": free(row["remarks"])}
    return told


def _traveller(case: Case, bundle: Bundle, seen: list[Hit], reader: Actor) -> list[dict[str, Any]]:
    """Return what the carrier sent about the traveller, as far as the reader needs it.

    States on the journey receive such messages by law. An owner elsewhere gets what a comparison takes, and how the
    traveller travels. Services get what reaching a person takes. Auditors need nobody's name.
    """
    if reader.role in ("auditor", "system"):
        return []
    columns = [*_IDENTITY, *_TRAVEL]
    if reader.role == "services":
        columns.append("contacts")
    elif _on_journey(case, reader.state) and reader.role != "list-owner":
        columns += _BOOKING
    rows = {row["record_id"]: row for row in _rows(bundle.travellers, record_id={hit.record_id for hit in seen})}
    return [{name: row[name] for name in ("record_id", *columns)} for _, row in sorted(rows.items())]


def _entry(bundle: Bundle, hit: Hit) -> list[dict[str, Any]]:
    """Return the entry of a hit, as it was when it was met; none or one."""
    return _rows(bundle.entries, list_id={hit.list_id}, entry_id={hit.entry_id}, entry_hash={hit.entry_hash})


def _rows(frame: pl.DataFrame, **wanted: set[str]) -> list[dict[str, Any]]:
    """Return rows whose columns have one of some values. A case has a handful of rows: a query would cost more than the look."""
    found: Iterable[int] = range(frame.height)
    for name, values in wanted.items():
        column = frame[name].to_list()
        found = [at for at in found if column[at] in values]
    return [frame.row(at, named=True) for at in found]
