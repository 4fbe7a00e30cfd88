"""Invented travellers and rules for the tests of this room."""

from datetime import date, datetime
from zlib import crc32

from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.condition import compile_condition
from ops_hub.targeting.facts import facts

TODAY = date(2026, 11, 23)


def at(text):
    return datetime.fromisoformat(f"2026-{text}")


def traveller(name, **more):
    """One traveller; `family/given`, document N<name> unless told otherwise."""
    family, _, given = name.partition("/")
    base = {
        "record_id": f"{name}@{more.get('departs_at', '')}", "source": "test", "message_type": "pnrgov", "role": "passenger",
        "position": 1, "family_name": family.upper(), "given_names": given.upper() or "ANY", "birth_date": "1986-03-04",
        "nationality": "BRB", "documents": [document(f"N{crc32(name.encode())}")], "carrier": "BW", "flight": "BW432",
        "from_port": "POS", "to_port": "BGI", "departs_at": at("11-20T10:45"), "arrives_at": at("11-20T11:45"),
        "booking_ref": "ABC123",
    }  # fmt: skip
    return base | more


def document(number, issuer="BRB", **more):
    return {"type": "P", "number": number, "issuer": issuer, "expires": None, "issued": None, "verified": None} | more


def card(token):
    return [{"kind": "CC VI", "token": token}]


def phone(number):
    return [{"kind": "phone", "value": number}]


def facts_of(now, history=(), hits=None):
    """FACTS of these travellers, as dicts in their order."""
    made = [rows(TRAVELLERS, list(each)).lazy() for each in (now, history)]
    return facts(made[0], today=TODAY, history=made[1], hits=hits).collect().to_dicts()


def compiled(text, line=10):
    return compile_condition(text, FACTS, source="r.toml", rule="R", line=line)


def fires(text, *records):
    frame = rows(FACTS, list(records))
    return frame.select(compiled(text).fires.alias("f"))["f"].to_list()
