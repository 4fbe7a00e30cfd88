"""Cases whose day is over: out of desks' mailboxes, then reduced to what counts.

Reach for `let_go()`, at the end of each run of retention. A case is due when the key of its (state, day) is gone and no
legal hold keeps it; so what a run that was killed left, and what was ended before cases were reduced at all, goes with the
next one. What stays of a case is told in `casework.forgotten`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from ops_hub.casework.case import CENTRE, Event
from ops_hub.casework.forgotten import reduced
from ops_hub.casework.policy import Policy, sharing_policy
from ops_hub.desk.filing import case_of
from ops_hub.engines.live.sharing import unshare
from ops_hub.store import audit
from ops_hub.store import cases as store
from ops_hub.store.forgotten import Beside, Place, Reduced, beside, forget, forgotten, waiting, without
from ops_hub.store.held import Hold, all_holds
from ops_hub.store.hub import Hub
from ops_hub.store.lakefiles import writing
from ops_hub.store.mail import CHANNELS, place

_TRIES = 5


def let_go(hub: Hub, rules: Path | None, ended: Collection[tuple[str, str]], *, dry_run: bool, by: str) -> int:
    """Reduce the cases whose day is over; return how many. May be broken off and run again at any time.

    Args:
        hub: whose.
        rules: folder of rules, for the caveats that are known; the shipped ones by default.
        ended: days (state, day) that would be over by now, where nothing is done.
        dry_run: only say how many it would be.
        by: who runs it, for the log.
    """
    with writing(hub.home):  # nobody puts a case under hold meanwhile
        due, periods, holds = list[int](), dict[str, set[str]](), all_holds(hub)
        for each in waiting(hub):
            kept = periods.setdefault(each.keeper, set(hub.keyring.periods(each.keeper)))
            over = each.day not in kept or (each.keeper, each.day) in ended
            if over and not any(_keeps(hold, each) for hold in holds):
                due.append(each.id)
        if dry_run or not due:
            return len(due)
        policy, known = sharing_policy(rules), beside(hub)
        gone = {*due, *forgotten(hub)}  # a notice may have come after its case went
        for state in (*policy.states.by_code, CENTRE):
            for channel in CHANNELS:
                without(hub, place(state, channel, "notices"), gone)
        return sum(_forgotten(hub, number, policy, known, by) for number in due)


def _keeps(hold: Hold, case: Place) -> bool:
    """Return whether a hold keeps a case: it is about the case, about one of its records, or about all of its day."""
    whole = hold.is_whole and (case.keeper, case.day) in hold.places
    return whole or hold.case == case.id or bool(set(hold.records) & set(case.records))


def _forgotten(hub: Hub, number: int, policy: Policy, known: Beside, by: str) -> bool:
    """Take a case out of mailboxes and reduce it; where others change it all the time, the next run does."""
    for _ in range(_TRIES):
        case = case_of(hub, number)
        events = _events(store.stories(hub, number))
        after, kept = reduced(case, events, hub.now(), policy)
        line = audit.line(by, "case-forgotten", f"case {number}", purpose="retention", event=after.events)
        unshare(hub, number)
        made = Reduced(
            number, case.events, msgspec.json.encode(after).decode(), [msgspec.json.encode(each).decode() for each in kept],
            case.records, [hit.hit_id for hit in case.hits], [f"{hit.list_id}/{hit.entry_id}" for hit in case.hits],
            line["event"],
        )  # fmt: skip
        if forget(hub, made, known):
            return True
    return False


def _events(kept: Sequence[bytes]) -> list[Event]:
    return [msgspec.json.decode(each, type=Event) for each in kept]
