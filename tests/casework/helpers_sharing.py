"""Cases for tests of sharing: made of few words, complete enough for every door."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ops_hub.casework.case import Actor, Bundle, Case, Hit
from ops_hub.schemas import ENTRIES, HITS, TRAVELLERS
from ops_hub.schemas import rows as frame

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LEAVES = datetime(2026, 11, 25, 14, 20, tzinfo=UTC)


def traveller(record_id: str = "r1", **given: object) -> dict[str, object]:
    paper = {"type": "P", "number": "X1234567", "issuer": "VEN", "expires": None, "issued": None, "verified": None}
    return {
        "record_id": record_id, "source": "feed.edi", "family_name": "PEREZ", "given_names": "ANA", "birth_date": "1990-02-03",
        "sex": "F", "nationality": "VEN", "documents": [paper], "flight": "BW432", "from_port": "POS", "to_port": "BGI",
        "contacts": [{"kind": "phone", "value": "+1 868 555 0177"}, {"kind": "email", "value": "ana@mail.example"}],
        "booking_ref": "QWERTY", "raw": "NAD+FL+++PEREZ:ANA'ATT+2++F'",
    } | given  # fmt: skip


def listed(entry_id: str = "E1", list_id: str = "l1", owner: str = "BRB", **given: object) -> dict[str, object]:
    return {
        "entry_id": entry_id, "list_id": list_id, "kind": "person", "owner": owner, "purpose": f"purpose-{list_id}",
        "crime_types": [f"crime-{list_id}"], "handling": "enforce", "caveats": [],
        "names": [{"full": f"NOMBRE{entry_id}", "family": None, "given": None, "quality": "primary"}],
        "births": [{"from": date(1966, 6, 6), "to": date(1966, 6, 6), "approximate": False}], "nationalities": ["COL"],
        "birth_places": [f"lugar-{entry_id}"], "remarks": f"remarks-{entry_id}", "entry_hash": f"hash-{entry_id}",
        "documents": [{"type": "P", "number": f"NUM{entry_id}", "number_to": None, "issuer": "COL", "status": None}],
    } | given  # fmt: skip


def case_of(
    *entries: dict[str, object],
    concerned: dict[str, list[str]] | None = None,
    travellers: list[dict[str, object]] | None = None,
    **given: object,
) -> tuple[Case, Bundle]:
    """Return a case with a hit for each entry, TTO to BRB unless told otherwise, and its content."""
    people = travellers or [traveller()]
    record = str(people[0]["record_id"])
    hits, rows = [], []
    for entry in entries:
        name = f"hit-{entry['entry_id']}"
        hits.append(
            Hit(
                name, record, str(entry["list_id"]), str(entry["entry_id"]), str(entry["entry_hash"]), str(entry["owner"]),
                str(entry["handling"]), "high", 0.91, "snapshot1", "screening1", tuple(entry["caveats"]),  # type: ignore[arg-type]
            )
        )  # fmt: skip
        shared = {
            name: entry[name]
            for name in ("list_id", "entry_id", "entry_hash", "owner", "purpose", "crime_types", "handling")
        }
        rows.append(
            shared
            | {
                "hit_id": name, "record_id": record, "band": "high", "score": 0.91, "name_score": 0.9,
                "matched_name": entry["names"][0]["full"], "explanation": f"meets {entry['names'][0]['full']}",  # type: ignore[index]
                "tokens": [{"query": "ana", "candidate": f"token-{entry['entry_id']}", "kind": "same", "similarity": 1.0, "points": 0.9}],
            }
        )  # fmt: skip
    where = {"TTO": ["departure"], "BRB": ["destination"]} if concerned is None else concerned
    where = {state: list(parts) for state, parts in where.items()}
    for entry in entries:
        where.setdefault(str(entry["owner"]), []).append("owner")
    protect = any(entry["handling"] == "protect" for entry in entries)
    said: dict[str, object] = {
        "id": 2031, "key": "k", "status": "new", "channel": "protection" if protect else "ordinary", "concerned": where,
        "keeper": "BRB", "day": "2026-11-25", "opened_at": NOW, "flight": "BW432", "from_port": "POS", "to_port": "BGI",
        "departs_at": LEAVES, "arrives_at": None, "deadline": LEAVES, "hits": tuple(hits), "records": (record,), "events": 1,
    } | given  # fmt: skip
    bundle = Bundle(frame(HITS, rows), frame(TRAVELLERS, people), frame(ENTRIES, list(entries)))
    return Case(**said), bundle  # type: ignore[arg-type]


def officer(state: str, role: str = "officer") -> Actor:
    return Actor(state, "somebody", role)
