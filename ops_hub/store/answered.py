"""What carriers were answered: a stream for each carrier, and what stands in it about whom.

Reach for `number()` before a message is written and `send()` to put it into the carrier's stream; both bear being called
again about the same, which then is there once. `told()` says what was answered about a traveller. A stream holds what the
carrier may read as it is: no names. What is remembered of travellers is sealed, and goes with their journey.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import redis

from ops_hub.errors import ConfigError
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

_PERIOD = "replies"  # whose key of the centre seals what is remembered
_CARRIER = re.compile(r"[A-Z0-9]{2,3}")
_DAY = 86_400  # seconds
_REMEMBERED = 30 * _DAY

# KEYS: the reply, the carrier's last number. ARGV: seconds to keep. Returns the reply's number, the same each time.
_NUMBER = """
local known = redis.call('HGET', KEYS[1], 'number')
if known then return tonumber(known) end
local number = redis.call('INCR', KEYS[2])
redis.call('HSET', KEYS[1], 'number', number)
redis.call('EXPIRE', KEYS[1], ARGV[1])
return number
"""

# KEYS: the reply, the stream, the audit stream, what it is about, then the travellers. ARGV: seconds to keep, oldest id
# to keep, number of fields, fields ..., number of audit fields, those ..., then (second until, told) of each traveller.
# Returns the id in the stream, or nil where it was sent before.
_SEND = """
if redis.call('HEXISTS', KEYS[1], 'sent') == 1 then return nil end
local at = 3
local function fields()
  local found = {}
  for k = 1, tonumber(ARGV[at]) do found[k] = ARGV[at + k] end
  at = at + #found + 1
  return found
end
local id = redis.call('XADD', KEYS[2], 'MINID', '~', ARGV[2], '*', unpack(fields()))
redis.call('HSET', KEYS[1], 'sent', id)
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[3], '*', unpack(fields()))
redis.call('RPUSH', KEYS[4], id)
redis.call('EXPIRE', KEYS[4], ARGV[1])
for k = 5, #KEYS do
  redis.call('SET', KEYS[k], ARGV[at + 1], 'EXAT', ARGV[at])
  at = at + 2
end
return id
"""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered about a traveller, enough to say when it changes.

    Attributes:
        record_id: the traveller.
        carrier: whom.
        number: of the carrier's message.
        kind: of the answer, as `casework.answers` has it.
        code: that was given.
        place: which person of the message it is, where its references do not tell.
        asked: what the answer rests on besides cases, as `casework.answers` has it.
        message: the journey, as CUSRES has it.
        until: when it is forgotten, by any clock; None: 30 days from now.
    """

    record_id: str
    carrier: str
    number: int
    kind: str
    code: str
    asked: dict[str, Any]
    message: dict[str, Any]
    place: int | None = None
    booking_ref: str | None = None
    passenger_ref: str | None = None
    until: datetime | None = None


def stream_of(carrier: str) -> str:
    """Return the key of a carrier's stream.

    Raises:
        ConfigError: this is no carrier's code.
    """
    if not _CARRIER.fullmatch(carrier):
        raise ConfigError(carrier, "this is no code of a carrier", "write its two or three capitals, for example BW")
    return key("replies", carrier)


def user_of(carrier: str) -> str:
    """Return the name of a carrier's user on the hub's server."""
    stream_of(carrier)
    return f"carrier-{carrier}"


def acl_rule(carrier: str) -> list[str]:
    """Return what a carrier's user may do, in the server's words: read its own stream, and nothing else at all."""
    own = stream_of(carrier)
    return [
        "resetkeys", "resetchannels", "clearselectors", "-@all", "+ping", f"(%R~{own} +xread +xrange)",
    ]  # fmt: skip


def number(hub: Hub, carrier: str, reply: str, keep_days: int) -> int:
    """Return the number of a reply among those of its carrier, from 1; the same reply keeps its number."""
    keys = [_reply(carrier, reply), key("reply", "last", carrier)]
    return int(hub.client.register_script(_NUMBER)(keys=keys, args=[keep_days * _DAY]))


def send(
    hub: Hub, carrier: str, reply: str, fields: Mapping[str, str | int], told: Sequence[Told], audit: Mapping[str, str],
    keep_days: int,
) -> bool:  # fmt: skip
    """Put a reply into its carrier's stream and remember what it says of whom, in one step; return False if it was there.

    Args:
        hub: the hub.
        carrier: whom it is for.
        reply: its id: the same work has the same.
        fields: of the stream's entry; `about` is the unit that was asked about, or the change; `of`, how many
            there will be about it.
        told: what is to be remembered.
        audit: fields of the audit event.
        keep_days: that the stream keeps.
    """
    now = int(hub.now().timestamp())
    oldest = (now - keep_days * _DAY) * 1000
    keys = [_reply(carrier, reply), stream_of(carrier), key("audit"), _about(carrier, str(fields["about"]))]
    keys += [_told(each.record_id) for each in told]
    args: list[Any] = [keep_days * _DAY, oldest]
    for group in (fields, audit):
        args += [2 * len(group), *(part for pair in group.items() for part in pair)]
    for each in told:
        until = int(each.until.replace(tzinfo=UTC).timestamp()) if each.until else now + _REMEMBERED
        args += [max(until, now + _DAY), _sealed(hub, each)]
    return hub.client.register_script(_SEND)(keys=keys, args=args) is not None


def told(hub: Hub, records: Sequence[str]) -> list[Told]:
    """Return what was answered about travellers; those nobody asked about, or whose journey is long over, are left out."""
    found = hub.client.mget([_told(record) for record in records]) if records else []
    return [
        msgspec.json.decode(hub.keyring.unseal(CENTRE, _PERIOD, sealed, about=record.encode()), type=Told)
        for record, sealed in zip(records, found, strict=True)
        if sealed is not None
    ]


def entries(hub: Hub, carrier: str, since: str = "-", count: int | None = None) -> list[dict[str, str]]:
    """Return entries of a carrier's stream after an id, oldest first, each with its `id`."""
    begin = since if since == "-" else f"({since}"
    try:
        found = hub.client.xrange(stream_of(carrier), min=begin, count=count)
    except redis.ResponseError:
        raise ConfigError(since, "this is no id of an answer", "copy one that `ops-hub hub replies` printed") from None
    return [_entry(*each) for each in found]


def entries_about(hub: Hub, carrier: str, about: str) -> list[dict[str, str]]:
    """Return the entries that answer about a unit."""
    ids = hub.client.lrange(_about(carrier, about), 0, -1)
    found = [hub.client.xrange(stream_of(carrier), min=name, max=name) for name in ids]
    return [_entry(*each) for group in found for each in group]


def last_id(hub: Hub, carrier: str) -> str:
    """Return the id of a carrier's newest entry, 0-0 where there is none."""
    found = hub.client.xrevrange(stream_of(carrier), count=1)
    return found[0][0].decode() if found else "0-0"


def wait(hub: Hub, carrier: str, since: str, seconds: float) -> list[dict[str, str]]:
    """Return entries after an id, waiting for one so many seconds; none where none came."""
    with hub.waiting(seconds) as client:
        found = client.xread({stream_of(carrier): since}, block=max(1, int(seconds * 1000)))
    return [_entry(*each) for _, group in found or [] for each in group]


def acknowledge(hub: Hub, carrier: str, number: int, said: str, audit: Mapping[str, str], keep_days: int) -> bool:
    """Remember what a carrier said to a message; return False where it had said so before."""
    at = key("reply", "acknowledged", carrier, number)
    if hub.client.get(at) == said.encode():
        return False
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.set(at, said, ex=keep_days * _DAY)
        pipe.xadd(key("audit"), dict(audit))
        pipe.execute()
    return True


def acknowledged(hub: Hub, carrier: str, numbers: Sequence[int]) -> dict[int, str]:
    """Return what a carrier said to messages, by their number."""
    keys = [key("reply", "acknowledged", carrier, each) for each in numbers]
    found = hub.client.mget(keys) if keys else []
    return {each: said.decode() for each, said in zip(numbers, found, strict=True) if said is not None}


def _entry(name: bytes, fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {"id": name.decode()} | {field.decode(): value.decode() for field, value in fields.items()}


def _sealed(hub: Hub, told: Told) -> bytes:
    return hub.keyring.seal(CENTRE, _PERIOD, msgspec.json.encode(told), about=told.record_id.encode())


def _reply(carrier: str, reply: str) -> str:
    return key("reply", "of", carrier, reply)


def _told(record: str) -> str:
    return key("reply", "told", record)


def _about(carrier: str, about: str) -> str:
    return key("reply", "about", carrier, about)
