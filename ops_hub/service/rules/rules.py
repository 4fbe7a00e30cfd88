"""Risk rules: which hold, and how one is written, tested, put forward, and put in force by a second person.

Whoever wrote in a draft, or put it forward, never decides about it. Rules hold for the whole region, so that decision is
made at the centre.
"""

from __future__ import annotations

import secrets

import msgspec

from ops_hub.casework.case import CENTRE
from ops_hub.errors import AccessError, ConfigError, ConflictError, MissingError
from ops_hub.service.centre import Centre
from ops_hub.service.rules import backtest as rule_backtest
from ops_hub.service.rules import drafts as rule_drafts
from ops_hub.service.rules import files as rule_files
from ops_hub.service.rules.backtest import MOST_DAYS, Backtest
from ops_hub.service.rules.drafts import Draft, Switched
from ops_hub.service.rules.files import Line, Problem, RuleTold
from ops_hub.service.table import Caller, operation
from ops_hub.store.audit import record
from ops_hub.targeting.rulefile import Rule

RUNS = (
    "Rules are asked by `ops-hub rules run` and by back-tests. The live hub does not ask them when it screens a message:"
    " switching a rule on puts it into the published rules, which batch work takes."
)


class ShowAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Whether the texts of the files are wanted, too."""

    texts: bool = False


class RuleState(msgspec.Struct, frozen=True):
    """A rule that holds, and since when; `switched` is None where it came with the rules and not from here."""

    rule: RuleTold
    switched: Switched | None
    valid_today: bool


class Rules(msgspec.Struct, frozen=True):
    """The rules that hold, what of them is refused, the files, and where they run."""

    ruleset: str
    runs: str
    rules: list[RuleState]
    refused: list[str]
    files: list[str]
    texts: dict[str, str]


@operation("rules.show", "GET", "/rules")
def show(centre: Centre, by: Caller, asked: ShowAsked) -> Rules:
    """Tell the rules that hold."""
    found, since, today = rule_files.in_force(centre), rule_drafts.switched(centre), centre.hub.now().date()
    texts = rule_files.texts(centre)
    return Rules(
        ruleset=centre.rules.name if centre.rules is not None else "shipped", runs=RUNS,
        rules=[RuleState(rule_files.told(each), since.get(each.id), each.holds_on(today)) for each in found.rules],
        refused=[str(error) for error in found.refused], files=list(texts), texts=texts if asked.texts else {},
    )  # fmt: skip


class DraftTold(msgspec.Struct, frozen=True):
    """A draft, what is wrong with it, and how it differs from what holds.

    Attributes:
        rules: those in it that can be used.
        stale: the file was changed since; the draft can no longer be put in force.
        yours: the reader wrote in it, and so cannot decide about it.
    """

    draft: Draft
    rules: list[RuleTold]
    problems: list[Problem]
    difference: list[Line]
    stale: bool
    yours: bool


def _told(centre: Centre, by: Caller, draft: Draft) -> DraftTold:
    held = rule_files.texts(centre).get(draft.file, "")
    usable = rule_files.checked(draft.file, draft.text).rules if draft.text.strip() else ()
    return DraftTold(
        draft, [rule_files.told(each) for each in usable], rule_files.problems(centre, draft.file, draft.text),
        rule_files.compared(held, draft.text) if draft.state in ("draft", "proposed") else [],
        rule_files.digest(held) != draft.base, by.user.name in draft.authors,
    )  # fmt: skip


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


@operation("rules.drafts", "GET", "/rules/drafts")
def drafts(centre: Centre, by: Caller, asked: Nothing) -> list[Draft]:
    """Tell the drafts, the latest first."""
    return rule_drafts.every(centre)


class DraftAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The id of a draft."""

    draft: str


@operation("rules.draft", "GET", "/rules/drafts/{draft}")
def draft(centre: Centre, by: Caller, asked: DraftAsked) -> DraftTold:
    """Tell a draft, what is wrong with it, and how it differs from what holds."""
    return _told(centre, by, rule_drafts.find(centre, asked.draft)[0])


class EditAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A text for a rule file: of a new draft, or with id and version the next state of one."""

    file: str
    text: str = ""
    draft: str = ""
    version: int = 0


@operation("rules.edit", "POST", "/rules/drafts")
def edit(centre: Centre, by: Caller, asked: EditAsked) -> DraftTold:
    """Keep a draft of a rule file. It is kept even where something is wrong with it; what, is told."""
    name, text = rule_files.file_name(asked.file), rule_files.plain(asked.text)
    if not text.strip():
        raise ConfigError("text", "the draft is empty", "write a rule; to switch one off, retire it")
    now = centre.hub.now()
    if not asked.draft:
        base = rule_files.digest(rule_files.texts(centre).get(name, ""))
        made = Draft(secrets.token_urlsafe(9), name, "change", "", text, base, [by.user.name], str(by), now, 1)
        rule_drafts.keep(centre, None, made)
        return _told(centre, by, made)
    found, kept = rule_drafts.find(centre, asked.draft)
    _stands(found, "draft")
    if found.version != asked.version or found.file != name:
        raise ConflictError("draft", "somebody else changed it meanwhile", "open it again")
    authors = list(dict.fromkeys([*found.authors, by.user.name]))
    changed = msgspec.structs.replace(
        found, text=text, authors=authors, by=str(by), at=now, version=found.version + 1, kind="change", rule=""
    )
    rule_drafts.keep(centre, kept, changed)
    return _told(centre, by, changed)


class TrialAsked(msgspec.Struct, forbid_unknown_fields=True):
    """What to test: a draft, a rule that holds, or a text and the name of its file."""

    draft: str = ""
    rule: str = ""
    file: str = "draft.toml"
    text: str = ""


class Tested(msgspec.Struct, frozen=True):
    """What came of it: rules that can be used, whose examples all hold, and what is wrong with the others."""

    rules: list[RuleTold]
    examples: int
    problems: list[Problem]


# Marked as audited, and nothing is told to the log: it is asked at every pause in typing, and nothing comes of it but
# what stands in the text.
@operation("rules.test", "POST", "/rules/test", audited=True)
def test(centre: Centre, by: Caller, asked: TrialAsked) -> Tested:
    """Check rules and run their own examples; nothing is kept."""
    if asked.rule:
        rule = _rule(centre, asked.rule)
        return Tested([rule_files.told(rule)], _examples([rule]), [])
    name, text = rule_files.file_name(asked.file), rule_files.plain(asked.text)
    if asked.draft:
        found = rule_drafts.find(centre, asked.draft)[0]
        name, text = found.file, found.text
    usable = list(rule_files.checked(name, text).rules) if text.strip() else []
    return Tested(
        [rule_files.told(each) for each in usable], _examples(usable), rule_files.problems(centre, name, text)
    )


def _examples(rules: list[Rule]) -> int:
    return sum(len(each.must_fire) + len(each.must_not_fire) for each in rules)


def _rule(centre: Centre, name: str) -> Rule:
    found = next((each for each in rule_files.in_force(centre).rules if each.id == name), None)
    if found is None:
        raise MissingError("rule", "there is no such rule in force", "see the screen Rules")
    return found


class BacktestAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A draft, or a rule that holds, and on how many of the latest days."""

    draft: str = ""
    rule: str = ""
    days: int = 30


@operation("rules.backtest", "POST", "/rules/backtests", personal=True, audited=True)
def backtest(centre: Centre, by: Caller, asked: BacktestAsked) -> Backtest:
    """Begin to test rules on the travel that the hub retains; see /rules/backtests/{backtest} for what comes of it."""
    if not 1 <= asked.days <= MOST_DAYS:
        raise ConfigError("days", f"{asked.days} days", f"choose 1 to {MOST_DAYS}")
    if asked.draft:
        found = rule_drafts.find(centre, asked.draft)[0]
        rules = rule_files.changed(centre, found.file, found.text)
    else:
        rules = [_rule(centre, asked.rule)]
    if not rules:
        raise ConfigError("draft", "no rule in it can be used", "mend what is wrong with it first")
    return rule_backtest.begin(centre, by, asked.draft or asked.rule, rules, asked.days)


class BacktestedAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The id of a back-test."""

    backtest: str


@operation("rules.backtested", "GET", "/rules/backtests/{backtest}")
def backtested(centre: Centre, by: Caller, asked: BacktestedAsked) -> Backtest:
    """Tell what came of a back-test: counts and ids."""
    found = rule_backtest.find(centre, asked.backtest)
    if by.user.state not in (CENTRE, found.by.partition("/")[0]):
        raise MissingError("back-test", "there is no such back-test, or its hour is over", "run it again")
    return found


class ProposeAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A draft in the version that one has read, and why it should hold."""

    draft: str
    version: int
    reason: str = ""


@operation("rules.propose", "POST", "/rules/drafts/{draft}/propose")
def propose(centre: Centre, by: Caller, asked: ProposeAsked) -> DraftTold:
    """Put a draft forward, to be put in force by a second person; only one with which nothing is wrong."""
    found, kept = rule_drafts.find(centre, asked.draft)
    _stands(found, "draft")
    _version(found, asked.version)
    faults = rule_files.problems(centre, found.file, found.text)
    if faults:
        raise ConfigError(f"{found.file}:{faults[0].line or 1}", faults[0].reason, faults[0].remedy)
    authors = list(dict.fromkeys([*found.authors, by.user.name]))
    changed = msgspec.structs.replace(
        found, state="proposed", reason=_reason(asked.reason), authors=authors, proposed_by=str(by), proposed_at=centre.hub.now()
    )  # fmt: skip
    rule_drafts.keep(centre, kept, changed)
    record(centre.hub, str(by), "rules-proposed", f"draft {found.id}", file=found.file, version=found.version)
    return _told(centre, by, changed)


class RetireAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A rule that holds, and why it should no more."""

    rule: str
    reason: str = ""


@operation("rules.retire", "POST", "/rules/retire")
def retire(centre: Centre, by: Caller, asked: RetireAsked) -> DraftTold:
    """Ask that a rule be switched off; a second person does it."""
    rule, now, reason = _rule(centre, asked.rule), centre.hub.now(), _reason(asked.reason)
    text = rule_files.texts(centre).get(rule.source)
    if text is None:
        raise ConfigError(rule.source, "this file is not edited here", "change the folder of rules")
    made = Draft(
        secrets.token_urlsafe(9), rule.source, "retire", rule.id, rule_files.without(text, rule.id), rule_files.digest(text),
        [by.user.name], str(by), now, 1, "proposed", reason, str(by), now,
    )  # fmt: skip
    rule_drafts.keep(centre, None, made)
    record(centre.hub, str(by), "rules-proposed", f"draft {made.id}", file=made.file, retire=rule.id)
    return _told(centre, by, made)


class DecideAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A draft in the version that one has read; a reason where it is rejected."""

    draft: str
    version: int
    reason: str = ""


@operation("rules.approve", "POST", "/rules/drafts/{draft}/approve")
@rule_drafts.one_after_another
def approve(centre: Centre, by: Caller, asked: DecideAsked) -> DraftTold:
    """Put in force what somebody else put forward."""
    found, kept = rule_drafts.find(centre, asked.draft)
    _stands(found, "proposed")
    _version(found, asked.version)
    if by.user.name in found.authors:
        raise AccessError("draft", "who wrote a rule does not switch it on", "ask a second person")
    if by.user.state != CENTRE:
        raise AccessError("draft", "rules hold for all states, and are switched on at the centre", "ask the centre")
    ids = [each.id for each in rule_files.changed(centre, found.file, found.text)]
    ruleset = rule_drafts.switch_on(centre, found, str(by))
    done = msgspec.structs.replace(
        found, state="approved", decided_by=str(by), decided_at=centre.hub.now(), decision=rule_drafts.in_words(asked.reason), ruleset=ruleset
    )  # fmt: skip
    record(
        centre.hub, str(by), "rules-approved", f"draft {found.id}", file=found.file, version=found.version, ruleset=ruleset,
        authors=found.authors,
    )  # fmt: skip
    rule_drafts.remember(centre, done, [] if found.kind == "retire" else ids)
    rule_drafts.keep(centre, kept, done)
    return _told(centre, by, done)


@operation("rules.reject", "POST", "/rules/drafts/{draft}/reject")
@rule_drafts.one_after_another
def reject(centre: Centre, by: Caller, asked: DecideAsked) -> DraftTold:
    """Do not put in force what was put forward; its authors may take it back so, too."""
    found, kept = rule_drafts.find(centre, asked.draft)
    _stands(found, "proposed", "draft")
    _version(found, asked.version)
    if found.state == "draft" and by.user.name not in found.authors:
        raise AccessError("draft", "it was not put forward yet", "speak to its author")
    done = msgspec.structs.replace(
        found, state="rejected", decided_by=str(by), decided_at=centre.hub.now(), decision=_reason(asked.reason)
    )
    rule_drafts.keep(centre, kept, done)
    record(centre.hub, str(by), "rules-rejected", f"draft {found.id}", file=found.file, version=found.version)
    return _told(centre, by, done)


def _stands(found: Draft, *states: str) -> None:
    if found.state not in states:
        raise ConflictError("draft", f"it is {found.state}", "open it again")


def _version(found: Draft, version: int) -> None:
    if found.version != version:
        raise ConflictError("draft", "somebody else changed it meanwhile", "open it again")


def _reason(reason: str) -> str:
    if not rule_drafts.in_words(reason):
        raise ConfigError("reason", "rules are changed for a reason", "say why in a few words")
    return rule_drafts.in_words(reason)
