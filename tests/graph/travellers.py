"""Small sets of travellers for tests, written as who showed and gave what."""

from datetime import datetime, timedelta

import polars as pl

from ops_hub.graph.build import build
from ops_hub.graph.said import Said
from ops_hub.graph.settings import graph_settings
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.states import home_states

DAY = datetime(2026, 11, 1, 10, 0)


def traveller(record, name="PEREZ ANA", born=None, document=None, day=0, **more):
    """Return a row of TRAVELLERS; document as 'P1234567/HND', name as 'FAMILY GIVEN'."""
    family, _, given = name.partition(" ")
    number, _, issuer = (document or "").partition("/")
    departs = DAY + timedelta(days=day)
    base = {
        "record_id": record, "source": "test.edi", "message_ref": record, "position": 1, "role": "passenger",
        "family_name": family, "given_names": given, "birth_date": born, "carrier": "BW", "flight": "BW432",
        "from_port": "POS", "to_port": "BGI", "departs_at": departs, "arrives_at": departs + timedelta(hours=1),
        "documents": [{"type": "P", "number": number, "issuer": issuer or None}] if document else [],
    }  # fmt: skip
    for kind in ("phone", "email", "address"):
        if kind in more:
            base.setdefault("contacts", []).append({"kind": kind, "value": more.pop(kind)})
    if "card" in more:
        base["payments"] = [{"kind": "CC", "token": more.pop("card")}]
    if "booking" in more:
        base["booking_ref"] = more.pop("booking")
    return base | more


def frame(travellers):
    """Return TRAVELLERS."""
    return rows(TRAVELLERS, travellers)


def network(travellers, as_of=None, **said):
    """Return the network of travellers (rows of `traveller`, or a frame) by the shipped rules."""
    whole = travellers if isinstance(travellers, pl.DataFrame) else frame(travellers)
    return build(Said(whole.lazy(), **said), home_states(), graph_settings(), as_of=as_of)


def persons(net):
    """Return the records of each person, as a set of sorted tuples."""
    return {tuple(sorted(group["record_id"])) for _, group in net.resolved.group_by("person_id")}
