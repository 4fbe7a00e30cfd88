"""A case: what was compared, what stands around it, what can be done, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.console.comparing import compared, fall, token_lines
from ops_hub.console.handing_out import handed_out
from ops_hub.console.marking import _
from ops_hub.service.index import OPERATIONS

# How decisions stand, names and contacts are, and why somebody is not shown: words of the core that templates show.
WORDS = (
    _("active"), _("revoked"), _("expired"), _("primary"), _("strong"), _("weak"), _("phone"), _("email"), _("address"),
    _("opened"), _("other"), _("masked by retention"), _("nothing is kept of the traveller"),
    _("forgotten"), _("forgotten under retention"),
)  # fmt: skip
_DETAIL = ("reason", "outcome", "scope", "days", "to", "hits", "result", "operation", "band", "retract")
_OPEN = {"no_content_because": "", "outcome": None, "waits_for_second_person": False}  # what views leave out
_LEAD: dict[str, Any] = {"unknown_caveats": [], "not_told": []}
_MET: dict[str, Any] = {"purpose": None, "crime_types": [], "explanation": "", "matched_name": None, "score": None}
_ROWS = 5  # of seats on each side of the traveller
_UNDO = "cases.undo"  # without it nothing is held: nobody could take it back


@screen("/cases/decided")
def decided(asked: Asked) -> Response:
    """Show which pairs were decided not to be the person."""
    return asked.page("case_decided.html", decisions=asked.ask("cases.suppressed")["decisions"])


@screen("/cases/decided", methods=("POST",))
def revoke(asked: Asked) -> Response:
    """End such a decision."""
    asked.ask("cases.revoke", number=asked.form.get("number"), reason=asked.form.get("reason"))
    return asked.go("/cases/decided")


@screen("/cases/{case}")
def show(asked: Asked) -> Response:
    """Show a case."""
    told = _OPEN | asked.ask("cases.show", case=asked.path["case"])
    can = asked.ask("cases.possible", case=told["case"])
    decision = next((each for each in reversed(told.get("story", [])) if each.get("pending")), None)
    return asked.page(
        "case.html", told=told, can=can, verbs={each.name: each for each in can.verbs}, hits=_hits(told),
        decision=decision if told["waits_for_second_person"] else None,
        around=can.around and asked.may("around.travellers") and not told["no_content_because"],
        undoes=_UNDO in OPERATIONS and asked.may(_UNDO),
    )  # fmt: skip


def _hits(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each hit with what is told of it: the lead, and where it may be read the comparison."""
    people = {row["record_id"]: row for row in told["traveller"]}
    content = {each["hit_id"]: each for each in told["content"]}
    made = []
    for lead in told["leads"]:
        met = content.get(lead["hit_id"])
        hit: dict[str, Any] = {"lead": _LEAD | lead, "met": met and _MET | met}
        if met is not None:
            person = people.get(met["record_id"], {})
            hit |= {
                "person": person, "fields": compared(person, met), "tokens": token_lines(met),
                "fall": fall(met, told["bands"]),
            }  # fmt: skip
        made.append(hit)
    return made


@screen("/cases/{case}/act", methods=("POST",))
def act(asked: Asked) -> Response:
    """Do something with a case; where it can be taken back, say so in place of the form."""
    detail = {name: value for name in _DETAIL if (value := asked.form.get(name)) not in (None, "")}
    verb, hold = asked.form.get("verb"), asked.partial and bool(asked.form.get("hold")) and _UNDO in OPERATIONS
    done = asked.ask("cases.act", case=asked.path["case"], verb=verb, detail=detail, hold=hold)
    if done.held is not None:
        return asked.page("case_held.html", done=done, verb=verb, outcome=detail.get("outcome", ""))
    return asked.go(f"/cases/{done.case}")


@screen("/cases/{case}/travellers")
def travellers(asked: Asked) -> Response:
    """Show who else is on the flight: a part of the page."""
    return asked.page("case_travellers.html", found=asked.ask("around.travellers", **asked.path))


@screen("/cases/{case}/seats")
def seats(asked: Asked) -> Response:
    """Show who sits where: a part of the page."""
    found = asked.ask("around.seats", **asked.path)
    return asked.page("case_seats.html", found=found, cabin=_cabin(found.seats))


def _cabin(found: Sequence[Any]) -> dict[str, Any]:
    """Return what the picture shows: rows around the traveller's, the first ones where they have no seat."""
    own = [seat.row for seat in found if seat.self]
    first = min(own or [seat.row for seat in found], default=0) - (_ROWS if own else 0)
    last = max(own, default=first + _ROWS) + _ROWS
    near = [seat for seat in found if first <= seat.row <= last]
    rows = [seat.row for seat in near]
    return {
        "seats": near, "letters": sorted({seat.letter for seat in near}), "all": len(near) == len(found),
        "rows": list(range(min(rows, default=0), max(rows, default=-1) + 1)),
    }  # fmt: skip


@screen("/cases/{case}/journeys")
def journeys(asked: Asked) -> Response:
    """Show other journeys of the person: a part of the page."""
    days = asked.query.get("days")
    return asked.page("case_journeys.html", found=asked.ask("around.journeys", days=days, **asked.path))


@screen("/cases/{case}/segments")
def segments(asked: Asked) -> Response:
    """Show the carrier's own words: a part of the page."""
    return asked.page("case_segments.html", found=asked.ask("cases.segments", **asked.path))


@screen("/cases/{case}/package", methods=("POST",))
def package(asked: Asked) -> Response:
    """Hand out a signed package."""
    return handed_out(asked.ask("cases.package", purpose=str(asked.form.get("purpose", "")), **asked.path))
