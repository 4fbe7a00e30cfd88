"""Why a passenger and a list entry did not meet: the first thing that kept them apart, and the whole comparison.

It scores nothing itself: the comparison is the one that screening makes, for any passenger and any entry that may be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import polars as pl

from ops_hub.desk.sight import seen
from ops_hub.errors import ConfigError, MissingError
from ops_hub.lists.births import birth
from ops_hub.pipeline import Knowledge, Lists, against, look_up, screen
from ops_hub.reference import country
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.screening.below import kept_below
from ops_hub.service.centre import Centre
from ops_hub.service.matching.comparing import (
    Comparison,
    Step,
    changes,
    day_text,
    document,
    entry_told,
    names,
    needed_name,
    parts_of,
    passenger_told,
    score,
    valid,
)
from ops_hub.service.matching.passengers import Passenger, of_case, of_record
from ops_hub.service.matching.reading import Reading, matcher
from ops_hub.service.matching.screened_with import snapshots_of, stood_in
from ops_hub.service.table import Caller, operation
from ops_hub.store import cases as store
from ops_hub.store.archive import published

LOOKED_UP_FROM = 0.6  # name score from which entries are offered for a name
_LOOKED_AT = 2000  # entries of like names that are looked at for some that may be read

Short = Annotated[str, msgspec.Meta(max_length=200)]


class Question(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A passenger and a list entry.

    Attributes:
        name: "FAMILY, Given", or the whole name in its own order; for a passenger who is typed in.
        birth_date: 1970-02-03, 1970-02 or 1970.
        sex: M, F or X.
        nationality: a state, by code or name.
        document: TYPE:NUMBER:ISSUER, such as P:X1234567:HND.
        record: id of a record of the hub, in place of a name.
        day: of the record (2026-11-23), where it is known: quicker.
        case: number of a case, in place of a name: its traveller.
        list_id: list of the entry.
        entry_id: the entry.
        entry_name: a name to look for the entry by.
        limit: entries to compare with.
    """

    name: Short | None = None
    birth_date: Short | None = None
    sex: Literal["M", "F", "X"] | None = None
    nationality: Short | None = None
    document: Short | None = None
    record: Short | None = None
    day: Short | None = None
    case: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    list_id: Short | None = None
    entry_id: Short | None = None
    entry_name: Short | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3


class Desk(msgspec.Struct):
    """Whom to ask about entries that cannot be read here."""

    owner: str
    desk: str
    email: str
    duty_phone: str


class Answer(msgspec.Struct):
    """What keeps a passenger from entries; `ask` stands in every answer, whatever other states list."""

    compared: list[Comparison]
    threshold: float
    ask: list[Desk]


@operation("whynot.ask", "POST", "/why-not", personal=True, about=("case", "record", "list_id", "entry_id"))
def ask(centre: Centre, by: Caller, asked: Question) -> Answer:
    """Tell what kept a passenger and a list entry apart.

    The passenger is typed in, a record of the hub, or the traveller of a case; the entry is named by list and id, or by a
    name, else those nearest to the passenger are taken. Of entries that you may not read nothing is told, not even that they exist.
    """
    lists, knowledge = matcher(centre)
    _, wider = matcher(centre, min(LOOKED_UP_FROM, knowledge.config.bands.threshold))
    who = _passenger(centre, by, asked)
    reading = Reading(centre.desk.policy, by.actor, who.released)
    today = centre.hub.now().date()
    entries = _entries(asked, who, lists, wider, reading, today)
    known = _Known(lists, knowledge, today)
    compared = [_compared(centre, by, who, entry, known) for entry in entries]
    threshold = knowledge.config.bands.threshold
    return Answer(sorted(compared, key=lambda each: -each.score), threshold, _desks(reading))


@dataclass(frozen=True)
class _Known:
    lists: Lists
    knowledge: Knowledge
    today: date


def _passenger(centre: Centre, by: Caller, asked: Question) -> Passenger:
    ways = [name for name in ("name", "record", "case") if getattr(asked, name) is not None]
    if len(ways) > 1 or (not ways and not asked.document):
        raise ConfigError("passenger", "give one: a name, a record or a case", "leave the others empty")
    if asked.case is not None:
        return of_case(centre, by, asked.case)
    if asked.record is not None:
        return of_record(centre, by, asked.record, asked.day)
    return _typed(asked)


def _typed(asked: Question) -> Passenger:
    name = " ".join((asked.name or "").split())
    if not any(sign.isalpha() for sign in name) and not asked.document:
        raise ConfigError("name", "there is no letter in it, so nobody can be looked for", "write a name")
    if asked.birth_date is not None and birth(asked.birth_date) is None:
        raise ConfigError("birth_date", "this is no date", "write 1970-02-03, 1970-02 or 1970")
    state = country.__wrapped__(asked.nationality)
    if asked.nationality is not None and state is None:
        raise ConfigError("nationality", "this is no state known here", "write a code or an English name")
    papers = [_paper(asked.document)] if asked.document else []
    row = {
        "record_id": "typed", "full_name": name or None, "birth_date": asked.birth_date, "sex": asked.sex,
        "nationality": state, "documents": papers,
    }  # fmt: skip
    return Passenger(rows(TRAVELLERS, [row]))


def _paper(text: str) -> dict[str, Any]:
    kind, _, rest = text.partition(":")
    number, _, issuer = rest.partition(":")
    if not number.strip():
        kind, number, issuer = "P", kind, ""
    return {
        "type": kind.strip().upper() or "P", "number": number.strip(),
        "issuer": country.__wrapped__(issuer) or issuer.strip() or None,
        "expires": None, "issued": None, "verified": None,
    }  # fmt: skip


def _entries(
    asked: Question, who: Passenger, lists: Lists, wider: Knowledge, reading: Reading, today: date
) -> list[dict[str, Any]]:
    """Return the entries that are asked about, as far as they may be read."""
    about = who.states
    if asked.entry_id is not None:
        list_id, entry_id = asked.list_id, asked.entry_id
        if list_id is None and "/" in entry_id:
            list_id, _, entry_id = entry_id.partition("/")
        named = [each for each in _of_id(lists, list_id, entry_id) if reading.may(each, about)]
        if not named:
            raise MissingError(
                "entry", "there is none of this id that you may read", "its owner's desk tells whether there is one"
            )
        return named[: asked.limit]
    if asked.entry_name is not None:
        if not any(sign.isalpha() for sign in asked.entry_name):
            raise ConfigError("entry_name", "there is no letter in it, so nobody can be looked for", "write a name")
        family, _, given = (part.strip() for part in asked.entry_name.partition(","))
        split = (family, given) if family and given else (None, asked.entry_name)
        found = look_up(split[0], split[1] or "", lists, wider)[:_LOOKED_AT]
        near = [lists.entry(number) for number in dict.fromkeys(number for number, _, _ in found)]
    else:
        hits = screen(who.travellers, lists, wider, today=today).head(_LOOKED_AT)
        keys = dict.fromkeys(hits.select("list_id", "entry_id").iter_rows())
        near = []
        for key in keys:
            entry = next(iter(_of_id(lists, *key)), None)
            near += [entry] if entry is not None and reading.may(entry, about) else []
            if len(near) == asked.limit:
                break
    kept = [each for each in near if asked.list_id in (None, each["list_id"]) and reading.may(each, about)]
    return kept[: asked.limit]


def _of_id(lists: Lists, list_id: str | None, entry_id: str) -> list[dict[str, Any]]:
    """Return the entries of an id, of one list or of all."""
    found = []
    for part in lists.parts:
        for row in part.rows_of(entry_id):
            each = part.entries.row(row, named=True)
            if each["entry_id"] == entry_id and list_id in (None, each["list_id"]):
                found.append(each)
    return found


def _compared(centre: Centre, by: Caller, who: Passenger, entry: dict[str, Any], known: _Known) -> Comparison:
    """Return the passenger beside an entry; of several records that which comes nearest."""
    key = f"{entry['list_id']}/{entry['entry_id']}"
    found = against(who.travellers, key, known.lists, known.knowledge, today=known.today)
    same = (pl.col("list_id") == entry["list_id"]) & (pl.col("entry_id") == entry["entry_id"])
    hit = found.filter(same).sort("score", descending=True).row(0, named=True)
    config = known.knowledge.config
    threshold = config.bands.threshold
    case = _case_of(centre, by, hit["hit_id"])
    steps = [
        _listed(centre, by, who, entry, known), valid(entry, known.today), document(hit, entry, who),
        names(hit, entry, config.name_floor()), score(hit, entry, threshold), _opened(hit, case),
    ]  # fmt: skip
    met = hit["band"] != "none"
    first = next((each.step for each in steps if each.passed is False), "")
    return Comparison(
        met=met, first=first, why=kept_below(hit, entry, config.bands, known.today) or "",
        explanation=hit["explanation"] or "", score=hit["score"], threshold=threshold, band=hit["band"],
        entry=entry_told(entry), passenger=passenger_told(who, hit), steps=steps, parts=parts_of(hit),
        changes=[] if met else changes(hit, entry, known.knowledge), name_needed=needed_name(hit, threshold) if entry["names"] and not met else None,
        case=case[0] if case else None,
    )  # fmt: skip


def _listed(centre: Centre, by: Caller, who: Passenger, entry: Mapping[str, Any], known: _Known) -> Step:
    """Whether the entry, as it is now, stood in the lists that the passenger was screened with."""
    names = snapshots_of(centre, by, who)
    if not names:
        return Step("listed", None)
    now = published(centre.hub)
    stood = [name == now or stood_in(centre, name, entry) for name in names]
    known_ones = [each for each in stood if each is not None]
    return Step("listed", any(known_ones) if known_ones else None, {"updated_on": day_text(entry["updated_on"])})


def _opened(hit: Mapping[str, Any], case: tuple[int, bool] | None) -> Step:
    if case is None:
        return Step("case", None)
    return Step("case", True, {"case": case[0], "quiet": case[1]})


def _case_of(centre: Centre, by: Caller, hit_id: str) -> tuple[int, bool] | None:
    """Return the case of a hit, where this reader may see that hit in it, and whether an earlier decision made it quiet."""
    number = store.of_hits(centre.hub, [hit_id])[hit_id]
    found = seen(centre.desk, number, by.actor) if number else None
    for lead in found.told["leads"] if found else ():
        if lead["hit_id"] == hit_id:
            return number, bool(lead["quiet"])
    return None


def _desks(reading: Reading) -> list[Desk]:
    """Return the desks of the other states: in every answer, so that its being there tells nothing."""
    own = reading.reader.state
    return [
        Desk(owner=state, **reading.policy.contact(state))
        for state in sorted(reading.policy.states.by_code)
        if state != own
    ]
