"""Rejects and dead letters: sealed, kept as long as the centre keeps, and gone with an event that says so."""

from datetime import UTC, datetime, timedelta

from ops_hub.casework.case import Actor
from ops_hub.engines.live import holds
from ops_hub.engines.live.retention import run
from ops_hub.store.hub import grow, key

from .fixtures_cases import audited, hub, server
from .fixtures_keeping import STATES

__all__ = ["hub", "server"]

LONG = 1825  # days that the centre keeps
CAT = Actor("CENTRE", "cat", "supervisor")


def put(hub, stream, day, rows=3):  # noqa: F811
    """Put something that could not be read, as on a day of the past."""
    at = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    hub.client.xadd(key(stream), {"rows": rows, "blob": b"sealed"}, id=f"{at}-*")


def days(hub, stream):  # noqa: F811
    return [
        datetime.fromtimestamp(int(name.split(b"-")[0]) / 1000, UTC).date()
        for name, _ in hub.client.xrange(key(stream))
    ]


def test_what_could_not_be_read_goes_when_the_centres_time_is_over_and_the_log_says_so(hub):  # noqa: F811
    today = hub.now().date()
    old, last = today - timedelta(days=LONG + 1), today - timedelta(days=LONG)
    for stream in ("rejects", "dead"):
        for day in (old, old, last, today):
            put(hub, stream, day.isoformat())
    told = run(hub, STATES, today, dry_run=True)
    assert len(days(hub, "rejects")) == 4
    assert run(hub, STATES, today) == told
    assert [(each.day, each.rows) for each in told.deleted] == [(f"rejects {old}", 6), (f"dead {old}", 6)]
    for stream in ("rejects", "dead"):
        assert days(hub, stream) == [last, today]
    events = [(each["about"], each["detail"].get("entries")) for each in audited(hub)]
    assert events == [(f"CENTRE rejects {old}", 2), (f"CENTRE dead {old}", 2), ("2 days", None)]
    assert run(hub, STATES, today).deleted == []


def test_a_hold_on_the_centres_day_keeps_its_rejects(hub):  # noqa: F811
    today = hub.now().date()
    old = today - timedelta(days=LONG + 9)
    hub.keyring.seal("CENTRE", old.isoformat(), b"what else came that day")
    holds.hold_day(hub, "CENTRE", old.isoformat(), "court", CAT)
    put(hub, "rejects", old.isoformat())
    put(hub, "rejects", (old + timedelta(days=1)).isoformat())
    run(hub, STATES, today)
    assert days(hub, "rejects") == [old]


def test_what_lies_in_other_partitions_goes_together_with_its_event(hub):  # noqa: F811
    wide = grow(hub, 3)
    old = wide.now().date() - timedelta(days=LONG + 1)
    at = int(datetime(old.year, old.month, old.day, tzinfo=UTC).timestamp() * 1000)
    rejects, log = (key(name, partition=2) for name in ("rejects", "audit"))
    wide.client.xadd(rejects, {"rows": 3, "blob": b"sealed"}, id=f"{at}-*")
    told = run(wide, STATES, wide.now().date())
    assert [(each.day, each.rows) for each in told.deleted] == [(f"rejects {old}", 3)]
    assert not wide.client.xlen(rejects)
    assert wide.client.xlen(log) == 1  # in the partition of what went: one step
