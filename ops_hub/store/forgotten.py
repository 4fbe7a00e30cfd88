"""Cases whose time is over, in the hub: which are still to be reduced, and the one step that reduces a case.

Reach for `waiting()` and `forget()`. Frame, events, content, every index that leads to the case, what is remembered of it
and requests to unmask it go together with the audit event that says so, or nothing does. What stays of a case is
handed in (`casework.forgotten`); who may forget what is decided by retention.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from ops_hub.store.hub import PREFIX, Hub, key

_AT_ONCE = 500
_FORGOTTEN = key("cases", "forgotten")

# KEYS[1]: any key of the hub, for its place in a cluster. ARGV[1]: prefix of keys; ARGV[2]: the step, JSON. An index that
# leads to another case by now is that one's.
_SCRIPT = """
local prefix, step = ARGV[1], cjson.decode(ARGV[2])
local function k(...) return prefix .. table.concat({...}, ':') end
local id = tostring(step.id)
local home, own = k('case', id), k('case', id, 'aliases')
if redis.call('HGET', home, 'events') ~= tostring(step.expected) then return 0 end
local function drop(name, fields)
  for _, field in ipairs(fields) do
    if redis.call('HGET', name, field) == id then redis.call('HDEL', name, field) end
  end
end
drop(k('cases', 'records'), step.records)
drop(k('cases', 'hits'), step.hits)
drop(k('cases', 'aliases'), redis.call('SMEMBERS', own))
for _, entry in ipairs(step.entries) do redis.call('SREM', k('cases', 'entry', entry), id) end
for _, name in ipairs({'deadline', 'due'}) do redis.call('ZREM', k('cases', name), id) end
for _, number in ipairs(step.decisions) do
  redis.call('HDEL', k('memory', 'decisions'), number)
  redis.call('HDEL', k('memory', 'quieted'), number)
end
for _, each in ipairs(step.pairs) do redis.call('SREM', each[1], each[2]) end
for _, number in ipairs(step.requests) do
  redis.call('HDEL', k('unmask', 'asked'), number)
  redis.call('HDEL', k('unmask', 'granted'), number)
end
redis.call('DEL', own, k('case', id, 'events'))
for _, event in ipairs(step.events) do redis.call('RPUSH', k('case', id, 'events'), event) end
redis.call('HDEL', home, 'content')
redis.call('HSET', home, 'case', step.case, 'events', tostring(step.expected + 1))
redis.call('SADD', k('cases', 'forgotten'), id)
redis.call('XADD', k('case-feed'), 'MAXLEN', '~', '10000', '*', 'case', id)
redis.call('XADD', k('audit'), '*', 'event', step.audit)
return 1
"""


class Place(msgspec.Struct, frozen=True):
    """Where a case is kept, and whom it is about."""

    id: int
    keeper: str
    day: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reduced:
    """A case to be reduced, and what of it is found by itself.

    Attributes:
        id: its number.
        expected: how many events it has: had it another number, nothing would be done.
        case: what stays of it, JSON; `events` likewise.
        records: record ids that led to it, as do `hits` and `entries` (LIST/ENTRY).
        audit: the event for the audit log, JSON.
    """

    id: int
    expected: int
    case: str
    events: Sequence[str]
    records: Sequence[str]
    hits: Sequence[str]
    entries: Sequence[str]
    audit: str


@dataclass(frozen=True)
class Beside:
    """What stands beside cases: decisions by case, keys of pairs by decision, requests to unmask by what they are about."""

    decisions: dict[int, list[str]]
    pairs: dict[str, list[str]]
    requests: dict[str, list[str]]


def forgotten(hub: Hub) -> set[int]:
    """Return the numbers of the cases that are reduced."""
    return {int(each) for each in hub.client.smembers(_FORGOTTEN)}


def waiting(hub: Hub) -> Iterator[Place]:
    """Yield the cases that are not reduced."""
    names = hub.client.sdiff(key("cases", "state", "CENTRE"), _FORGOTTEN)
    numbers = sorted(int(each) for each in names)
    for at in range(0, len(numbers), _AT_ONCE):
        with hub.client.pipeline(transaction=False) as pipe:
            for number in numbers[at : at + _AT_ONCE]:
                pipe.hget(key("case", number), "case")
            yield from (msgspec.json.decode(each, type=Place) for each in pipe.execute() if each is not None)


def beside(hub: Hub) -> Beside:
    """Return what stands beside cases; read once for all that are reduced, as it is not found by case."""
    decisions: dict[int, list[str]] = defaultdict(list)
    pairs: dict[str, list[str]] = defaultdict(list)
    requests: dict[str, list[str]] = defaultdict(list)
    for number, value in hub.client.hgetall(key("memory", "decisions")).items():
        decisions[json.loads(value)["case"]].append(number.decode())
    for name in hub.client.scan_iter(match=key("memory", "pair", "*"), count=_AT_ONCE) if decisions else ():
        for number in hub.client.smembers(name):
            pairs[number.decode()].append(name.decode())
    for number, value in hub.client.hgetall(key("unmask", "asked")).items():
        requests[json.loads(value)["about"]].append(number.decode())
    return Beside(decisions, pairs, requests)


def forget(hub: Hub, made: Reduced, known: Beside) -> bool:
    """Reduce a case; return False, with nothing done, where somebody changed it meanwhile."""
    numbers = known.decisions.get(made.id, [])
    about = [f"case {made.id}", *(f"record {each}" for each in made.records)]
    step = {
        "id": made.id, "expected": made.expected, "case": made.case, "events": list(made.events),
        "records": list(made.records), "hits": list(made.hits), "entries": list(made.entries), "audit": made.audit,
        "decisions": numbers, "pairs": [(name, each) for each in numbers for name in known.pairs.get(each, [])],
        "requests": [each for name in about for each in known.requests.get(name, [])],
    }  # fmt: skip
    script = hub.client.register_script(_SCRIPT)
    return bool(script(keys=[key("cases", "last")], args=[PREFIX, json.dumps(step, ensure_ascii=False)]))


def without(hub: Hub, stream: str, cases: Iterable[int]) -> None:
    """Take what is about some cases out of a stream of notices."""
    gone = {str(each).encode() for each in cases}
    ids = [name for name, fields in hub.client.xrange(stream) if fields.get(b"case") in gone]
    if ids:
        hub.client.xdel(stream, *ids)
