"""The clock of cases: who must be told because nobody does anything, and which journeys are over.

Reach for `tick()`, every second or so, anywhere and by as many as like: what is due happens once. Only the hub's clock
counts; that of the machine may be wrong.
"""

from __future__ import annotations

from datetime import datetime

from ops_hub.casework.case import HUB, Event
from ops_hub.casework.clock import due
from ops_hub.casework.fold import applied
from ops_hub.desk.filing import Desk, audit_line, cases_of, change
from ops_hub.store import cases as store

_ROUNDS = 10  # at most, so that clocks never keep the office from its other work; what is left is due in the next turn


def tick(desk: Desk, now: datetime | None = None) -> int:
    """Do what is due; return how many things that were.

    Args:
        desk: the hub's desk.
        now: the hub's time, where it was just asked.
    """
    at, done = now or desk.hub.now(), 0
    for _ in range(_ROUNDS):
        numbers = store.due_until(desk.hub, at.timestamp())
        before = done
        for case in cases_of(desk.hub, numbers).values():
            found = due(case, at, desk.table)
            if found is None:
                continue
            event = Event(case.events + 1, at, found[0], HUB, found[1])
            after = applied(case, event, desk.table)
            step = store.Step([change(desk.hub, case, after, [event])], audit=[audit_line(case, event)])
            done += store.commit(desk.hub, step)  # where somebody did something meanwhile, the clock begins again
        if done == before:
            break
    return done
