"""The screen of operations: the list, the board of one with its parts, tasks, packages, roster, readiness, papers.

What is costly is asked by htmx once the page stands: readiness, map, results (again every 15 seconds), proposals.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.responses import Response

from ops_hub.casework.case import CENTRE
from ops_hub.console.asked import Asked, screen
from ops_hub.console.handing_out import handed_out
from ops_hub.console.marking import _
from ops_hub.console.routemap import route_map
from ops_hub.errors import MissingError
from ops_hub.operations.tasks import KINDS, PROTECTIVE_KINDS, PROTECTIVE_ROLES

# Words of plans, tasks and journals that templates show by what they are.
WORDS = (
    _("gathering"), _("action"), _("after"), _("before"), _("between"), _("over"), _("open"), _("done"), _("dropped"), _("all"),
    _("police"), _("immigration"), _("prosecutor"), _("victim services"),
    _("watch arrival"), _("secondary check"), _("protection reception"), _("interview with services"), _("prosecutor briefing"),
    _("list update"), _("coordination"), _("shift"), _("other"), _("departure"), _("transit"), _("destination"),
    _("acknowledged"), _("tasks set"), _("task added"), _("task done"), _("task dropped"), _("result"), _("proposed"),
    _("dates"), _("focal points"), _("lists"), _("carriers"), _("protection places"), _("reception"), _("officers"),
    _("tasks"), _("late tasks"), _("other days, or day not told"),
)  # fmt: skip
# What a check says that names nobody, and what to do about it.
CHECKED = (
    _("the operation is closed"), _("has not acknowledged the plan"), _("let its desk read the plan"),
    _("names no prosecutor"), _("name one in plan.toml: who is arrested comes before a prosecutor at once"),
    _("names no victim services"),
    _("name them in plan.toml: whoever may be a victim is received by them, not by enforcement"),
    _("nobody looked at the lists"), _("nobody says when it was changed last"), _("the plan names no route"),
    _("nobody looked whether carriers send their lists"), _("give the feeds and --schedule"),
    _("nobody looked how many people to be protected are expected"),
    _("people to be protected are expected, and no female officer is declared"),
    _("people to be protected are expected, and no interpreter is declared"),
    _("no officers are declared at this priority port"), _("make them"), _("do or drop them"),
    _("find places with its victim services or in another state, and enter them: protection_places"),
)  # fmt: skip
_AT = "/operations/{operation}"
_FILTERS = ("state", "port", "kind", "status")
_WIDE = 1000  # of the drawing of phases


@screen("/operations")
def listing(asked: Asked) -> Response:
    """List the operations."""
    return asked.page("operations.html", found=asked.ask("operations.list").operations, today=_today(asked))


@screen(_AT)
def board(asked: Asked) -> Response:
    """Show the board."""
    told = asked.ask("operations.show", **asked.path)
    tasks = asked.ask("operations.tasks", **asked.path)
    soon = [each for each in tasks.tasks if each.own][:8] or tasks.tasks[:8]
    return _part(asked, "operations_board.html", board=told, phases=_phases(told), soon=soon, open=len(tasks.tasks))


@screen(_AT + "/acknowledge", methods=("POST",))
def acknowledge(asked: Asked) -> Response:
    """Acknowledge the plan that was read."""
    asked.ask("operations.acknowledge", **asked.path, plan=asked.form.get("plan", ""))
    return asked.go(f"/operations/{asked.path['operation']}")


@screen(_AT + "/tasks")
def tasks(asked: Asked) -> Response:
    """Show tasks, filtered."""
    return _tasks(asked, {name: asked.query.get(name, "") for name in _FILTERS})


def _tasks(asked: Asked, chosen: dict[str, Any]) -> Response:
    told = asked.ask("operations.tasks", **asked.path, **chosen)
    own, role = asked.user.state, asked.centre.roles.find(asked.user.role)
    helps = role is not None and role.acts_as in PROTECTIVE_ROLES
    kinds = [kind for kind in KINDS if helps or kind not in PROTECTIVE_KINDS]
    return _part(asked, "operations_tasks.html", told=told, chosen=chosen, kinds=kinds, own=own, centre=CENTRE)


@screen(_AT + "/tasks", methods=("POST",))
def add_task(asked: Asked) -> Response:
    """Add a task."""
    said = {name: asked.form.get(name, "") for name in ("state", "port", "kind", "due", "what", "about")}
    asked.ask("operations.add_task", **asked.path, **said)
    return asked.go(f"/operations/{asked.path['operation']}/tasks")


@screen(_AT + "/tasks/{task}", methods=("POST",))
def end_task(asked: Asked) -> Response:
    """Say that a task is done, or drop it; the list comes back as it was filtered."""
    path = asked.path
    asked.ask("operations.task", **path, verb=asked.form.get("verb", ""), reason=asked.form.get("reason", ""))
    if not asked.partial:
        return asked.go(f"/operations/{path['operation']}/tasks")
    del path["task"]
    chosen = {name: asked.form.get(name, "") for name in _FILTERS}
    told = asked.ask("operations.tasks", **path, **chosen)
    return _part(
        asked, "operations_tasks.html", told=told, chosen=chosen, kinds=[], own=asked.user.state, centre=CENTRE
    )


@screen(_AT + "/readiness")
def readiness(asked: Asked) -> Response:
    """Show what stands in the way."""
    return _part(asked, "operations_readiness.html", told=asked.ask("operations.readiness", **asked.path))


@screen(_AT + "/map")
def map_(asked: Asked) -> Response:
    """Show the map of routes, and the same as a table."""
    told = asked.ask("operations.routes", **asked.path)
    return _part(asked, "operations_map.html", told=told, drawn=route_map(told))


@screen(_AT + "/results")
def results(asked: Asked) -> Response:
    """Show results as they come."""
    return _part(asked, "operations_results.html", told=asked.ask("operations.results", **asked.path))


@screen(_AT + "/proposals")
def proposals(asked: Asked) -> Response:
    """Show what was proposed."""
    return _part(asked, "operations_proposals.html", told=asked.ask("operations.proposals", **asked.path))


@screen(_AT + "/targets")
def targets(asked: Asked) -> Response:
    """Show the packages, or that there is no network to make them of."""
    return _of_network(asked, "operations_targets.html", "operations.targets")


@screen(_AT + "/targets", methods=("POST",))
def set_tasks(asked: Asked) -> Response:
    """Set the tasks that follow from the packages."""
    asked.ask("operations.set_tasks", **asked.path, network=asked.form.get("network", ""))
    return asked.go(f"/operations/{asked.path['operation']}/tasks")


@screen(_AT + "/coverage")
def coverage(asked: Asked) -> Response:
    """Show the roster, or that there is no network to make it of."""
    return _of_network(asked, "operations_coverage.html", "operations.coverage")


def _of_network(asked: Asked, template: str, operation: str) -> Response:
    asked.ask("operations.show", **asked.path)  # there is one, for who asks
    if not asked.partial:  # the page stands at once, and asks for its part
        return _part(asked, template)
    try:
        told = asked.ask(operation, **asked.path, network=asked.query.get("network", ""))
    except MissingError:
        return _part(asked, template, told=None)
    return _part(asked, template, told=told)


@screen(_AT + "/papers")
def papers(asked: Asked) -> Response:
    """Show which papers can be written."""
    asked.ask("operations.show", **asked.path)
    return _part(asked, "operations_papers.html")


@screen(_AT + "/papers/{paper}", methods=("POST",))
def paper(asked: Asked) -> Response:
    """Write a paper, for a purpose that is named for it alone."""
    path = asked.path
    name = path.pop("paper")
    if name not in ("brief", "report"):
        raise MissingError(name[:40], "there is no such paper", "write a brief or a report")
    said = {key: asked.form.get(key, "") for key in ("network", "form")}
    made = asked.ask(f"operations.{name}", purpose=str(asked.form.get("purpose", "")), **path, **said)
    return handed_out(made)


def _part(asked: Asked, template: str, **context: Any) -> Response:
    """Return a page of an operation: the part alone where htmx asks for it."""
    return asked.page(template, operation=asked.path["operation"], today=_today(asked), **context)


def _today(asked: Asked) -> dt.date:
    return asked.centre.hub.now().astimezone(dt.UTC).date()


def _phases(told: dict[str, Any]) -> dict[str, Any]:
    """Return phases as a drawing has them: where each begins and how wide it is, and where today is."""
    days = (told["ends"] - told["begins"]).days + 1

    def place(day: dt.date) -> float:
        return float(round((day - told["begins"]).days / days * _WIDE, 1))

    bars = []
    for number, each in enumerate(told["phases"], 1):
        left = place(each["begins"])
        wide = max(place(each["ends"] + dt.timedelta(days=1)) - left, 6.0)
        bars.append(
            each | {"number": number, "x": left, "w": wide, "now": each["begins"] <= told["today"] <= each["ends"]}
        )
    inside = told["begins"] <= told["today"] <= told["ends"]
    return {"bars": bars, "wide": _WIDE, "today": place(told["today"]) if inside else None}
