"""The screen of rules: those that hold, drafts written and tested, and what a second person puts in force."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.errors import ConfigError, MissingError

_MODEL = """author = "{author}"
legal_basis = ""

[[rule]]
id = "new-rule"
title = ""
severity = "low"
handling = "discreet"
categories = ["smuggling"]
when = ""
action = ""
source = ""
must_fire = [{{ }}]
must_not_fire = [{{ }}]
"""


@screen("/rules")
def rules(asked: Asked) -> Response:
    """Show the rules that hold, and drafts."""
    drafts = asked.ask("rules.drafts") if asked.may("rules.drafts") else []
    return asked.page("rules.html", told=asked.ask("rules.show"), drafts=drafts)


@screen("/rules/new")
def new(asked: Asked) -> Response:
    """Show the editor with a file that holds, or a model of one."""
    texts, name = asked.ask("rules.show", texts=True).texts, str(asked.query.get("file", ""))
    text = texts.get(name) or _MODEL.format(author=asked.user.name)
    return _editor(asked, name if name in texts else "", text)


@screen("/rules/drafts", methods=("POST",))
def keep(asked: Asked) -> Response:
    """Keep a draft, and put it forward where that is wanted."""
    given = {name: str(asked.form.get(name, "")) for name in ("file", "text", "draft", "version")}
    try:
        told = asked.ask("rules.edit", **given)
        if asked.form.get("act") == "propose":
            reason = str(asked.form.get("reason", ""))
            told = asked.ask("rules.propose", draft=told.draft.id, version=told.draft.version, reason=reason)
    except ConfigError as error:
        if not given["draft"]:
            return _editor(asked, given["file"], given["text"], error=error)
        found = asked.ask("rules.draft", draft=given["draft"])
        return _editor(asked, given["file"], given["text"], found, error=error)
    return asked.go(f"/rules/drafts/{told.draft.id}")


@screen("/rules/check", methods=("POST",))
def check(asked: Asked) -> Response:
    """Show what is wrong with a text, as it is typed."""
    given = {name: str(asked.form.get(name, "")) for name in ("file", "text")}
    return asked.page("rules_part_check.html", tested=asked.ask("rules.test", **given))


@screen("/rules/drafts/{draft}")
def draft(asked: Asked) -> Response:
    """Show a draft: in the editor while it is one, else as it was put forward, with the difference."""
    told = asked.ask("rules.draft", draft=asked.path["draft"])
    if told.draft.state == "draft" and asked.may("rules.edit"):
        return _editor(asked, told.draft.file, told.draft.text, told)
    return asked.page("rules_draft.html", told=told)


@screen("/rules/drafts/{draft}", methods=("POST",))
def decide(asked: Asked) -> Response:
    """Approve or reject what was put forward."""
    act = str(asked.form.get("act", ""))
    if act not in ("approve", "reject"):
        raise ConfigError("act", "nothing that can be done is named", "use the buttons of the page")
    given = {name: str(asked.form.get(name, "")) for name in ("version", "reason")}
    asked.ask(f"rules.{act}", draft=asked.path["draft"], **given)
    return asked.go(f"/rules/drafts/{asked.path['draft']}" if act == "reject" else "/rules")


@screen("/rules/backtests", methods=("POST",))
def backtest(asked: Asked) -> Response:
    """Begin a back-test and show how it stands."""
    given = {name: str(asked.form.get(name, "")) for name in ("draft", "rule", "days")}
    told = asked.ask("rules.backtest", **given)
    if asked.partial:
        return asked.page("rules_part_backtest.html", told=told)
    return asked.go(f"/rules/backtests/{told.id}")


@screen("/rules/backtests/{backtest}")
def backtested(asked: Asked) -> Response:
    """Show what came of a back-test."""
    told = asked.ask("rules.backtested", backtest=asked.path["backtest"])
    return asked.page("rules_part_backtest.html" if asked.partial else "rules_backtest.html", told=told)


@screen("/rules/retire", methods=("POST",))
def retire(asked: Asked) -> Response:
    """Ask that a rule be switched off."""
    given = {name: str(asked.form.get(name, "")) for name in ("rule", "reason")}
    told = asked.ask("rules.retire", **given)
    return asked.go(f"/rules/drafts/{told.draft.id}")


@screen("/rules/{rule}")
def one(asked: Asked) -> Response:
    """Show one rule that holds."""
    told = asked.ask("rules.show")
    found = next((each for each in told.rules if each.rule.id == asked.path["rule"]), None)
    if found is None:
        raise MissingError("rule", "there is no such rule in force", "see the screen Rules")
    return asked.page("rules_one.html", each=found, runs=told.runs, ruleset=told.ruleset)


def _editor(asked: Asked, file: str, text: str, told: Any = None, *, error: ConfigError | None = None) -> Response:
    tested = asked.ask("rules.test", file=file, text=text) if text and file and error is None else None
    return asked.page(
        "rules_edit.html",
        200 if error is None else 422,
        file=file,
        text=text,
        told=told,
        error=error,
        tested=tested,
        columns=asked.ask("rules.columns"),
    )
