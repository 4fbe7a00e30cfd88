"""How long travellers are kept: masked after some days, forgotten after more, each day's end provable in the audit log.

Reach for `run()`, which forgets what is due, and `is_masked()`. The days stand in rules/states.toml, those of the centre
in rules/retention.toml. Forgetting is destroying the key of (state, day): the lake's files, case bundles and all else
that was sealed with it are lost, copies included; of cases stays what counts (`forgetting`). The event that says so stands in the log if and only if the key went.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

import msgspec

from ops_hub.casework.case import CENTRE
from ops_hub.config import rules_toml
from ops_hub.engines.live import forgetting, holds, old_networks, unread
from ops_hub.engines.live.unread import Due
from ops_hub.errors import ConfigError, StoreError
from ops_hub.states import Retention, States
from ops_hub.store import audit, lake
from ops_hub.store.held import all_holds
from ops_hub.store.hub import Hub, key
from ops_hub.store.lakefiles import remove, writing
from ops_hub.store.place import claim

KEEPER = "CENTRE/keeper:system"
AHEAD = 400  # days: no journey is announced sooner
_MASKED = key("retention", "masked")  # set of "STATE DAY" whose masking stands in the log


class _Unmask(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    hours: float


class CentreRules(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """rules/retention.toml."""

    CENTRE: Retention
    unmask: _Unmask


@dataclass
class Outcome:
    """What a run did, or would do.

    Attributes:
        deleted: days that were forgotten (of what could not be read: "rejects DAY", "dead DAY", by the hub's day); holds
            are those under which records of them stay.
        masked: days that readers see masked from now on.
        held: days past a limit that a legal hold keeps whole.
        cases: how many cases were reduced to what counts.
        networks: names of networks under HOME/networks that were removed, because somebody in them is masked by now.
        problems: what could not be done, one line each.
    """

    deleted: list[Due] = field(default_factory=list)
    masked: list[Due] = field(default_factory=list)
    held: list[Due] = field(default_factory=list)
    cases: int = 0
    networks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@cache
def centre_rules(rules: Path | None = None) -> CentreRules:
    """Read `retention.toml` of a rules folder (default, or where it has none: the shipped one).

    Raises:
        ConfigError: the file is no TOML, or says something that is not allowed.
    """
    path, found = rules_toml(rules, "retention.toml", CentreRules)
    if not 0 < found.CENTRE.mask_days <= found.CENTRE.delete_days or not 0 < found.unmask.hours <= 24 * 31:
        raise ConfigError(
            str(path), "0 < mask_days <= delete_days and 0 < hours <= 744 must hold", "correct the numbers"
        )
    return found


def limits(states: States, owner: str) -> tuple[Retention, str]:
    """Return the days of an owner, and what says so: of a home state its own, of all others the centre's."""
    state = states.by_code.get(owner)
    return (state.retention, owner) if state is not None else (centre_rules(states.rules).CENTRE, CENTRE)


def is_masked(hub: Hub, states: States, state: str, day: str, now: datetime, record: str | None = None) -> bool:
    """Return whether people must see data of a state's day masked, unless `unmask.may_unmask` says otherwise.

    Args:
        hub: knows the legal holds.
        states: the home states.
        state: who keeps the data.
        day: day (UTC) of arrival, else of departure; of data under hold, `hold-N`.
        now: the hub's time.
        record: the record, where one is asked for: it may be under hold by itself.
    """
    then = _date(day)
    if then is None or (now.date() - then).days <= limits(states, state)[0].mask_days:
        return False
    return not any((state, day) in hold.places and (hold.is_whole or record in hold.records) for hold in all_holds(hub))


def run(hub: Hub, states: States, today: date, *, dry_run: bool = False, by: str = KEEPER) -> Outcome:
    """Forget what is due, and say in the log what is masked from now on. May be broken off and run again at any time.

    Args:
        hub: whose data.
        states: the home states.
        today: the hub's day (UTC).
        dry_run: only say what would be done.
        by: who runs it, for the log.

    Raises:
        StoreError: the lake is kept in another home folder.
    """
    claim(hub)
    done = Outcome()
    destroyed = False
    standing, said = all_holds(hub), hub.client.smembers(_MASKED)
    for state, day in sorted(set(_days(hub))):
        (limit, named), then = limits(states, state), _date(day)
        if then is None:
            done.problems.append(f"lake/{state}/{day}: this is no day; nobody knows how long it may be kept")
            continue
        if state != CENTRE and state not in states.by_code and states.problems:
            done.problems.append(f"{state} {day} stays: it may be a state that is left out: {states.problems[0]}")
            continue
        age = (today - then).days
        if age < -AHEAD:
            done.problems.append(f"{state} {day}: {-age} days ahead, a slip of the sender; it would be kept too long")
        if age > limit.delete_days:
            with writing(hub.home):  # nobody appends to the day, merges it or puts it under hold meanwhile
                destroyed |= _end(hub, state, day, f"{named} delete_days={limit.delete_days}", done, dry_run, by)
        elif age > limit.mask_days:
            whole = tuple(hold.id for hold in standing if hold.is_whole and (state, day) in hold.places)
            if whole:
                done.held.append(Due(state, day, lake.rows(hub, state, day), f"{named} hold", whole))
            elif f"{state} {day}".encode() not in said:
                due = Due(state, day, lake.rows(hub, state, day), f"{named} mask_days={limit.mask_days}")
                done.masked.append(due)
                if not dry_run:
                    _say_masked(hub, due, by)
    ended = {(each.state, each.day) for each in done.deleted}
    done.cases = forgetting.let_go(hub, states.rules, ended, dry_run=dry_run, by=by)
    destroyed |= unread.let_go(hub, limits(states, CENTRE)[0].delete_days, today, done.deleted, dry_run=dry_run, by=by)
    done.networks += old_networks.let_go(hub, today, done.problems, dry_run=dry_run, by=by)
    if destroyed:
        try:
            hub.keyring.forget()
            audit.record(hub, by, "keys-forgotten", f"{len(done.deleted)} days", purpose="retention")
        except StoreError as error:
            done.problems.append(str(error))
    return done


def _days(hub: Hub) -> Iterator[tuple[str, str]]:
    """Yield each (state, day) of which there is anything: files, or a key."""
    yield from lake.days(hub)
    for owner in hub.keyring.owners():
        yield from ((owner, period) for period in hub.keyring.periods(owner) if _date(period) is not None)


def _end(hub: Hub, state: str, day: str, rule: str, done: Outcome, dry_run: bool, by: str) -> bool:
    """Forget a day that is past its time, unless it is held; return whether its key was destroyed."""
    held = [hold for hold in all_holds(hub) if (state, day) in hold.places]
    due = Due(state, day, lake.rows(hub, state, day), rule, tuple(hold.id for hold in held))
    if any(hold.is_whole for hold in held):
        done.held.append(due)
        return False
    if not dry_run:
        try:
            for hold in held:
                holds.keep_aside(hub, hold, state, day)
        except StoreError as error:
            done.problems.append(f"{state} {day} stays: records of it are under hold and cannot be put aside: {error}")
            return False
        _forget(hub, due, by)
    done.deleted.append(due)
    return not dry_run


def _say_masked(hub: Hub, due: Due, by: str) -> None:
    event = audit.line(
        by, "retention-masked", f"{due.state} {due.day}", purpose="retention", rows=due.rows, rule=due.rule
    )
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.sadd(_MASKED, f"{due.state} {due.day}")
        pipe.xadd(audit.STREAM, event)
        pipe.execute()


def _forget(hub: Hub, due: Due, by: str) -> None:
    """Destroy the key together with the event that proves it, then remove the files."""
    event = audit.line(
        by, "retention-deleted", f"{due.state} {due.day}", purpose="retention", rows=due.rows, rule=due.rule, holds=due.holds
    )  # fmt: skip
    if due.day in hub.keyring.periods(due.state):
        hub.keyring.destroy(due.state, due.day, (audit.STREAM, event))
    hub.client.srem(_MASKED, f"{due.state} {due.day}")
    remove(hub.home, due.state, due.day)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
