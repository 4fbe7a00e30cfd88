"""The audit log: searched, verified, and its head, which an outside auditor writes down.

An auditor of a state sees what its own people did; the centre's sees all. The log itself holds ids, counts and purposes, never
content.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from ops_hub.casework.case import CENTRE
from ops_hub.errors import ConfigError, StoreError
from ops_hub.service.centre import Centre
from ops_hub.service.people.me import Nothing
from ops_hub.service.table import Caller, operation
from ops_hub.store.audit import record
from ops_hub.store.chain import Head, signed
from ops_hub.store.hub import Hub
from ops_hub.store.loglines import mark, read_back
from ops_hub.store.place import is_here
from ops_hub.store.proof import Verdict, verify
from ops_hub.store.scribe import Scribe, folder_of, hub_head, verified

MOST_FAULTS = 100  # of a verification that are told
_SHORT = msgspec.Meta(max_length=200)
_Text = Annotated[str, _SHORT]


class Search(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What to look for; all that is given must agree.

    Attributes:
        by: who did it: begins with, such as BRB/ or BRB/ana.
        action: what was done, such as case-shown.
        about: what it was done to, such as case 2031.
        text: stands anywhere in the event, capitals or not.
        since: from this day or time on (UTC).
        until: up to this day, that day too, or before this time (UTC).
        before: number of a line: what is older, to go on from there.
        limit: lines to tell.
    """

    by: _Text | None = None
    action: _Text | None = None
    about: _Text | None = None
    text: _Text | None = None
    since: _Text | None = None
    until: _Text | None = None
    before: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class Line(msgspec.Struct):
    """A line of the log."""

    seq: int
    at: str
    by: str
    action: str
    about: str
    purpose: str
    detail: dict[str, Any]
    hash: str


class Lines(msgspec.Struct):
    """Lines, the newest first.

    Attributes:
        before: ask for what is before this line to go on; None where there is no more.
        examined: lines that were looked at; a search looks at a bounded part at a time.
        reached: time of the last one.
        of: state whose people's events are seen; '' for all.
    """

    lines: list[Line]
    before: int | None
    examined: int
    reached: str
    of: str


class Heads(msgspec.Struct, forbid_unknown_fields=True):
    """Heads that were written down: SEQ:HASH."""

    heads: Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=100)] = []


class Fault(msgspec.Struct):
    """What is wrong, and where; line 0 is the file as a whole."""

    file: str
    line: int
    reason: str


class Verification(msgspec.Struct):
    """How a verification stands.

    Attributes:
        state: never, running, whole, broken, or failed where it could not be done.
        faults: the first ones; `more` are left out.
    """

    state: Literal["never", "running", "whole", "broken", "failed"] = "never"
    by: str = ""
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    events: int = 0
    files: int = 0
    checkpoints: int = 0
    head: str = ""
    faults: list[Fault] = []
    more: int = 0
    reason: str = ""


class SignedHead(msgspec.Struct):
    """The last line of the log, signed by the centre: for an outside auditor to write down."""

    head: str
    at: datetime
    signature: str
    public_key: str


@operation("audit.search", "GET", "/audit", audited=True)
def search(centre: Centre, by: Caller, asked: Search) -> Lines:
    """Tell what was done, the newest first. That you looked is an event, too.

    A state's auditors see what their own state's people did; those of the centre see all.
    """
    since, until = _time(asked.since, "since"), _time(asked.until, "until", whole_day=True)
    given = {name: getattr(asked, name) for name in ("by", "action", "about", "since", "until", "before")}
    known = {name: value for name, value in given.items() if value is not None}
    # what was typed to be found anywhere could be somebody's name: that it was typed is enough
    record(
        centre.hub,
        str(by),
        "audit-shown",
        "audit",
        purpose=by.purpose,
        asked=known | ({"text": True} if asked.text else {}),
    )
    _write_waiting(centre.hub)
    own = "" if by.user.state == CENTRE else f"{by.user.state}/"
    text = (asked.text or "").casefold()

    def wanted(line: dict[str, Any]) -> bool:
        event = line["event"]
        told_by = str(event.get("by", ""))
        if not told_by.startswith(own) or not told_by.startswith(asked.by or ""):
            return False
        if asked.action not in (None, event.get("action")) or asked.about not in (None, event.get("about")):
            return False
        return not text or text in json.dumps(event, ensure_ascii=False).casefold()

    marks = [mark(name, value) for name, value in (("action", asked.action), ("about", asked.about)) if value]
    marks += [b'"by":' + json.dumps(start).encode("ascii")[:-1] for start in (own, asked.by) if start]
    # only what stands in JSON as it is typed can be looked for before a line is read
    loose = text.encode() if text.isascii() and text.replace(" ", "").replace("-", "").isalnum() else b""
    found = read_back(
        folder_of(centre.hub.home),
        wanted,
        marks,
        since=since,
        until=until,
        before=asked.before,
        most=asked.limit,
        loose=loose,
    )
    return Lines([_told(each) for each in found.lines], found.before, found.examined, found.reached, own[:-1])


@operation("audit.head", "GET", "/audit/head")
def head(centre: Centre, by: Caller, asked: Nothing) -> SignedHead:
    """Tell the last line's number and hash, signed by the centre."""
    _write_waiting(centre.hub)
    last = hub_head(centre.hub) or Head()
    signature = base64.b64encode(centre.hub.keyring.sign(signed(last))).decode()
    return SignedHead(str(last), centre.hub.now(), signature, centre.hub.keyring.public_key())


@operation("audit.verify", "POST", "/audit/verification")
def begin_verification(centre: Centre, by: Caller, asked: Heads) -> Verification:
    """Begin to check every byte of the log, in the background; one at a time."""
    heads = tuple(_head(text) for text in asked.heads)
    checker = _checker(centre)
    _write_waiting(centre.hub)
    return checker.begin(centre.hub, str(by), heads)


@operation("audit.verification", "GET", "/audit/verification")
def verification(centre: Centre, by: Caller, asked: Nothing) -> Verification:
    """Tell how the last verification stands, or what it found."""
    return _checker(centre).state


@dataclass
class _Checker:
    """Verifies the log in a process of its own, so that nobody waits for it."""

    state: Verification = field(default_factory=Verification)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, hub: Hub, by: str, heads: tuple[Head, ...]) -> Verification:
        with self.lock:
            if self.state.state != "running":
                self.state = Verification("running", by, hub.now())
                threading.Thread(target=self._run, args=(hub, heads), name="audit-verify", daemon=True).start()
            return self.state

    def _run(self, hub: Hub, heads: tuple[Head, ...]) -> None:
        begun = self.state
        try:
            ended = _verdict_told(begun, verified(hub, heads, _apart))
        except Exception as error:  # whatever it was: who asked must not wait for ever
            reason = str(error) if isinstance(error, StoreError) else type(error).__name__
            ended = msgspec.structs.replace(begun, state="failed", reason=reason)
        self.state = msgspec.structs.replace(ended, ended_at=hub.now())


def _apart(folder: Path, public: str, heads: Iterable[Head]) -> Verdict:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), os.nice, (10,)) as pool:
        return pool.submit(verify, folder, public, list(heads)).result()


def _verdict_told(begun: Verification, verdict: Verdict) -> Verification:
    faults = [Fault(Path(each.file).name, each.line, each.reason) for each in verdict.faults[:MOST_FAULTS]]
    return msgspec.structs.replace(
        begun, state="broken" if verdict.faults else "whole", events=verdict.events, files=verdict.files,
        checkpoints=verdict.checkpoints, head=str(verdict.head), faults=faults, more=len(verdict.faults) - len(faults),
    )  # fmt: skip


def _checker(centre: Centre) -> _Checker:
    return centre.kept("audit-checker", None, _Checker)


def _write_waiting(hub: Hub) -> None:
    """Write what waits, where no keeper is at work; where one is, it does so itself.

    Raises:
        StoreError: the log is kept in another home folder.
    """
    is_here(hub)
    scribe = Scribe(hub)
    try:
        if scribe.open(lambda: True):
            scribe.drain()
    finally:
        scribe.close()


def _told(line: dict[str, Any]) -> Line:
    event = line["event"]
    texts = {name: str(event.get(name, "")) for name in ("by", "action", "about", "purpose")}
    detail = event.get("detail", {})
    return Line(
        line["seq"],
        line["at"],
        **texts,
        detail=detail if isinstance(detail, dict) else {},
        hash=str(line.get("hash", "")),
    )


def _time(text: str | None, name: str, *, whole_day: bool = False) -> str:
    """Return a day or time as the log writes it; '' where none is given."""
    if text is None:
        return ""
    try:
        at = datetime.fromisoformat(text.strip())
        if whole_day and len(text.strip()) == 10:
            at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
        return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        raise ConfigError(name, "this is no day or time", "write 2026-11-23 or 2026-11-23T14:30") from None


def _head(text: str) -> Head:
    number, _, hash_ = text.strip().partition(":")
    if not (number.isascii() and number.isdigit()) or len(number) > 15 or len(hash_) != 64:
        raise ConfigError("heads", "this is no head", "give it as it was told, SEQ:HASH")
    return Head(int(number), hash_)
