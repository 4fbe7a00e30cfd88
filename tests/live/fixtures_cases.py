"""Screened units as workers hand them on, and an office to take them in. Everybody in here is invented."""

import hashlib
from datetime import date, timedelta

import msgspec
import pytest

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.table import case_table
from ops_hub.desk.filing import cases_of
from ops_hub.engines.live.office import Office
from ops_hub.schemas import ENTRIES, HITS, TRAVELLERS, rows
from ops_hub.store import cases as store
from ops_hub.store.hub import key
from ops_hub.store.receipt import Receipt, packed
from tests.hubs import a_hub

ANA = Actor("BRB", "ana")
BEN = Actor("BRB", "ben", "supervisor")
JO = Actor("TTO", "jo")
CARLA = Actor(CENTRE, "carla", "supervisor")
PRO = Actor(CENTRE, "pro", "protection")
LUIS = Actor("HND", "luis", "list-owner")


@pytest.fixture(scope="module")
def server():
    with a_hub() as opened:
        yield opened


@pytest.fixture
def hub(server):
    server.client.flushall()
    server.keyring._open.clear()
    return server


@pytest.fixture
def told():
    return []


@pytest.fixture
def office(hub, told):
    def share(case, bundle, events):
        told.append((case, bundle, events))

    return Office(hub, share=share)


def soon(hub, hours=5.0):
    """A time of the hub as the port of POS writes it."""
    return (hub.now() + timedelta(hours=hours) - timedelta(hours=4)).replace(tzinfo=None, microsecond=0)


def traveller(hub, record, family="GOMEZ", given="ANA", born="1990-02-03", number="X123456", **other):
    paper = {"type": "P", "number": number, "issuer": "HND", "expires": None, "issued": None, "verified": None}
    made = {
        "record_id": record, "source": "a.edi", "message_ref": "M1", "family_name": family, "given_names": given,
        "birth_date": born, "sex": "F", "nationality": "HND", "documents": [paper] if number else [], "carrier": "BW",
        "flight": "BW432", "from_port": "POS", "to_port": "BGI", "departs_at": soon(hub), "arrives_at": soon(hub, 6),
        "raw": "NAD+FL",
    }  # fmt: skip
    return made | other


def entry(number="E1", list_id="hnd-wanted", owner="HND", handling="enforce", caveats=(), name="GOMEZ, Ana", **other):
    made = {
        "entry_id": number, "list_id": list_id, "kind": "person", "owner": owner, "purpose": "wanted", "crime_types": [],
        "handling": handling, "caveats": list(caveats), "names": [{"full": name, "family": None, "given": None, "quality": "primary"}],
        "births": [{"from": date(1990, 2, 3), "to": date(1990, 2, 3), "approximate": False}], "sex": "F",
        "nationalities": ["HND"], "birth_places": [], "documents": [], "remarks": None,
    } | other  # fmt: skip
    made["entry_hash"] = hashlib.blake2b(repr(sorted(made.items())).encode(), digest_size=8).hexdigest()
    return made


def hit(person, met, band="high", score=0.93):
    parts = (person["record_id"], met["list_id"], met["entry_id"], met["entry_hash"])
    made = {
        "hit_id": hashlib.blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest(), "record_id": parts[0],
        "list_id": parts[1], "entry_id": parts[2], "entry_hash": parts[3], "band": band, "score": score, "name_score": score,
        "owner": met["owner"], "purpose": met["purpose"], "handling": met["handling"], "crime_types": [], "tokens": [],
        "matched_name": met["names"][0]["full"], "explanation": "same family name",
    }  # fmt: skip
    own = (
        "family_name",
        "given_names",
        "birth_date",
        "sex",
        "nationality",
        "flight",
        "from_port",
        "to_port",
        "departs_at",
    )
    return made | {name: person[name] for name in own}


def receipt(hub, number, kind="message", reply_to=None, hits=1):
    at = hub.now()
    return Receipt(
        screening_id=f"s{number}", unit=f"u{number}", source="a.edi", kind=kind, snapshot="snap", configuration="c",
        ruleset="r", code="k", versions={}, threshold=0.8, today=at.date(), screened=1, rejected=0, hits=hits, records="",
        result="", accepted_at=at, screened_at=at, reply_to=reply_to,
    )  # fmt: skip


def screened(hub, number, pairs, *, people=(), kind="message", reply_to=None):
    """Put a unit into the stream: pairs of traveller and entry that met."""
    told = receipt(hub, number, kind, reply_to, len(pairs))
    fields = {"receipt": msgspec.json.encode(told)}

    def sealed(records, schema):
        return hub.keyring.seal(CENTRE, "transit", packed(rows(schema, records)), about=told.screening_id.encode())

    if pairs:
        fields["hits"] = sealed([hit(*each) for each in pairs], HITS)
        fields["travellers"] = sealed(list({t["record_id"]: t for t, _ in pairs}.values()), TRAVELLERS)
        met = {(e["list_id"], e["entry_id"]): e for _, e in pairs}
        fields["entries"] = sealed(list(met.values()), ENTRIES)
    if people:
        fields["people"] = sealed(list(people), TRAVELLERS)
    hub.client.xadd(key("screened"), fields)


def worked(office):
    while office.work():
        pass


def all_cases(hub):
    found = {case.id: case for case in cases_of(hub, store.of_state(hub, CENTRE, list(case_table().states))).values()}
    return dict(sorted(found.items()))


def audited(hub):
    return [msgspec.json.decode(fields[b"event"]) for _, fields in hub.client.xrange(key("audit"))]
