"""What runs beside the workers of a centre: the office, the keeper, the desk that looks back, mailboxes, delivery.

Reach for SERVICES: `up` starts each as a process of its own, and starts it again when it ends. They work by the rules
that are published; when others are published they end, and begin anew with those.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from ops_hub.casework.case import Actor, Bundle, Case, Event
from ops_hub.casework.policy import sharing_policy
from ops_hub.desk.filing import Desk, case_of, content_of, open_desk
from ops_hub.engines.live import delivery, keeper, mailbox, office, sharing
from ops_hub.engines.live.looking_back import service as rescreening
from ops_hub.engines.live.replies import Replies
from ops_hub.engines.live.requests import carrying_out, hidden, masking
from ops_hub.errors import StoreError
from ops_hub.store.archive import published_rules, rules_in_force
from ops_hub.store.hub import Hub

Stopped = Callable[[], bool]
Service = Callable[[Hub, str, Stopped], None]
"""`service(hub, name, stopped)` works until `stopped()` is true, and returns within seconds then."""

_NICE = 10
_LOOK = 2.0  # seconds between two looks at the rules that are published
_RETENTION = 3600.0  # seconds between two looks for cases that retention hides by now
_SLICE = 10  # cases looked at between two turns of the office
_NOBODY = Actor("CENTRE", "sharing", "system")  # no grant to unmask is ever his


@dataclass(frozen=True)
class ByRules:
    """A service that works by the published rules, and ends when they change: it is begun anew with the others."""

    work: Callable[[Hub, Path | None, Stopped], object]

    def __call__(self, hub: Hub, name: str, stopped: Stopped) -> None:
        """Work until told to stop, or until other rules are published; screening goes first."""
        os.nice(_NICE)
        begun, looked = published_rules(hub), time.monotonic()

        def ended() -> bool:
            nonlocal looked
            if stopped():
                return True
            if time.monotonic() - looked < _LOOK:
                return False
            looked = time.monotonic()
            return published_rules(hub) != begun

        self.work(hub, rules_in_force(hub), ended)


def _office(hub: Hub, rules: Path | None, stopped: Stopped) -> None:
    desk, replies = open_desk(hub, rules), Replies(hub, rules)
    policy = desk.policy

    def share(case: Case, bundle: Bundle, events: Sequence[Event]) -> None:
        sharing.share(hub, case, bundle, events, policy, masked=hidden(desk, case, _NOBODY))
        replies.changed(case, events)

    looked = 0.0
    left: Iterator[bool] = iter(())

    def ended() -> bool:
        nonlocal looked, left
        if not any(True for _ in islice(left, _SLICE)) and (time.monotonic() - looked > _RETENTION or not looked):
            looked = time.monotonic()
            left = sharing.after_retention(
                hub, partial(_loaded, desk), lambda case: hidden(desk, case, _NOBODY), policy
            )
        return stopped()

    office.run(hub, rules, ended, share, replies.reply)


def _loaded(desk: Desk, number: int) -> tuple[Case, Bundle] | None:
    """Return a case and its content, which is empty where its key was destroyed; None where it was forgotten."""
    try:
        case = case_of(desk.hub, number)
    except StoreError:
        return None
    return None if case.forgotten else (case, content_of(desk.hub, case))


def _mailbox(hub: Hub, rules: Path | None, stopped: Stopped) -> None:
    desk = open_desk(hub, rules)
    mailbox.run(hub, stopped, carrying_out(desk, masking(desk)), desk.policy)


def _delivery(hub: Hub, rules: Path | None, stopped: Stopped) -> None:
    delivery.run(hub, stopped, sharing_policy(rules))


def _keeper(hub: Hub, rules: Path | None, stopped: Stopped) -> None:
    keeper.run(hub, stopped, rules)


SERVICES: list[tuple[str, Service]] = [
    ("office", ByRules(_office)),
    ("keeper", ByRules(_keeper)),
    ("mailboxes", ByRules(_mailbox)),
    ("delivery", ByRules(_delivery)),
    ("re-screening", rescreening),
]
"""Services beside the workers, one process each: (name, callable)."""
