"""Cases to the states: what each desk may see into its mailbox, and a notice of what happened.

Reach for `share()` after every change of a case, for `unshare()` when it is deleted, and for `tell_once()` where no case
is the reason. A change is one script of the server: views and notices are all there or none is, and a notice is given
once, however often the change is handed in.
Only the mailboxes of states that the case has something to do with are touched.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ops_hub.casework.case import Actor, Bundle, Case, Event
from ops_hub.casework.deconflict import Worker, fingerprints, meets, workers
from ops_hub.casework.handling import all_terms, as_json, view
from ops_hub.casework.notices import kind_for, language_of, meeting_text, text
from ops_hub.casework.policy import Policy, Terms, sharing_policy
from ops_hub.errors import StoreError
from ops_hub.store.audit import STREAM as AUDIT
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE
from ops_hub.store.mail import CHANNELS, KEYS, ORDINARY, mailbox_key, place, seal, unseal, user_of

OUTBOX = key("delivery")
_SHARED = key("shared")  # case: number of the last event that desks were told of
_MASKED = key("shared-masked")  # cases whose views hold no names
_WITH = "shared-with"  # case: desks that have a view
_SAME = "same"  # fingerprint: desks that work on it
_MOST_NOTICES = "10000"  # a desk's stream keeps about so many
_FOR_ME = ("referred", "asked", "escalated")  # say more than that there is a case
_READERS = {"ordinary": "officer", "protection": "protection"}

# Commands come as [guard, count, words...]: "" is always done, "e:N" where event N was not told of yet, "o:X" once ever
# for X. Keys are all of one place of the cluster (see store.hub.key). A mailbox whose key was replaced meanwhile: nothing
# is done, and the caller seals anew.
_SCRIPT = """
local shared, kept, once = KEYS[1], KEYS[2], KEYS[3]
local case, boxes = ARGV[1], tonumber(ARGV[2])
local at = 3
for _ = 1, boxes do
  if redis.call('HGET', kept, ARGV[at]) ~= ARGV[at + 1] then return 0 end
  at = at + 2
end
local told, last = tonumber(redis.call('HGET', shared, case) or '0'), 0
local decided = {}
while at <= #ARGV do
  local guard, count = ARGV[at], tonumber(ARGV[at + 1])
  local kind, what = string.sub(guard, 1, 2), string.sub(guard, 3)
  local go = true
  if kind == 'e:' then
    go = tonumber(what) > told
    if tonumber(what) > last then last = tonumber(what) end
  elseif kind == 'o:' then
    if decided[what] == nil then decided[what] = redis.call('SADD', once, what) == 1 end
    go = decided[what]
  end
  if go then redis.call(unpack(ARGV, at + 2, at + 1 + count)) end
  at = at + 2 + count
end
if last > told then redis.call('HSET', shared, case, last) end
return 1
"""

_Command = tuple[str, Sequence[bytes | str]]  # guard, words


def share(
    hub: Hub, case: Case, bundle: Bundle, events: Iterable[Event], policy: Policy | None = None, *, masked: bool = False
) -> None:
    """Bring every desk's mailbox up to a case as it is now, and tell desks what happened.

    Args:
        hub: the hub.
        case: the case after the change.
        bundle: its content.
        events: what happened; those that desks were told of before are passed over.
        policy: what the region agreed on; the shipped rules by default.
        masked: retention hides who the traveller is: views hold neither traveller nor content.
    """
    policy, news = policy or sharing_policy(), list(events)
    secret = secret_of(hub)
    while not _run(hub, case, _changes(hub, case, bundle, news, policy, secret, masked=masked)):
        pass


def after_retention(
    hub: Hub, load: Callable[[int], tuple[Case, Bundle] | None], masked: Callable[[Case], bool],
    policy: Policy | None = None,
) -> Iterator[bool]:  # fmt: skip
    """Bring mailboxes in line with retention, which their own keys know nothing of; yield for each case whether it changed.

    A generator, so that whoever has other work does a few cases at a time.

    Args:
        hub: the hub.
        load: case and content by number, None where they are gone: such a case leaves every mailbox.
        masked: whether retention hides the traveller of a case.
        policy: what the region agreed on; the shipped rules by default.
    """
    hidden = {int(number) for number in hub.client.smembers(_MASKED)}
    for number in sorted(int(each) for each in hub.client.hkeys(_SHARED)):
        found = load(number)
        if found is None:
            unshare(hub, number)
        elif masked(found[0]) is not (number in hidden):
            share(hub, *found, [], policy, masked=number not in hidden)
        else:
            yield False
            continue
        yield True


def unshare(hub: Hub, case: int) -> None:
    """Take a case out of every mailbox and out of de-confliction, without a word: it was deleted."""
    held = hub.client.smembers(key(_WITH, case))
    with hub.client.pipeline(transaction=True) as pipe:
        for desk in held:
            state, channel = desk.decode().split(":")
            pipe.delete(place(state, channel, "case", case))
            pipe.zrem(place(state, channel, "cases"), case)
        for mark in hub.client.smembers(key("same-of", case)):
            for field in hub.client.hkeys(key(_SAME, mark.decode())):
                if field.startswith(b"%d:" % case):
                    pipe.hdel(key(_SAME, mark.decode()), field)
        pipe.delete(key(_WITH, case), key("same-of", case))
        pipe.hdel(_SHARED, case)
        pipe.srem(_MASKED, case)
        pipe.execute()


def tell_once(
    hub: Hub, mark: str, state: str, said: Mapping[str, str], audited: Mapping[str, str]
) -> bool:  # fmt: skip
    """Give a state's ordinary desk a notice that no case is the reason of, and the audit log its line, both or none.

    Args:
        hub: the hub.
        mark: what is told; who was told of it once is not told again.
        state: a home state, or the centre.
        said: kind, text, language and what else a notice says.
        audited: a line for the audit log (`store.audit.line`).

    Returns:
        Whether it was told now; False where it had been before.
    """
    once, guard = key("told-once"), f"{state}:{mark}"
    if hub.client.sismember(once, guard):
        return False
    fields = [word for pair in said.items() for word in pair] + ["at", hub.now().isoformat()]
    line = [word for pair in audited.items() for word in pair]
    arguments: list[str | int] = ["-", 0]  # of no case, and no view is sealed
    for words in [*_put(state, ORDINARY, fields), ["XADD", AUDIT, "*", *line]]:
        arguments += [f"o:{guard}", len(words), *words]
    return bool(hub.client.eval(_SCRIPT, 3, _SHARED, KEYS, once, *arguments))


def _run(hub: Hub, case: Case, found: tuple[dict[str, bytes], list[_Command]]) -> bool:
    boxes, commands = found
    arguments: list[bytes | str | int] = [case.id, len(boxes)]
    for user, kept in boxes.items():
        arguments += [user, kept]
    for guard, words in commands:
        arguments += [guard, len(words), *words]
    return bool(hub.client.eval(_SCRIPT, 3, _SHARED, KEYS, key("told-once"), *arguments))


def _changes(
    hub: Hub, case: Case, bundle: Bundle, events: list[Event], policy: Policy, secret: bytes, *, masked: bool
) -> tuple[dict[str, bytes], list[_Command]]:
    """Return the mailboxes that are written to, with the form their keys are kept in, and what is to be done."""
    boxes: dict[str, bytes] = {}
    commands: list[_Command] = [("", ["SADD" if masked else "SREM", _MASKED, str(case.id)])]
    before = {desk.decode() for desk in hub.client.smembers(key(_WITH, case.id))}
    terms = all_terms(case, bundle, policy)
    states = {*case.concerned, *case.released} | {desk.split(":")[0] for desk in before}
    for state in sorted(states & set(policy.states.by_code)) + [CENTRE]:
        for channel in CHANNELS:
            told = view(case, bundle, Actor(state, "desk", _READERS[channel]), policy, known=terms)
            known = f"{state}:{channel}" in before
            if told is not None:
                told |= {"traveller": [], "content": []} if masked else {}
                user = user_of(state, channel)
                own, boxes[user] = mailbox_key(hub, user)
                seen = _seen_before(hub, case, state, channel, own) if known else None
                commands += _shown(case, state, channel, own, told)
                commands += _told(hub, case, events, policy, (state, channel), told, seen)
            elif known:
                commands += _taken_back(hub, case, events, policy, state, channel)
    return boxes, commands + _meetings(hub, case, bundle, terms, policy, secret)


def _seen_before(hub: Hub, case: Case, state: str, channel: str, own: bytes) -> int:
    """Return how many hits of a case a desk could read the content of."""
    name = place(state, channel, "case", case.id)
    sealed = hub.client.get(name)
    try:
        return len(json.loads(unseal(own, name, sealed))["content"]) if sealed else 0
    except StoreError:  # its key is being replaced: the script will find that out
        return 0


def _shown(case: Case, state: str, channel: str, own: bytes, told: dict[str, Any]) -> list[_Command]:
    name = place(state, channel, "case", case.id)
    urgent = "+inf" if case.deadline is None else str(case.deadline.timestamp())
    return [
        ("", ["SET", name, seal(own, name, as_json(told).encode())]),
        ("", ["ZADD", place(state, channel, "cases"), urgent, str(case.id)]),
        ("", ["SADD", key(_WITH, case.id), f"{state}:{channel}"]),
    ]


def _taken_back(hub: Hub, case: Case, events: list[Event], policy: Policy, state: str, channel: str) -> list[_Command]:
    """Return what removes a view that a desk may no longer have; it is told so where an event made it so."""
    last = max((event.number for event in events), default=None)
    gone = (
        []
        if last is None
        else [(f"e:{last}", notice) for notice in _notice(hub, policy, case, "ended", state, channel)]
    )
    return [
        ("", ["DEL", place(state, channel, "case", case.id)]),
        ("", ["ZREM", place(state, channel, "cases"), str(case.id)]),
        ("", ["SREM", key(_WITH, case.id), f"{state}:{channel}"]),
        *gone,
    ]


def _told(
    hub: Hub,
    case: Case,
    events: list[Event],
    policy: Policy,
    desk: tuple[str, str],
    told: dict[str, Any],
    seen: int | None,
) -> list[_Command]:
    """Return the notices of a desk; `seen` is how many hits it could read, None where it did not know of the case."""
    state, channel = desk
    kinds = {kind: event.number for event in events if (kind := kind_for(policy, event, state, told))}
    if events and seen is None:
        kinds = {kind: number for kind, number in kinds.items() if kind in _FOR_ME} or {"new": events[-1].number}
    elif events and seen is not None and len(told["content"]) > seen:
        kinds = {"released": events[-1].number} | {k: n for k, n in kinds.items() if k != "changed"}
    return [
        (f"e:{number}", words)
        for kind, number in kinds.items()
        for words in _notice(hub, policy, case, kind, state, channel)
    ]


def _notice(
    hub: Hub, policy: Policy, case: Case, kind: str, state: str, channel: str, said: str | None = None
) -> list[Sequence[str]]:
    """Return what puts a notice of a case into a desk's stream, and on its way out of the hub."""
    language = language_of(policy, state)
    now = hub.now()
    said = said or text(policy, kind, case.id, language, now=now, deadline=case.deadline)
    fields = ["case", str(case.id), "kind", kind, "text", said, "language", language, "at", now.isoformat()]
    return _put(state, channel, fields)


def _put(state: str, channel: str, fields: Sequence[str]) -> list[Sequence[str]]:
    """Return what puts the fields of a notice into a desk's stream, and on its way out of the hub."""
    stream = place(state, channel, "notices")
    return [
        ["XADD", stream, "MAXLEN", "~", _MOST_NOTICES, "*", *fields],
        ["XADD", OUTBOX, "*", "state", state, "channel", channel, *fields],
    ]


def _meetings(
    hub: Hub, case: Case, bundle: Bundle, terms: Mapping[str, Terms], policy: Policy, secret: bytes
) -> list[_Command]:
    """Return what tells desks of each other that work on the same person, document or telephone."""
    mine = workers(case, terms, policy)
    met: set[str] = set()  # by the plainest of what they share
    marks = fingerprints(bundle, secret) if mine else {}
    before = {mark.decode() for mark in hub.client.smembers(key("same-of", case.id))}
    found: list[_Command] = []
    for mark in [*marks, *sorted(before - marks.keys())]:
        name = key(_SAME, mark)
        held = {
            field.decode(): msgspec.json.decode(kept, type=Worker) for field, kept in hub.client.hgetall(name).items()
        }
        own = {f"{each.case}:{each.state}:{each.channel}": each for each in mine} if mark in marks else {}
        old = [field for field, each in held.items() if each.case == case.id and field not in own]
        found += [("", ["HDEL", name, field]) for field in old]
        found += [("", ["HSET", name, field, msgspec.json.encode(each)]) for field, each in own.items()]
        found.append(("", ["SADD" if own else "SREM", key("same-of", case.id), mark]))
        others = [each for field, each in held.items() if each.case != case.id]
        for one in own.values():
            for other in [*others, *(each for each in own.values() if each is not one)]:
                both = [(one, other)] if other.case == case.id else [(one, other), (other, one)]
                told = [each for pair in both for each in _meeting(hub, policy, case, *pair, marks[mark])]
                found += [(guard, words) for guard, words in told if guard not in met]
                met |= {guard for guard, _ in told}
    return found


def _meeting(hub: Hub, policy: Policy, case: Case, one: Worker, other: Worker, what: str) -> list[_Command]:
    """Return what tells one desk of another, once for two cases: by the number of its own case, and contact only."""
    if not meets(one, other):
        return []
    contact = policy.contact(other.state) if other.channel == ORDINARY else policy.protection_contact(other.state)
    said = meeting_text(policy, one.case, what, contact, language_of(policy, one.state))
    about = msgspec.structs.replace(case, id=one.case, deadline=None)
    once = f"o:{one.case}:{one.state}:{one.channel}:{other.case}:{other.state}:{other.channel}"
    return [(once, words) for words in _notice(hub, policy, about, "other", one.state, one.channel, said)]


def secret_of(hub: Hub) -> bytes:
    """Return the key of fingerprints; it is made when it is first needed, and kept sealed."""
    name = key("deconfliction-secret")
    kept = hub.client.get(name)
    if kept is None:
        made = json.dumps(os.urandom(32).hex()).encode()
        hub.client.set(name, hub.keyring.seal(CENTRE, "deconfliction", made), nx=True)
        kept = hub.client.get(name)
    return bytes.fromhex(json.loads(hub.keyring.unseal(CENTRE, "deconfliction", kept)))
