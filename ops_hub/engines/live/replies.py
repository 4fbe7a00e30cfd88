"""Answers to carriers that ask interactively, and the changes that nobody asked for.

Reach for `Replies`: `reply()` for a screened unit, `changed()` after every change of a case, `acknowledged()` for what a
carrier says to a change. Each answer goes into the carrier's own stream, once. All three bear being called again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from ops_hub.casework.answers import MERGED, Answer, Asked, answered, asked, is_protected, judgement, lifted, unread
from ops_hub.casework.case import Case, Event
from ops_hub.casework.reply_codes import BOARD, NO_BOARD, STRICTNESS, reply_codes
from ops_hub.errors import FeedError
from ops_hub.feeds import cusres
from ops_hub.states import home_states
from ops_hub.store import answered as book
from ops_hub.store.audit import line, record
from ops_hub.store.hub import Hub
from ops_hub.store.receipt import Receipt

BY = "CENTRE/hub:system"
_REMEMBERED = timedelta(days=3)  # after departure, local: nothing is changed once it left
_MESSAGE = ("message_ref", "flight", "from_port", "to_port", "departs_at", "arrives_at")


class Replies:
    """The desk that answers carriers."""

    def __init__(self, hub: Hub, rules: Path | None = None) -> None:
        """Open it.

        Args:
            hub: the hub.
            rules: folder of rules; the shipped ones by default.

        Raises:
            ConfigError: rules/replies.toml or rules/states.toml cannot be used.
        """
        self._hub, self._codes, self._states = hub, reply_codes(rules), home_states(rules)

    def reply(
        self, receipt: Receipt, people: pl.DataFrame, cases: Sequence[Case], rejects: pl.DataFrame | None = None
    ) -> None:
        """Answer the carrier that asked about a screened unit, one message for each of its messages.

        Args:
            receipt: the screening; nothing is done where its `reply_to` is empty.
            people: TRAVELLERS of the whole unit.
            cases: cases of those travellers.
            rejects: REJECTS of the unit, where they are at hand: they say what could not be read.

        Raises:
            ConfigError: `reply_to` is no code of a carrier.
        """
        if receipt.reply_to is None:
            return
        book.stream_of(receipt.reply_to)
        lost = _lost(receipt, rejects)
        messages = people.partition_by(*_MESSAGE, maintain_order=True) if people.height else [people]
        for place, message in enumerate(messages):
            self._answer(receipt, (place, len(messages)), message, cases, lost if place == 0 else [])

    def changed(self, case: Case, events: Sequence[Event]) -> None:
        """Tell carriers where a case's travellers now have another answer than they were given; until departure.

        Args:
            case: as it is now.
            events: what happened to it, none of which reaches a carrier.
        """
        if case.outcome == MERGED or not events:
            return
        judged = judgement([case])
        for told in _latest(book.told(self._hub, case.records)):
            answer = answered(msgspec.convert(told.asked, Asked), judged, self._codes)
            if answer.code != told.code and (told.kind != NO_BOARD or lifted(case, events)):
                self._change(case, events[-1].number, told, answer)

    def acknowledged(self, carrier: str, data: bytes) -> list[int]:
        """Note what a carrier says to changes (BGM 312); return the numbers of the messages that it is about.

        Raises:
            FeedError: there is no acknowledgement in the bytes, or it is about no change that we sent.
        """
        found = []
        for each in cusres.read(data):
            if each.message.function != cusres.ACKNOWLEDGEMENT:
                continue
            # An acknowledgement of errors holds no reference but that of its interchange, which is ours.
            ref = (each.message.transaction or each.interchange_ref).removeprefix(carrier)
            codes = [said.code for said in each.message.said]
            is_error = any(said.section == cusres.HEADING for said in each.message.said)
            if not (ref.isascii() and ref.isdigit() and book.entries_about(self._hub, carrier, f"{carrier}{ref}")):
                raise FeedError(
                    f"acknowledgement of {carrier}", "it is about no change that we sent", "ask the carrier"
                )
            number = int(ref)
            said = f"{'refused' if is_error else 'taken'} {' '.join(codes)}".strip()
            told = line(BY, "reply-acknowledged", f"reply {carrier} {number}", refused=is_error)
            book.acknowledge(self._hub, carrier, number, said, told, self._codes.keep_days)
            found.append(number)
        if not found:
            raise FeedError(f"acknowledgement of {carrier}", "no CUSRES with BGM 312 is in it", "check what was sent")
        return found

    def _answer(
        self, receipt: Receipt, place: tuple[int, int], people: pl.DataFrame, cases: Sequence[Case], lost: list[str]
    ) -> None:
        asked_at = int(receipt.accepted_at.timestamp() * 1e6)  # the same question may be asked again
        carrier, reply = str(receipt.reply_to), f"{receipt.screening_id}:{asked_at}:{place[0]}"
        rows, about = people.to_dicts(), asked(people, self._codes, self._states)
        of_record: dict[str, list[Case]] = {}
        for case in cases:
            for name in case.records:
                of_record.setdefault(name, []).append(case)
        answers = [
            answered(each, self._judged(of_record.get(row["record_id"], [])), self._codes)
            for row, each in zip(rows, about, strict=True)
        ]
        places = _places(rows)
        whole = unread(lost, self._codes) if lost or not rows else None
        message = _journey(rows[0] if rows else {}, cusres.RESPONSE)
        said = [_said(*each) for each in zip(answers, rows, places, strict=True)]
        if whole is not None:
            said.insert(0, cusres.Said(whole.code, whole.text, section=cusres.HEADING))
        number = book.number(self._hub, carrier, reply, self._codes.keep_days)
        told = [
            _told(number, carrier, message, *each) for each in zip(rows, about, answers, places, strict=True)
        ]  # fmt: skip
        full = msgspec.structs.replace(message, said=tuple(said))
        self._send(
            carrier, reply, number, full, [*answers, *([whole] if whole else [])], told, (receipt.unit, place[1])
        )

    def _judged(self, cases: Sequence[Case]) -> str:
        """Return what cases do to an answer, a denial that this person was given and nobody lifted among it."""
        open_ones = [case for case in cases if not lifted(case)]
        denied = any(
            told.kind == NO_BOARD for case in open_ones for told in _latest(book.told(self._hub, case.records))
        )
        return NO_BOARD if denied and not any(map(is_protected, cases)) else judgement(cases)

    def _change(self, case: Case, event: int, told: book.Told, answer: Answer) -> None:
        about = f"case {case.id}"
        leaves = case.departs_at or case.arrives_at
        if leaves is not None and self._hub.now() >= leaves:
            record(self._hub, BY, "reply-not-changed", about, carrier=told.carrier, reason="departed", event=event)
            return
        reply = f"{told.record_id}:{told.number}:{answer.code}"
        number = book.number(self._hub, told.carrier, reply, self._codes.keep_days)
        after = msgspec.structs.replace(told, number=number, kind=answer.kind, code=answer.code)
        others = [
            msgspec.structs.replace(each, number=number, kind=answer.kind, code=answer.code)
            for each in book.told(self._hub, case.records)
            if _person(each) == _person(told) and each.record_id != told.record_id
        ]
        journey = msgspec.convert(told.message, cusres.Message)
        said = _said(answer, {"booking_ref": told.booking_ref, "passenger_ref": told.passenger_ref}, told.place)
        message = msgspec.structs.replace(
            journey, function=cusres.CHANGE, transaction=f"{told.carrier}{number:010d}", access_ref=None, said=(said,)
        )
        self._send(told.carrier, reply, number, message, [answer], [after, *others], (str(message.transaction), 1))

    def _send(
        self, carrier: str, reply: str, number: int, message: cusres.Message, answers: Sequence[Answer],
        told: Sequence[book.Told], about: tuple[str, int],
    ) -> None:  # fmt: skip
        now = self._hub.now()
        text = cusres.written(
            message, sender=self._codes.sender, recipient=carrier, reference=f"{number:010d}", prepared=now
        )
        counts = {kind: sum(answer.kind == kind for answer in answers) for kind in STRICTNESS}
        fields = {
            "number": number, "kind": "change" if message.function == cusres.CHANGE else "response", "about": about[0],
            "of": about[1],
            "at": now.isoformat(), "answers": json.dumps({kind: n for kind, n in counts.items() if n}), "message": text,
        }  # fmt: skip
        event = line(BY, "replied", f"reply {carrier} {number}", message=fields["kind"], answers=counts)
        book.send(self._hub, carrier, reply, fields, told, event, self._codes.keep_days)


def _lost(receipt: Receipt, rejects: pl.DataFrame | None) -> list[str]:
    """Return the reason of each record that could not be read."""
    if rejects is None:
        return ["unreadable"] * receipt.rejected
    return rejects.filter(pl.col("kind") == "record")["reason"].to_list()


def _journey(row: dict[str, Any], function: str) -> cusres.Message:
    extra = json.loads(row.get("extra") or "{}")
    journey = {name: row.get(name) for name in ("flight", "from_port", "to_port", "departs_at", "arrives_at")}
    refs = {"transaction": _first(extra.get("transaction")), "access_ref": _first(extra.get("access_reference"))}
    return msgspec.convert({"function": function} | refs | journey, cusres.Message)


def _first(value: Any) -> str | None:
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, str) else None


def _places(rows: Sequence[dict[str, Any]]) -> list[int | None]:
    """Return which person of the message each is, from 1, where its references are missing or another's as well."""
    seen: dict[tuple[Any, Any], int] = {}
    refs = [(row["passenger_ref"], None if row["passenger_ref"] else row["booking_ref"]) for row in rows]
    for ref in refs:
        seen[ref] = seen.get(ref, 0) + 1
    return [place if seen[ref] > 1 or ref == (None, None) else None for place, ref in enumerate(refs, 1)]


def _said(answer: Answer, row: dict[str, Any], place: int | None) -> cusres.Said:
    """Return what is said about a person; whom a reference does not tell is told by the place in the request."""
    named = f"PERSON {place} OF THE REQUEST: " if place is not None and answer.kind != BOARD else ""
    return cusres.Said(answer.code, named + answer.text, row["booking_ref"], row["passenger_ref"])


def _told(
    number: int, carrier: str, message: cusres.Message, row: dict[str, Any], about: Asked, answer: Answer,
    place: int | None,
) -> book.Told:  # fmt: skip
    leaves: datetime | None = message.departs_at or message.arrives_at
    kept = book.Told(
        record_id=row["record_id"], carrier=carrier, number=number, kind=answer.kind, code=answer.code, place=place,
        asked=msgspec.to_builtins(about), message=msgspec.to_builtins(message),
        booking_ref=row["booking_ref"], passenger_ref=row["passenger_ref"],
    )  # fmt: skip
    return kept if leaves is None else msgspec.structs.replace(kept, until=leaves + _REMEMBERED)


def _person(told: book.Told) -> tuple[Any, ...]:
    """Return what makes two records the same person to a carrier, on the same flight."""
    refs = (told.passenger_ref, None) if told.passenger_ref else (None, told.booking_ref)
    return told.carrier, told.message.get("flight"), told.message.get("departs_at"), *refs, told.place


def _latest(told: Sequence[book.Told]) -> list[book.Told]:
    """Return the last answer about each person: a later message about them replaced the earlier ones."""
    found: dict[tuple[Any, ...], book.Told] = {}
    for each in sorted(told, key=lambda each: each.number):
        found[_person(each)] = each
    return list(found.values())
