"""How often somebody may ask, and how long they wait after wrong passwords; counted in the hub, for all its processes.

Reach for `pace()` at each request, and for `attempt()`, `passed()` and `forgiven()` at the door. Who it is (a session, a
token, an address, an account) is kept as a hash. Keys: console:pace:HASH, gone within minutes, and console:wrong:HASH.

Source: the pace is GCRA (ITU-T I.371): one time per subject, the earliest at which its next request is due.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from ops_hub.store.hub import Hub, key

# KEYS one a subject. ARGV for each: milliseconds a request takes up, milliseconds that may be taken up in advance. Nothing
# is taken up where one of the subjects must wait. Returns milliseconds to wait; 0: go on.
_PACE = """
local t = redis.call('TIME')
local now, wait, due = t[1] * 1000 + math.floor(t[2] / 1000), 0, {}
for i, name in ipairs(KEYS) do
  local at = math.max(tonumber(redis.call('GET', name) or 0), now) + tonumber(ARGV[2 * i - 1])
  due[i] = at
  wait = math.max(wait, at - now - tonumber(ARGV[2 * i]))
end
if wait > 0 then return math.ceil(wait) end
for i, name in ipairs(KEYS) do redis.call('SET', name, string.format('%.0f', due[i]), 'PX', math.max(1, math.ceil(due[i] - now))) end
return 0
"""

# KEYS one a subject. ARGV for each: tries that are free, seconds of the first wait, seconds of the longest, seconds after
# which all is forgotten. A try counts as wrong until `passed`, so that many at once are no more than one after the other.
# Returns seconds to wait (0: try), and whether this try was the one that shut the subject.
_ATTEMPT = """
local now, wait = tonumber(redis.call('TIME')[1]), 0
for _, name in ipairs(KEYS) do wait = math.max(wait, tonumber(redis.call('HGET', name, 'until') or 0) - now) end
if wait > 0 then return {wait, 0} end
local shut = 0
for i, name in ipairs(KEYS) do
  local many = redis.call('HINCRBY', name, 'wrong', 1)
  local free, first, longest = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1])
  if many >= free then
    redis.call('HSET', name, 'until', now + math.min(longest, first * 2 ^ math.min(many - free, 20)))
    shut = 1
  end
  redis.call('EXPIRE', name, ARGV[4 * i])
end
return {0, shut}
"""

# KEYS the account, the address. The account begins anew; the address gets this one try back, not those at other accounts.
_PASSED = """
redis.call('DEL', KEYS[1])
if redis.call('EXISTS', KEYS[2]) == 1 then
  if redis.call('HINCRBY', KEYS[2], 'wrong', -1) <= 0 then redis.call('DEL', KEYS[2]) else redis.call('HDEL', KEYS[2], 'until') end
end
return 0
"""


@dataclass(frozen=True)
class Pace:
    """How often a subject may ask: so many times a second in the long run, so many at once."""

    per_second: float
    at_once: int


@dataclass(frozen=True)
class Patience:
    """What wrong passwords cost: after so many a wait, twice as long each time, forgotten after a while without one."""

    free: int = 5
    first: int = 30
    longest: int = 900
    forgotten: int = 86_400


def pace(hub: Hub, subjects: Sequence[tuple[str, str, Pace]]) -> float:
    """Count a request, and return the seconds to wait before the next; 0 where this one may go on.

    Args:
        hub: where it is counted.
        subjects: kind, who, and their pace, for each that this request counts for.
    """
    keys = [_key("pace", kind, who) for kind, who, _ in subjects]
    args: list[float] = []
    for _, _, each in subjects:
        args += [1000 / each.per_second, 1000 * each.at_once / each.per_second]
    return float(hub.client.register_script(_PACE)(keys=keys, args=args)) / 1000


def attempt(hub: Hub, account: str, address: str, patience: tuple[Patience, Patience]) -> tuple[int, bool]:
    """Count a password that is about to be tried; return seconds to wait (0: try it), and whether it is the last free one.

    Args:
        hub: where it is counted.
        account: its name, whether there is one or not.
        address: where the try comes from.
        patience: how many may be wrong, of the account and of the address.
    """
    args = [each for of in patience for each in (of.free, of.first, of.longest, of.forgotten)]
    wait, shut = hub.client.register_script(_ATTEMPT)(keys=_wrong(account, address), args=args)
    return int(wait), bool(shut)


def passed(hub: Hub, account: str, address: str) -> None:
    """Forget the wrong passwords of an account: the right one came."""
    hub.client.register_script(_PASSED)(keys=_wrong(account, address))


def forgiven(hub: Hub, account: str) -> None:
    """Forget the wrong passwords of an account: an administrator opens it."""
    hub.client.delete(_key("wrong", "account", account))


def _wrong(account: str, address: str) -> list[str]:
    return [_key("wrong", "account", account), _key("wrong", "address", address)]


def _key(what: str, kind: str, who: str) -> str:
    held = hashlib.blake2b(f"{kind} {who}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return key("console", what, held)
