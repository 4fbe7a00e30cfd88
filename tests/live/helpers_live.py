"""What tests of live screening look at: everything that workers stored, opened again."""

from __future__ import annotations

import msgspec
import polars as pl

from ops_hub.schemas import HITS, REJECTS, TRAVELLERS, empty
from ops_hub.store.chain import lines
from ops_hub.store.hub import key
from ops_hub.store.keyring import CENTRE
from ops_hub.store.receipt import Receipt, unpacked
from ops_hub.store.receipts import SCREENED
from ops_hub.store.scribe import folder_of


def receipts(hub):
    return [msgspec.json.decode(each[b"receipt"], type=Receipt) for _, each in hub.client.xrange(key("screened"))]


def logged(home):
    """Receipts of all units, as the keeper wrote them to the audit log."""
    events = (line["event"] for line in lines(folder_of(home)))
    return [msgspec.convert(event["detail"], Receipt) for event in events if event.get("action") == SCREENED]


def hits(hub):
    found = [empty(HITS)]
    for _, each in hub.client.xrange(key("screened")):
        about = msgspec.json.decode(each[b"receipt"], type=Receipt).screening_id.encode()
        if b"hits" in each:
            found.append(unpacked(hub.keyring.unseal(CENTRE, "transit", each[b"hits"], about), HITS, "test"))
    return pl.concat(found)


def travellers(hub):
    found = [empty(TRAVELLERS)]
    for _, each in hub.client.xrange(key("kept")):
        if b"what" in each:  # what messages said about themselves
            continue
        state, day, screening = (each[name].decode() for name in (b"state", b"day", b"screening_id"))
        about = f"{state} {day} {screening}".encode()
        found.append(unpacked(hub.keyring.unseal(state, day, each[b"blob"], about), TRAVELLERS, "test"))
    return pl.concat(found)


def rejects(hub):
    found = [empty(REJECTS)]
    for _, each in hub.client.xrange(key("rejects")):
        blob = hub.keyring.unseal(CENTRE, "rejects", each[b"blob"], each[b"screening_id"])
        found.append(unpacked(blob, REJECTS, "test"))
    return pl.concat(found)


def never():
    return False
