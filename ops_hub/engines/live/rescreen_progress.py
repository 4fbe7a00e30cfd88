"""How far re-screening has come, in the hub: one run at a time, each day of history done exactly once.

Reach for `Progress`. What it keeps: `rescreened` (lists that history was last screened against), `rescreen` (the run
under way), `rescreen:days` (its days that are done), `rescreen:lease` (who works on it), `rescreen:last` (the run before).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from ops_hub.errors import StoreError
from ops_hub.store import audit
from ops_hub.store.hub import Hub, key
from ops_hub.store.receipt import Receipt

PUBLISHED, SCREENED = key("published"), key("screened")
_MARK, _RUN, _DAYS = key("rescreened"), key("rescreen"), key("rescreen", "days")
_LEASE, _LAST = key("rescreen", "lease"), key("rescreen", "last")
BY = "CENTRE/re-screening:system"
LEASE_MS = 300_000  # a slice takes seconds, also beside a busy hub; what a dead holder began is taken up after this

_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
"""
_BEGIN = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('DEL', KEYS[3])
for k = 2, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[k], ARGV[k + 1]) end
return 1
"""
# A day's results, the note that it is done, and the audit event stand together or not at all.
_DAY = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('HGET', KEYS[2], 'run') ~= ARGV[2] then return -1 end
if redis.call('HSETNX', KEYS[3], ARGV[3], ARGV[4]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[2], 'rows', ARGV[4])
redis.call('HINCRBY', KEYS[2], 'hits', ARGV[5])
local at = 7
while at <= #ARGV do
    local count = tonumber(ARGV[at])
    redis.call('XADD', KEYS[4], '*', unpack(ARGV, at + 1, at + count))
    at = at + count + 1
end
redis.call('XADD', KEYS[5], '*', 'event', ARGV[6])
return 1
"""
_END = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('HGET', KEYS[2], 'run') ~= ARGV[2] then return -1 end
redis.call('HSET', KEYS[4], 'snapshot', ARGV[3], 'ruleset', ARGV[8], 'at', ARGV[4], 'day', ARGV[5])
redis.call('HSET', KEYS[2], 'ended', ARGV[6])
redis.call('DEL', KEYS[5], KEYS[3])
redis.call('RENAME', KEYS[2], KEYS[5])
redis.call('XADD', KEYS[6], '*', 'event', ARGV[7])
return 1
"""


@dataclass(frozen=True)
class Step:
    """From one published state of the lists to the next.

    Attributes:
        old: hash of the lists that history was screened against.
        new: hash of those that hold from this step on; the same, where entries became valid.
        ruleset: digest of the rules that hold with them.
        at: id of the announcement.
        since: day of the step before.
        today: day of this one.
    """

    old: str
    new: str
    ruleset: str
    at: str
    since: date
    today: date

    @property
    def run(self) -> str:
        """The name of this step: the same however often it is begun."""
        said = "\x1f".join((self.old, self.new, self.ruleset, self.at, str(self.since), str(self.today)))
        return hashlib.blake2b(said.encode(), digest_size=8).hexdigest()


class Progress:
    """The way of one worker to what is noted about re-screening."""

    def __init__(self, hub: Hub, holder: str) -> None:
        """Make the way.

        Args:
            hub: where it is noted.
            holder: this worker, unlike all others.
        """
        self._hub, self._holder = hub, holder
        self._scripts = {name: hub.client.register_script(text) for name, text in _SCRIPTS.items()}

    def hold(self) -> bool:
        """Take or keep the lease; return whether this worker has it."""
        return bool(self._scripts["renew"](keys=[_LEASE], args=[self._holder, LEASE_MS]))

    def release(self) -> None:
        """Let the lease go, for others to go on."""
        if self._hub.client.get(_LEASE) == self._holder.encode():
            self._hub.client.delete(_LEASE)

    def next(self) -> Step | None:
        """Return the step under way, else the next one: a publication, or a new day for what was published."""
        under_way = _texts(self._hub.client.hgetall(_RUN))
        if under_way:
            return _step(under_way)
        mark = _texts(self._hub.client.hgetall(_MARK))
        today = self._hub.now().date()
        if not mark:
            self._first(today)
            return None
        since = date.fromisoformat(mark["day"])
        for at, fields in self._hub.client.xrange(PUBLISHED, min=f"({mark['at']}", count=1):
            new, ruleset = fields[b"snapshot"].decode(), fields[b"ruleset"].decode()
            return Step(mark["snapshot"], new, ruleset, at.decode(), since, today)
        if today <= since:
            return None
        return Step(mark["snapshot"], mark["snapshot"], mark["ruleset"], mark["at"], since, today)

    def _first(self, today: date) -> None:
        """Note the first publication: what is retained was screened with it or with later ones."""
        for at, fields in self._hub.client.xrange(PUBLISHED, count=1):
            said = {"snapshot": fields[b"snapshot"], "ruleset": fields[b"ruleset"], "at": at, "day": str(today)}
            self._hub.client.hset(_MARK, mapping=said)

    def begin(self, step: Step, counts: Mapping[str, int]) -> None:
        """Note that a step is under way, unless it is already."""
        said = {
            "run": step.run, "old": step.old, "new": step.new, "ruleset": step.ruleset, "at": step.at,
            "since": str(step.since), "today": str(step.today), "began": self._hub.now().isoformat(), "rows": 0, "hits": 0, **counts,
        }  # fmt: skip
        flat = [part for pair in said.items() for part in pair]
        self._sure(self._scripts["begin"](keys=[_LEASE, _RUN, _DAYS], args=[self._holder, *flat]))

    def once(self, name: str, value: str | int) -> str:
        """Note something about the run under way, unless it is noted already; return what is noted."""
        self._hub.client.hsetnx(_RUN, name, value)
        return str(self._hub.client.hget(_RUN, name).decode())

    def done(self) -> set[str]:
        """Return the days of the run under way that are done."""
        return {day.decode() for day in self._hub.client.hkeys(_DAYS)}

    def day(self, step: Step, day: str, found: Sequence[tuple[Receipt, Mapping[str, bytes | str]]]) -> bool:
        """Store the results of a day, and that it is done; return False where somebody had done it already.

        Args:
            step: of which it is a part.
            day: the day.
            found: receipt of each slice of it, and the item for the office.

        Raises:
            StoreError: another worker has the lease by now; nothing was stored.
        """
        rows, hits = (sum(getattr(each, name) for each, _ in found) for name in ("screened", "hits"))
        told = [msgspec.to_builtins(receipt) for receipt, _ in found]
        about = f"rescreen {step.run}"
        event = audit.line(BY, "rescreened-day", about, day=day, travellers=rows, hits=hits, receipts=told)["event"]
        args: list[bytes | str | int] = [self._holder, step.run, day, rows, hits, event]
        for _, fields in found:
            flat = [part for pair in fields.items() for part in pair]
            args += [len(flat), *flat]
        return self._sure(self._scripts["day"](keys=[_LEASE, _RUN, _DAYS, SCREENED, audit.STREAM], args=args)) == 1

    def end(self, step: Step) -> None:
        """Note that a step is done: what is retained was screened with its lists."""
        told = _texts(self._hub.client.hgetall(_RUN))
        counts = {name: int(told.get(name, 0)) for name in ("entries", "removed", "replaced", "rows", "hits")}
        event = audit.line(BY, "rescreened", f"rescreen {step.run}", old=step.old, new=step.new, counts=counts)["event"]
        now = self._hub.now().isoformat()
        args = [self._holder, step.run, step.new, step.at, str(step.today), now, event, step.ruleset]
        self._sure(self._scripts["end"](keys=[_LEASE, _RUN, _DAYS, _MARK, _LAST, audit.STREAM], args=args))

    def _sure(self, answer: int) -> int:
        if answer < 0:
            raise StoreError("re-screening", "another worker has taken it over", "nothing is lost: let that one go on")
        return answer


_SCRIPTS = {"renew": _RENEW, "begin": _BEGIN, "day": _DAY, "end": _END}


def last_ids(hub: Hub, name: str) -> str:
    """Return the ids of the last items that the streams of a name ever had, one a partition."""
    return " ".join(_last_id(hub.of(stream), stream) for stream in hub.streams(name))


def _last_id(client: Any, stream: str) -> str:
    if not client.exists(stream):
        return "0-0"
    return str(client.xinfo_stream(stream)["last-generated-id"].decode())


def is_read(hub: Hub, name: str, upto: str) -> bool:
    """Return whether the readers of streams have done all items up to ids: they take away what they have done.

    A partition that is newer than the ids has nothing that is waited for.
    """
    told = zip(hub.streams(name), upto.split(), strict=False)
    return not any(hub.of(stream).xrange(stream, max=last, count=1) for stream, last in told)


def trouble(hub: Hub, reason: str) -> None:
    """Note why the run under way does not get on; an empty reason takes the note away."""
    hub.client.set(key("rescreen", "trouble"), reason) if reason else hub.client.delete(key("rescreen", "trouble"))


def status(hub: Hub) -> dict[str, object]:
    """Return how re-screening stands: state, what is under way, days done, publications that wait, the run before."""
    client = hub.client
    mark, run, last = (_texts(client.hgetall(name)) for name in (_MARK, _RUN, _LAST))
    seen = run.get("at") or mark.get("at")
    queued = len(client.xrange(PUBLISHED, min=f"({seen}")) if seen else int(client.xlen(PUBLISHED))
    reason = client.get(key("rescreen", "trouble"))
    return {
        "state": ("waiting" if reason else "running") if run else "idle",
        "trouble": reason.decode() if reason else None,
        "screened_against": mark.get("snapshot"),
        "as_of": mark.get("day"),
        "queued": queued,
        "under_way": _told(run) | {"days_done": int(client.hlen(_DAYS))} if run else None,
        "last": _told(last) if last else None,
    }


def _told(run: Mapping[str, str]) -> dict[str, object]:
    numbers = ("entries", "removed", "replaced", "days", "rows", "hits")
    told: dict[str, object] = {name: run.get(name) for name in ("run", "old", "new", "today", "began", "ended")}
    told |= {name: int(run.get(name, 0)) for name in numbers}
    if "ended" in run:
        told["seconds"] = (datetime.fromisoformat(run["ended"]) - datetime.fromisoformat(run["began"])).total_seconds()
    return told


def _step(said: Mapping[str, str]) -> Step:
    since, today = (date.fromisoformat(said[name]) for name in ("since", "today"))
    return Step(said["old"], said["new"], said["ruleset"], said["at"], since, today)


def _texts(found: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in found.items()}
