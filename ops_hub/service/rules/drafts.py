"""Drafts of rule files: written by one, put forward, and put in force by another.

Reach for `find()`, `every()` and `keep()`, and `switch_on()`, which makes a new folder of rules of the one that holds.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar

import msgspec

from ops_hub.config import data_dir
from ops_hub.engines.live.usable import check_rules
from ops_hub.errors import ConfigError, ConflictError, MissingError
from ops_hub.service.centre import Centre
from ops_hub.service.lists.publishing import PUBLISHING
from ops_hub.service.rules import files as rule_files
from ops_hub.service.table import Caller
from ops_hub.store import archive, drafts
from ops_hub.targeting.rulefile import read_rules

_PATIENCE = 10.0  # seconds to wait for somebody who decides about the same draft
Told = TypeVar("Told")


class About(Protocol):
    """What is asked about a draft."""

    draft: str


Decision = TypeVar("Decision", bound=About)
KIND, SWITCHED = "rule-drafts", "rules-switched"


class Draft(msgspec.Struct, frozen=True):
    """A text that may become a rule file.

    Attributes:
        kind: change, or retire where it switches a rule off.
        rule: the rule that it switches off.
        base: digest of the text that it was made of.
        authors: names of all who wrote in it, or put it forward.
        by: who wrote last.
        state: draft, proposed, approved or rejected.
    """

    id: str
    file: str
    kind: str
    rule: str
    text: str
    base: str
    authors: list[str]
    by: str
    at: datetime
    version: int
    state: str = "draft"
    reason: str = ""
    proposed_by: str = ""
    proposed_at: datetime | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    decision: str = ""
    ruleset: str = ""


class Switched(msgspec.Struct, frozen=True):
    """Since when a rule holds as it does, and by whom."""

    author: str
    approved_by: str
    at: datetime
    draft: str


def one_after_another(decide: Callable[[Centre, Caller, Decision], Told]) -> Callable[[Centre, Caller, Decision], Told]:
    """Let only one at a time decide about a draft.

    Else one could reject what another is putting in force: it would hold, and its record say that it was rejected.
    """

    @wraps(decide)
    def alone(centre: Centre, by: Caller, asked: Decision) -> Told:
        with drafts.alone(centre.hub, f"draft {asked.draft[:60]}", wait=_PATIENCE):
            return decide(centre, by, asked)

    return alone


def find(centre: Centre, name: str) -> tuple[Draft, drafts.Kept]:
    """Return a draft, and how it is kept.

    Raises:
        MissingError: there is none.
    """
    kept = drafts.find(centre.hub, KIND, name)
    if kept is None:
        raise MissingError("draft", "there is no such draft", "see the screen Rules")
    return msgspec.json.decode(kept.data, type=Draft), kept


def every(centre: Centre) -> list[Draft]:
    """Return all drafts, the latest first."""
    found = [msgspec.json.decode(each, type=Draft) for each in drafts.every(centre.hub, KIND).values()]
    return sorted(found, key=lambda each: each.at, reverse=True)


def keep(centre: Centre, was: drafts.Kept | None, draft: Draft) -> None:
    """Keep a draft as it stands now.

    Raises:
        ConflictError: somebody else was quicker.
    """
    if not drafts.replace(centre.hub, KIND, draft.id, was, msgspec.json.encode(draft)):
        raise ConflictError("draft", "somebody else changed it meanwhile", "open it again")


def switched(centre: Centre) -> dict[str, Switched]:
    """Return since when rules hold that were put in force here, by rule."""
    return {name: msgspec.json.decode(each, type=Switched) for name, each in drafts.every(centre.hub, SWITCHED).items()}


def switch_on(centre: Centre, draft: Draft, approver: str) -> str:
    """Put a draft in force; return the digest of the rules that hold from now on.

    Raises:
        ConflictError: the file was changed since the draft was made, or somebody else publishes.
        ConfigError: the rules could not be worked with, or this console has rules of its own.
    """
    if centre.own_rules is not None:
        raise ConfigError("rules", "this console was started with a folder of rules of its own", "start it without")
    hub = centre.hub
    with drafts.alone(hub, PUBLISHING, wait=5.0):
        lists = archive.published(hub)
        if lists is None:
            raise ConfigError("lists", "none are published yet: rules are published with them", "ops-hub hub publish")
        if rule_files.digest(rule_files.texts(centre).get(draft.file, "")) != draft.base:
            raise ConflictError(draft.file, "it was changed since this draft was made of it", "make a new draft")
        faults = rule_files.problems(centre, draft.file, draft.text)
        if faults:
            raise ConfigError(draft.file, faults[0].reason, faults[0].remedy)
        with TemporaryDirectory(dir=hub.home, prefix=".rules-") as place:
            made = Path(place) / "rules"
            _copied(centre, made, draft)
            check_rules(made)
            _checked(centre, made / rule_files.RISK)
            ruleset = archive.keep_rules(hub, made)
        archive.publish(hub, lists, ruleset, by=approver)
    return ruleset


def _copied(centre: Centre, made: Path, draft: Draft) -> None:
    source = centre.rules or data_dir("rules")
    shutil.copytree(source, made)
    if not (made / rule_files.RISK).is_dir():
        shutil.copytree(data_dir("rules") / rule_files.RISK, made / rule_files.RISK)
    path = made / rule_files.RISK / rule_files.file_name(draft.file)
    if draft.text.strip():
        path.write_text(draft.text, encoding="utf-8", newline="\n")
    else:
        path.unlink(missing_ok=True)


def _checked(centre: Centre, place: Path) -> None:
    """Refuse a folder in which something is refused that was not before."""
    before = {str(error) for error in rule_files.in_force(centre).refused}
    new = [error for error in read_rules([place]).refused if str(error) not in before]
    if new:
        raise new[0]


def remember(centre: Centre, draft: Draft, rules: Sequence[str]) -> None:
    """Keep since when, and by whom, rules hold.

    Args:
        centre: whose.
        draft: what was put in force.
        rules: ids of those that it changed.
    """
    about = Switched(draft.by, draft.decided_by, draft.decided_at or draft.at, draft.id)
    for rule in rules:
        kept = drafts.find(centre.hub, SWITCHED, rule)
        drafts.replace(centre.hub, SWITCHED, rule, kept, msgspec.json.encode(about))
    if draft.kind == "retire":
        drafts.drop(centre.hub, SWITCHED, draft.rule)


def in_words(reason: str) -> str:
    """Return a reason as it is kept: one line, of a length that can be read."""
    return " ".join(reason.split())[:500]
