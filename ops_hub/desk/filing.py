"""Cases into the hub and back: content and words sealed on the way in, opened on the way out.

Reach for `open_desk()`, then `case_of()`, `bundle_of()`, `story_of()` to read, and `change()` for what goes into a step of
`store.cases`. Who may see what is not asked in here: see `showing` and `acting`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import zstandard

from ops_hub.casework.case import CENTRE, FORGOTTEN, Bundle, Case, Event
from ops_hub.casework.memory import Hidden
from ops_hub.casework.policy import Policy, sharing_policy
from ops_hub.casework.table import Table, case_table
from ops_hub.errors import MissingError, StoreError
from ops_hub.schemas import ENTRIES, HITS, TRAVELLERS, dtypes, empty
from ops_hub.states import States, home_states
from ops_hub.store import cases as store
from ops_hub.store.archive import rules_in_force
from ops_hub.store.audit import line
from ops_hub.store.held import content_of as held_content
from ops_hub.store.hub import Hub, key

_SECRET = key("identity-secret")
_FRAMES = {"hits": HITS, "travellers": TRAVELLERS, "entries": ENTRIES}
EMPTY = Bundle(empty(HITS), empty(TRAVELLERS), empty(ENTRIES))
Unseal = Callable[[str, str, bytes, bytes], bytes]  # owner, period, what is sealed, what it belongs to
DELETED = "(deleted)"  # stands for words whose key was destroyed


@dataclass(frozen=True)
class Desk:
    """What work on cases needs: the hub, the table, what was agreed on sharing, the home states, the keyed hash of identities."""

    hub: Hub
    table: Table
    policy: Policy
    states: States
    hidden: Hidden


def open_desk(hub: Hub, rules: Path | None = None) -> Desk:
    """Return the desk of a hub.

    Args:
        hub: where the cases are.
        rules: folder of rules; by default those that are published, else the shipped ones.

    Raises:
        ConfigError: rules/cases.toml, sharing.toml or states.toml cannot be used.
    """
    rules = rules or rules_in_force(hub)
    return Desk(hub, case_table(rules), sharing_policy(rules), home_states(rules), _hidden(hub))


def _hidden(hub: Hub) -> Hidden:
    """Return the hash that tells identities apart without telling them; its key is the hub's, sealed by the centre."""
    held = hub.client.get(_SECRET)
    if held is None:
        made = hub.keyring.seal(CENTRE, "identity", os.urandom(32), about=b"identity")
        hub.client.set(_SECRET, made, nx=True)
        held = hub.client.get(_SECRET)
    secret = hub.keyring.unseal(CENTRE, "identity", held, about=b"identity")

    def hidden(text: str) -> str:
        found = hmac.new(secret, text.encode("utf-8", "replace"), hashlib.sha256).digest()[:15]
        return base64.urlsafe_b64encode(found).decode()

    return hidden


def no_case(number: int) -> StoreError:
    """Return the error for a case that is not there, and for one that the reader may not see: the words are the same."""
    return MissingError(f"case {number}", f"there is no case {number}", "look at the queue, or at ops-hub case list")


def cases_of(hub: Hub, numbers: Sequence[int]) -> dict[int, Case]:
    """Return cases by number; those that are not there are left out."""
    found = store.stored(hub, numbers)
    return {number: msgspec.json.decode(each.case, type=Case) for number, each in found.items()}


def case_of(hub: Hub, number: int) -> Case:
    """Return a case.

    Raises:
        StoreError: there is none of this number.
    """
    found = cases_of(hub, [number])
    if number not in found:
        raise no_case(number)
    return found[number]


def bundle_of(hub: Hub, case: Case) -> Bundle:
    """Return the content of a case.

    Raises:
        StoreError: its key was destroyed or is not on this machine, or it was altered.
    """
    held = store.stored(hub, [case.id])
    return opened_bundle(hub, case, held[case.id].content if case.id in held else None)


def content_of(hub: Hub, case: Case) -> Bundle:
    """Return the content of a case; EMPTY where its key was destroyed."""
    try:
        return bundle_of(hub, case)
    except StoreError:
        return EMPTY


def opened_bundle(hub: Hub, case: Case, content: bytes | None, unseal: Unseal | None = None) -> Bundle:
    """Return the content of a case from what was kept; the same errors. `unseal` as the keyring's, where many are opened."""
    if case.forgotten:
        raise StoreError(f"case {case.id}", FORGOTTEN, "what counts of it is in reports")
    if content is None:
        return EMPTY
    try:
        data = (unseal or hub.keyring.unseal)(case.keeper, case.day, content, f"case {case.id}".encode())
    except StoreError:
        held = held_content(hub, case.id).get("content")  # a legal hold keeps it past its time
        if held is None:
            raise
        data = held
    parts = zip(zstandard.decompress(data).split(b"\n"), _FRAMES, strict=True)
    return Bundle(**{name: pl.read_json(part, schema=dtypes(_FRAMES[name])) for part, name in parts})


def sealed_bundle(hub: Hub, case: Case, bundle: Bundle) -> bytes:
    """Return the content of a case as it is kept: a line of JSON a frame; Arrow takes thirty times the space for one row."""
    lines = [getattr(bundle, name).write_json().encode() for name in _FRAMES]
    data = zstandard.compress(b"\n".join(lines))
    return hub.keyring.seal(case.keeper, case.day, data, about=f"case {case.id}".encode())


def story_of(hub: Hub, case: Case, first: int = 1) -> list[Event]:
    """Return the events of a case, from one of them on, with what people wrote."""
    events = [msgspec.json.decode(each, type=Event) for each in store.stories(hub, case.id, first)]
    return [_with_words(hub, case, each) for each in events]


def _with_words(hub: Hub, case: Case, event: Event) -> Event:
    sealed = event.detail.get("sealed")
    if sealed is None:
        return event
    about = f"case {case.id} event {event.number}".encode()
    try:
        words = hub.keyring.unseal(case.keeper, case.day, base64.b64decode(sealed), about=about).decode()
    except StoreError:
        words = held_content(hub, case.id).get(f"event {event.number}", DELETED.encode()).decode()
    rest = {name: value for name, value in event.detail.items() if name != "sealed"}
    return msgspec.structs.replace(event, detail=rest | {"reason": words})


def _kept_event(hub: Hub, case: Case, event: Event) -> str:
    """Return an event as it is kept: what people wrote may say who the traveller is, and is sealed."""
    reason, detail = event.detail.get("reason"), event.detail
    if reason:
        about = f"case {case.id} event {event.number}".encode()
        sealed = hub.keyring.seal(case.keeper, case.day, str(reason).encode(), about=about)
        detail = {name: value for name, value in detail.items() if name != "reason"}
        detail["sealed"] = base64.b64encode(sealed).decode()
    return msgspec.json.encode(msgspec.structs.replace(event, detail=detail)).decode()


def change(
    hub: Hub, before: Case | None, after: Case, events: Sequence[Event], bundle: Bundle | None = None, *,
    aliases: Sequence[str] = (), told: bool = True,
) -> store.Change:  # fmt: skip
    """Return what becomes of a case, for a step of `store.cases`.

    Args:
        hub: seals.
        before: the case as it was read; None where it is opened.
        after: the case after the events.
        events: what happened.
        bundle: its content, where that changed.
        aliases: keys that lead to it from now on.
        told: whether the states concerned are to be told.
    """
    old = {f"{hit.list_id}/{hit.entry_id}" for hit in before.hits} if before else set()
    new = {f"{hit.list_id}/{hit.entry_id}" for hit in after.hits}
    known = {hit.hit_id for hit in before.hits} if before else set()
    counts_down = after.deadline if after.escalates_at is not None else None
    return store.Change(
        id=after.id,
        expected=before.events if before else 0,
        case=msgspec.json.encode(after).decode(),
        events=[_kept_event(hub, after, event) for event in events],
        status=after.status,
        deadline=counts_down.timestamp() if counts_down else None,
        due=after.escalates_at.timestamp() if after.escalates_at else None,
        states=sorted({CENTRE, *after.concerned}),
        entries=sorted(new - old),
        left_entries=sorted(old - new),
        records=[record for record in after.records if before is None or record not in before.records],
        hits=[hit.hit_id for hit in after.hits if hit.hit_id not in known],
        aliases=list(aliases),
        content=sealed_bundle(hub, after, bundle) if bundle is not None else None,
        told=told,
    )


def audit_line(case: Case, event: Event) -> str:
    """Return an event for the audit log: ids and counts, no words."""
    said: dict[str, Any] = {
        name: event.detail[name]
        for name in ("outcome", "to", "into", "level", "role", "remembered", "result", "operation", "band", "retract")
        if name in event.detail
    }
    if "hits" in event.detail:
        said["hits"] = len(event.detail["hits"])
    if event.detail.get("pending"):
        said["pending"] = True
    return line(str(event.by), f"case-{event.kind}", f"case {case.id}", event=event.number, **said)["event"]
