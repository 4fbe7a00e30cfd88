"""What the labels of a form say of the vessel's call into journey columns of TRAVELLERS.

Reach for `call_of()`. A form of arrival names the last port before, one of departure the next one after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ops_hub.feeds.forms.layout import Fact
from ops_hub.feeds.forms.sheets import Place, as_text
from ops_hub.feeds.forms.values import imo_number, moment, order_of, port
from ops_hub.feeds.forms.words import Words, folded
from ops_hub.reference import country

VESSEL = ("vessel", "registration", "imo_number", "call_sign")  # any of them tells which vessel it is
JOURNEY = ("carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at")
# in `extra`: manifests tell vessels apart by them
KEPT = ("vessel", "registration", "imo_number", "call_sign", "flag", "voyage", "next_port")
_DOUBTS = {
    "ambiguous-date": "may be two days; left open, write it as 2026-11-23 or as a date cell",
    "bad-date": "is not a date; left open, write it as 2026-11-23 or as a date cell",
    "number-cell": "is a bare number; taken for the day that a spreadsheet counts so",
}


@dataclass
class Call:
    """A vessel's call: columns of a table (JOURNEY and KEPT), and doubts as (reason, what is wrong, cell, text)."""

    columns: dict[str, str | None] = field(default_factory=dict)
    doubts: list[tuple[str, str, Place | None, str]] = field(default_factory=list)


def call_of(facts: Mapping[str, Fact], words: Words, today: date) -> Call:
    """Return the call that facts of a form tell."""
    call = Call()
    said = {what: as_text(fact.value) for what, fact in facts.items()}
    _name(call, facts, said)
    ports, days = _ends(call, facts, said, words)
    for end in ("from_port", "to_port"):
        call.columns[end] = port(said[ports[end]], words) if ports.get(end) else None
    for end, clock in (("departs_at", "departure_time"), ("arrives_at", "arrival_time")):
        call.columns[end] = None
        if days.get(end):
            fact = facts[days[end]]
            at = facts[clock].value if clock in facts else None
            found, doubt = moment(fact.value, words, today, at, order_of(fact.label))
            call.columns[end] = found or None
            if doubt:
                call.doubts.append((doubt, f"{fact.label} {said[days[end]]} {_DOUBTS[doubt]}", fact.place, said[days[end]]))  # fmt: skip
    return call


def _name(call: Call, facts: Mapping[str, Fact], said: dict[str, str]) -> None:
    """Name the voyage by vessel and number: a vessel goes more than once a day between the same ports."""
    imo = None
    if "imo_number" in said:
        imo, checks = imo_number(said["imo_number"])
        if not checks:
            detail = f"IMO number {said['imo_number']} fails its check digit; kept, correct it"
            call.doubts.append(("check-digit", detail, facts["imo_number"].place, said["imo_number"]))
            imo = None
    vessel = said.get("vessel") or said.get("registration")
    named = vessel or (f"IMO {imo}" if imo else None) or said.get("call_sign") or said.get("imo_number")
    voyage = said.get("voyage")
    is_whole = voyage and named and folded(voyage).startswith(folded(named))
    call.columns |= {
        "carrier": said.get("carrier"),
        "flight": " ".join(part for part in (None if is_whole else named, voyage) if part) or None,
        "vessel": said.get("vessel"),
        "registration": said.get("registration"),
        "imo_number": imo or said.get("imo_number"),
        "call_sign": said.get("call_sign"),
        "flag": country(said.get("flag")) or said.get("flag"),
        "voyage": voyage,
        "next_port": said.get("next_port"),
    }
    if not call.columns["flight"]:
        detail = "the form names no vessel (name, IMO number, call sign or registration); its people are on no manifest of a vessel"
        call.doubts.append(("no-vessel", detail, None, ""))


def _ends(
    call: Call, facts: Mapping[str, Fact], said: dict[str, str], words: Words
) -> tuple[dict[str, str], dict[str, str]]:
    """Return which facts hold the ports and days of departure and arrival."""
    ports = {"from_port": "port_of_departure", "to_port": "port_of_arrival"}
    days = {"departs_at": "departure_date", "arrives_at": "arrival_date"}
    moves: set[str | None] = {words.answer.get(folded(said.get("movement", "")))} & {"arrival", "departure"}
    for what, port_, day_ in (("arrival", "to_port", "arrives_at"), ("departure", "from_port", "departs_at")):
        if what not in said:
            continue
        if words.answer.get(folded(said[what])) == "yes":
            moves.add(what)
        elif words.answer.get(folded(said[what])) == "no":
            continue
        elif not isinstance(facts[what].value, str) or any(sign.isdigit() for sign in said[what]):
            days[day_] = what if days[day_] not in said else days[day_]
        else:
            ports[port_] = what if ports[port_] not in said else ports[port_]
    if not moves and ports["from_port"] in said and ports["to_port"] in said:  # a flight: its date is that of leaving
        moves = {"departure"}
    if len(moves) != 1 and ("port" in said or "date" in said):
        told = {move for move, word in (("arrival", "last_port"), ("departure", "next_port")) if word in said}
        if moves or len(told) != 1:
            detail = "the form does not say whether it is of arrival or departure; taken for arrival"
            call.doubts.append(("which-movement", detail, None, ""))
            told = {"arrival"}
        moves = {*told}
    here, day_ = ("from_port", "departs_at") if moves == {"departure"} else ("to_port", "arrives_at")
    for kind, end, word in ((ports, here, "port"), (days, day_, "date"), (ports, "from_port", "last_port"), (ports, "to_port", "next_port")):  # fmt: skip
        if kind[end] not in said:
            kind[end] = word
    return ({end: word for end, word in kind.items() if word in said} for kind in (ports, days))  # type: ignore[return-value]
