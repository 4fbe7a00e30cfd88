"""Cases: listed, shown, acted on; the carrier's own words, packages, and what was decided before."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec

from ops_hub.casework.handling import segments as raw_segments
from ops_hub.casework.package import RECIPIENTS
from ops_hub.config import matching_config
from ops_hub.desk.filing import case_of
from ops_hub.engines.live.packaging import package as packaged
from ops_hub.engines.live.requests import carrying_out, masking
from ops_hub.errors import AccessError, ConfigError, StoreError
from ops_hub.service.cases.held import Held, hold
from ops_hub.service.cases.opened import Number, OfCase, opened
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, Document, operation

Words = Annotated[str, msgspec.Meta(max_length=4000)]
_Name = Annotated[str, msgspec.Meta(max_length=100)]
_Names = Annotated[list[_Name], msgspec.Meta(max_length=500)]
_MOST_BYTES = 16_384  # of what people write, as UTF-8


class Listing(msgspec.Struct, forbid_unknown_fields=True):
    """Which cases: those done as well; only those in a state."""

    done: bool = False
    status: _Name | None = None


@operation("cases.list", "GET", "/cases")
def list_(centre: Centre, by: Caller, asked: Listing) -> dict[str, Any]:
    """List the cases that concern you, the least time left first; who the travellers are is left out."""
    desk = centre.desk
    return carrying_out(desk)(by.actor, "list", {"done": asked.done, "status": asked.status})


@operation("cases.show", "GET", "/cases/{case}", personal=True, audited=True)
def show(centre: Centre, by: Caller, asked: OfCase) -> dict[str, Any]:
    """Show a case: traveller and entries as far as you may see them, why they met, and what happened since.

    `content` names the record it is about; `bands` are the scores from which a pair is shown and is called high, by the
    rules that hold now.
    """
    desk = centre.desk
    told = carrying_out(desk, masking(desk))(by.actor, "show", {"case": asked.case, "purpose": by.purpose})
    records = {hit.hit_id: hit.record_id for hit in case_of(desk.hub, asked.case).hits}
    content = [each | {"record_id": records.get(each["hit_id"])} for each in told["content"]]
    rules = centre.rules
    bands = centre.kept("bands", rules, lambda: matching_config(rules).bands)
    return told | {"content": content, "bands": {"threshold": bands.threshold, "high": bands.high}}


class Detail(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What belongs to an act.

    Attributes:
        reason: why, in words; sealed like the traveller's data.
        outcome: decide: of rules/cases.toml.
        scope: decide: region or state, for which it is remembered.
        days: decide: for so long it is remembered.
        to: refer: a state; release: states.
        hits: release: only these hits; all of your lists otherwise.
        result: result: of rules/cases.toml.
        operation: result: name of the operation that it belongs to.
        band: result: value band of money.
        retract: result: it was wrong.
    """

    reason: Words = ""
    outcome: _Name = ""
    scope: _Name = ""
    days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None
    to: _Name | _Names = ""
    hits: _Names = []
    result: _Name = ""
    operation: _Name = ""
    band: _Name = ""
    retract: bool = False


class Acting(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be done with a case; with `hold` it waits some seconds, in which it can be taken back."""

    case: Number
    verb: _Name
    detail: Detail = msgspec.field(default_factory=Detail)
    hold: bool = False


class Acted(msgspec.Struct):
    """How a case stands after an act, or until when the act can be taken back.

    Attributes:
        case: its number.
        status: of rules/cases.toml; '' while the act is held.
        outcome: what it ended in.
        waits_for_second_person: the verb that somebody else must agree to.
        held: the act waits: its id, and when it will be done.
    """

    case: int
    status: str = ""
    outcome: str | None = None
    waits_for_second_person: str | None = None
    held: Held | None = None


@operation("cases.act", "POST", "/cases/{case}/acts")
def act(centre: Centre, by: Caller, asked: Acting) -> Acted:
    """Do something with a case: a verb of rules/cases.toml, with what belongs to it."""
    detail = _detail(asked)
    if asked.hold:
        return Acted(asked.case, held=hold(centre, by, asked.case, asked.verb, detail))
    desk = centre.desk
    if asked.verb not in desk.table.verbs:  # nor what carries out asks for other things, such as list
        verbs = ", ".join(desk.table.verbs)
        raise ConfigError(asked.verb[:40], "nobody can do that with a case", f"one of {verbs}")
    done = carrying_out(desk, masking(desk))(by.actor, asked.verb, {"case": asked.case, "detail": detail})
    waits = done["waits_for_second_person"]
    return Acted(asked.case, done["status"], done["outcome"], waits["verb"] if waits else None)


def _detail(asked: Acting) -> dict[str, Any]:
    detail: dict[str, Any] = msgspec.to_builtins(asked.detail)
    if len(asked.detail.reason.encode("utf-8", "replace")) > _MOST_BYTES:
        raise ConfigError("reason", "it is too long", "say it shorter")
    to = detail.get("to")
    if asked.verb == "refer" and isinstance(to, list):
        raise ConfigError("to", "a case is referred to one state", "name one")
    return detail | ({"to": [to]} if asked.verb == "release" and isinstance(to, str) else {})


class Segment(msgspec.Struct):
    """The carrier's own words of one record."""

    record_id: str
    text: str


class Segments(msgspec.Struct):
    """The raw text of the records of a case, as far as the reader may have it.

    Attributes:
        case: its number.
        segments: one a record.
        allowed: whether the reader's role may have such text at all.
        missing: why there is none where it is allowed.
    """

    case: int
    segments: list[Segment]
    allowed: bool
    missing: str = ""


@operation("cases.segments", "GET", "/cases/{case}/segments", personal=True, audited=True)
def segments(centre: Centre, by: Caller, asked: OfCase) -> Segments:
    """Show the carrier's own words about the traveller: for prosecutors of states on the journey alone."""
    found = opened(centre, by, asked.case, "segments-shown")
    allowed = by.role == "prosecutor"
    if not allowed or found.missing:
        return Segments(asked.case, [], allowed, found.missing)
    texts = raw_segments(found.case, found.bundle, by.actor, centre.desk.policy)
    return Segments(asked.case, [Segment(record, text) for record, text in texts.items()], allowed)


@operation("cases.package", "POST", "/cases/{case}/package", personal=True, export=True, audited=True)
def package(centre: Centre, by: Caller, asked: OfCase) -> Document:
    """Write what a prosecutor or services may have of a case as one signed file."""
    if by.role not in RECIPIENTS:
        raise AccessError("package", "packages are for a prosecutor or services", "let one of them ask for it")
    desk = centre.desk
    hides = masking(desk)
    with tempfile.TemporaryDirectory(prefix="ops-hub-") as folder:
        out = Path(folder) / "case.zip"
        packaged(
            desk.hub, asked.case, by.actor, by.purpose, out, desk.policy,
            masked=lambda case, reader: hides(case.id, reader),
        )  # fmt: skip
        try:
            data = out.read_bytes()
        except OSError as error:
            raise StoreError("package", f"cannot be read: {error.strerror}", "try again") from None
    return Document(f"case-{asked.case}.zip", "application/zip", data)


class Everything(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


@operation("cases.suppressed", "GET", "/suppressed", personal=True)
def suppressed(centre: Centre, by: Caller, asked: Everything) -> dict[str, Any]:
    """List the pairs that were decided not to be the person, and how many hits that made quiet."""
    desk = centre.desk
    return carrying_out(desk)(by.actor, "suppressed", {})


class Revoking(msgspec.Struct, forbid_unknown_fields=True):
    """Which decision ends, and why."""

    number: Number
    reason: Words = ""


class Revoked(msgspec.Struct):
    """The decision that ended, and the cases that ask again."""

    revoked: int
    cases: list[int]


@operation("cases.revoke", "POST", "/suppressed/{number}/revoke")
def revoke(centre: Centre, by: Caller, asked: Revoking) -> Revoked:
    """End a decision that a pair is not the person: its hits ask again."""
    desk = centre.desk
    done = carrying_out(desk)(by.actor, "revoke", {"number": asked.number, "reason": asked.reason})
    return Revoked(done["revoked"], done["cases"])
