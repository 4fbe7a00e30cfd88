"""What a carrier is answered about a person: board, or why not, and never why.

Reach for `asked()` for what the answer rests on, and `answered()` for the answer. All that a case can do to an answer is
its judgement, one word; text and code come from the states' tables alone. So nothing of a hit can reach a carrier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import polars as pl

from ops_hub.casework.case import PROTECTION, Case, Event
from ops_hub.casework.reply_codes import (
    BOARD,
    DEFAULT,
    DEFICIENT,
    NO_BOARD,
    PENDING,
    STRICTNESS,
    ReplyCodes,
    Table,
)
from ops_hub.states import States

DENIED = "denied-boarding"
MERGED = "merged"  # the traveller's records are another case's now: that one says
_UNDECIDED = (None, "confirmed")  # confirmed: it is the person, and what is done about it is still to be decided
_QUIET = ("discreet", "protect")  # handling: nobody outside may notice
_NO_NAMES = {None, "", "FNU", "LNU", "UNKNOWN", "XXX"}  # what carriers write where there is no name


class Asked(msgspec.Struct, frozen=True):
    """What an answer rests on besides cases: the states that answer, best first, and what each of them misses."""

    states: tuple[str, ...]
    missing: tuple[str, ...]  # in the order of states: "" or a text such as ABO OR AVF MISSING VALUE


class Answer(msgspec.Struct, frozen=True):
    """An answer: its kind (as it is given: a pending case may be board), code and text, and the state that gives it."""

    kind: str
    code: str
    text: str
    state: str


def asked(people: pl.DataFrame, codes: ReplyCodes, states: States) -> list[Asked]:
    """Return, for each traveller, which states answer and what they miss.

    Args:
        people: TRAVELLERS.
        codes: tables of the states.
        states: the home states.
    """
    found = []
    for row in people.iter_rows(named=True):
        homes = [states.of_port(row[port]) for port in ("to_port", "from_port")]
        answering = tuple(dict.fromkeys(home for home in homes if home is not None and home in states.by_code)) or (
            DEFAULT,
        )
        sent = _sent(row)
        found.append(Asked(answering, tuple(_missing(sent, codes.of(state), codes) for state in answering)))
    return found


def judgement(cases: Iterable[Case]) -> str:
    """Return what cases about a person do to the answer: BOARD, PENDING or NO_BOARD.

    NO_BOARD only where a person decided so and a second one confirmed it. Somebody to be protected is never answered
    otherwise than a stranger, whatever else there is; an undecided hit of a discreet list neither.
    """
    counted = [case for case in cases if case.outcome != MERGED]
    if any(is_protected(case) for case in counted):
        return BOARD
    if any(case.outcome == DENIED for case in counted):
        return NO_BOARD
    if any(_is_open(case) for case in counted):
        return PENDING
    return BOARD


def lifted(case: Case, events: Iterable[Event] = ()) -> bool:
    """Return whether a denial that was given no longer stands: a person reopened the case, it ended otherwise, or
    somebody is to be protected. A hit that joins a case begins it again too, and its denial stands meanwhile.

    Args:
        case: as it is now.
        events: what happened to it since.
    """
    return is_protected(case) or case.outcome not in (None, DENIED) or any(event.kind == "reopen" for event in events)


def answered(about: Asked, judged: str, codes: ReplyCodes) -> Answer:
    """Return the answer: the strictest of the states that answer."""
    return max(
        (_of_state(*each, judged, codes) for each in zip(about.states, about.missing, strict=True)),
        key=lambda answer: STRICTNESS.index(answer.kind),  # of equals the first: the state of arrival
    )


def unread(reasons: Sequence[str], codes: ReplyCodes) -> Answer:
    """Return the answer about a message with records that could not be read.

    Args:
        reasons: of REJECTS, one for each record; their texts, which may name somebody, are not for carriers.
        codes: tables of the states.
    """
    told = [codes.reasons.get(each, each.replace("-", " ").upper()) for each in dict.fromkeys(reasons)]
    count = f"{len(reasons)} RECORD{'S' if len(reasons) != 1 else ''} NOT READ"
    _, code = codes.of(DEFAULT).answer(DEFICIENT)
    return Answer(
        DEFICIENT, code.code, ": ".join(part for part in (code.text, count, ", ".join(told)) if part), DEFAULT
    )


def _of_state(state: str, missing: str, judged: str, codes: ReplyCodes) -> Answer:
    wanted = max(judged, DEFICIENT if missing else BOARD, key=STRICTNESS.index)
    kind, code = codes.of(state).answer(wanted)
    text = ": ".join(part for part in (code.text, missing) if part) if kind == DEFICIENT else code.text
    return Answer(kind, code.code, text, state)


def _is_open(case: Case) -> bool:
    """Return whether somebody has still to decide about a hit that may be noticed."""
    undecided = case.outcome in _UNDECIDED or _waits(case)
    loud = (hit for hit in case.hits if not hit.withdrawn and hit.suppressed_by is None and hit.handling not in _QUIET)
    return undecided and any(loud)


def is_protected(case: Case) -> bool:
    """Return whether a case is about somebody to be protected."""
    return case.channel == PROTECTION or any(hit.handling == "protect" for hit in case.hits)


def _waits(case: Case) -> bool:
    """Return whether a decision waits for its second person; a release of content that waits is another matter."""
    return case.pending is not None and case.pending.get("verb") != "release"


def _sent(row: dict[str, Any]) -> set[str]:
    """Return which elements a traveller was sent with."""
    documents = row["documents"] or []
    there = {
        "name": {row["family_name"], row["given_names"], row["full_name"]} - _NO_NAMES,
        "birth-date": row["birth_date"],
        "document": any(each["number"] for each in documents),
        "document-expiry": any(each["expires"] for each in documents),
        "nationality": row["nationality"],
        "sex": row["sex"],
        "passenger-ref": row["passenger_ref"],
        "booking-ref": row["booking_ref"],
    }
    return {element for element, value in there.items() if value}


def _missing(sent: set[str], table: Table, codes: ReplyCodes) -> str:
    groups = [group for group in table.required if not sent.intersection(group)]
    return ", ".join(f"{' OR '.join(codes.words[each] for each in group)} MISSING VALUE" for group in groups)
