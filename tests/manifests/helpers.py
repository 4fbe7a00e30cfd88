"""Small invented messages for tests: one function a message, everything else by default."""

from datetime import date
from itertools import count

import polars as pl

from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source
from ops_hub.manifests.assemble import assemble
from ops_hub.manifests.duties import duties
from ops_hub.schemas import MESSAGES, TRAVELLERS, rows
from ops_hub.states import home_states

TODAY = date(2026, 11, 23)
DUTIES, STATES = duties(), home_states()
FLIGHT = ["TDT+20+BW432+++BW", "LOC+125+POS", "DTM+189:2611201045:201", "LOC+87+BGI", "DTM+232:2611201145:201"]
_references = count(1)


def person(family, given="ANA", *, ref=None, booking=None, role="FL", born="900203", doc=None):
    said = [f"NAD+{role}+++{family}:{given}", f"DTM+329:{born}"]
    said += [f"RFF+AVF:{booking}"] if booking else []
    said += [f"RFF+ABO:{ref}"] if ref else []
    return said + ([f"DOC+P:110:111+{doc}", "LOC+91+BRB"] if doc else [])


def on_board(ref=None, booking=None):
    return ["NAD+ZZZ"] + ([f"RFF+AVF:{booking}"] if booking else []) + ([f"RFF+ABO:{ref}"] if ref else [])


def paxlst(*people, bgm="745", at="261120:0610", tn=None, part=None, access=None, total=None, crew=None, flight=FLIGHT):
    ref = next(_references)
    head = f"UNH+{ref}+PAXLST:D:05B:UN:IATA" + (f"+{access or ''}+{part}" if part else "")
    body = [head, f"BGM+{bgm}", *([f"RFF+TN:{tn}"] if tn else []), *flight]
    body += [segment for each in people for segment in each]
    body += [f"CNT+42:{total}"] if total is not None else []
    body += [f"CNT+41:{crew}"] if crew is not None else []
    body.append(f"UNT+{len(body) + 1}+{ref}")
    return "'".join([f"UNB+UNOA:4+BWAPIS+CENTRE+{at}+{ref:09d}", *body, f"UNZ+1+{ref:09d}", ""])


def pnrgov(*bookings, at="261119:0610", what="22"):
    ref = next(_references)
    body = [f"UNH+{ref}+PNRGOV:13:1:IA", f"MSG+:{what}", "ORG+BW:POS", "TVL+201126:1045:201126:1145+POS+BGI+BW+432"]
    for locator, names in bookings:
        body += ["SRC", f"RCI+BW:{locator}::151026:1422"]
        body += [f"TIF+{family}:I+{given}:A:{k}" for k, (family, given) in enumerate(names, 1)]
    body.append(f"UNT+{len(body) + 1}+{ref}")
    return "'".join([f"UNB+IATA:1+BW+CENTRE+{at}+{ref:09d}", *body, f"UNZ+1+{ref:09d}", ""])


def read(*messages):
    """Each message as a file of its own, in the order given."""
    parsed = [parse_edifact(text.encode(), Source(f"{k}.edi", TODAY, b"key")) for k, text in enumerate(messages)]
    travellers = pl.concat([rows(TRAVELLERS, each.travellers) for each in parsed])
    return travellers, pl.concat([rows(MESSAGES, each.headers) for each in parsed])


def built(*messages, screened=None):
    return assemble(*read(*messages), DUTIES, STATES, screened=screened)


def one(*messages, **how):
    """The only manifest of the messages, and its people by family name."""
    found = built(*messages, **how)
    assert found.manifests.height == 1, found.manifests["manifest_id"].to_list()
    people = {each["family_name"] or each["person_id"]: each for each in found.people.to_dicts()}
    assert len(people) == found.people.height
    return found.manifests.row(0, named=True), people


def states_of(people):
    return {name: each["state"] for name, each in people.items()}
