"""A brief as a page to print: `brief_html()`. What it says comes from `brief`."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from ops_hub.operations.paper import (
    Markup,
    bullets,
    described,
    joined,
    none,
    paper,
    paragraphs,
    section,
    table,
    tag,
    text,
    when,
)
from ops_hub.operations.targets import TERMS

_LEFT_SHOWN, _MORE_SHOWN = 15, 8
_CLOSING = (
    "A package is a lead for people to verify, never a verdict. Whoever may be a victim, a minor or in need of asylum is "
    "helped first, and is no suspect; migrants who pay to be brought over a border are no offenders by that."
)


def brief_html(said: Mapping[str, Any], chart_svg: str | None = None) -> str:
    """Return the page.

    Args:
        said: what `brief` returned.
        chart_svg: the link chart as SVG, made for the same reader; it is shown as a picture, so nothing in it can act.
    """
    for_whom = "the centre" if said["reader"] == "CENTRE" else said["reader"]
    body = [_plan(said), _readiness(said), _tasks(said)]
    if said["role"] != "services":
        body.append(_targets(said))
    body.append(_coverage(said["coverage"]))
    if chart_svg:
        picture = base64.b64encode(chart_svg.encode()).decode()
        image = Markup(f'<img class="chart" alt="Link chart of the network" src="data:image/svg+xml;base64,{picture}">')
        body.append(section("Network", image))
    body.append(_contacts(said))
    body.append(_protection(said))
    return paper(
        title=said["title"], kind=f"Brief for {for_whom} ({said['role']})",
        subtitle=f"{said['operation']}, plan {said['plan']}, made {said['made_at']:%d %b %Y %H:%M} UTC",
        handling=said["handling"], body=body, closing=_CLOSING,
    )  # fmt: skip


def _plan(said: Mapping[str, Any]) -> Markup:
    phases = [(each["kind"], f"{each['begins']}", f"{each['ends']}", each["goal"]) for each in said["phases"]]
    return section(
        "Plan",
        described([("Legal basis", said["legal_basis"]), ("About", ", ".join(said["crime_types"])), ("Objectives", bullets(said["objectives"]))]),
        table(("phase", "first day", "last day", "goal"), phases),
    )  # fmt: skip


def _readiness(said: Mapping[str, Any]) -> Markup:
    lines = said["readiness"]
    if lines is None:
        return section("Readiness", none("Nobody checked: ops-hub operation ready tells what stands in the way."))
    bad = [each for each in lines if each["level"] != "green"]
    rows = [(tag("span", each["level"], each["level"]), each["where"], each["what"], each["remedy"]) for each in bad]
    return section("Readiness", table(("", "where", "what", "remedy"), rows, empty="Nothing stands in the way."))


def _tasks(said: Mapping[str, Any]) -> Markup:
    parts: list[Markup] = []
    in_order = sorted(said["tasks"], key=lambda each: (*_place(each), each["due_at"]))
    for (state, port), rows in groupby(in_order, _place):
        cells = [
            (tag("span", when(each["due_local"], each["due_at"]), "t"), _kind(each), each["what"], _about(each["about"]))
            for each in rows
        ]  # fmt: skip
        parts.append(
            table(("due, local time", "task", "what", "about"), cells, caption=f"{state}, {port or 'not at a port'}")
        )
    if not parts:
        parts.append(none("No tasks."))
    if said["tasks_of_protection"]:
        parts.append(tag("p", "Further tasks are with the desks of protection and services."))
    return section("Tasks", *parts)


def _place(task: Mapping[str, Any]) -> tuple[str, str]:
    return task["state"], task["port"] or ""


def _kind(task: Mapping[str, Any]) -> str:
    return str(task["kind"]).replace("-", " ")


def _about(about: str | None) -> object:
    return tag("code", about) if about and ":" in about else about


def _targets(said: Mapping[str, Any]) -> Markup:
    intro = [
        "Ranked by a score of five terms that add up to it: place in the network, state of the case, time to the next "
        "journey, harm, and how good the evidence is. A high score is a reason to look first, not a finding."
    ]
    if said["packages_left_out"]:
        intro.append(f"{said['packages_left_out']} more persons of interest scored too low for a package.")
    key = joined(
        joined([Markup(f'<b class="{name}"></b>'), name]) for name in (term.removesuffix("_term") for term in TERMS)
    )
    cards = [_target(each) for each in said["targets"]]
    shown = [tag("p", key, "key"), *cards] if cards else [none("No packages.")]
    return section("Target packages", paragraphs(intro), *shown)


def _target(row: Mapping[str, Any]) -> Markup:
    parts = [(term.removesuffix("_term"), row[term]) for term in TERMS]
    bar = joined(
        Markup(f'<i class="{name}" style="width:{100 * value:.1f}%" title="{name} {value:.2f}"></i>')
        for name, value in parts
    )
    sums = " + ".join(f"{name} {value:.2f}" for name, value in parts)
    handling = {"discreet": "discreet: nobody is stopped on this list alone", "enforce": "enforce, after verification"}
    return tag(
        "div",
        joined([
            tag("h3", joined([tag("span", joined([f"{row['rank']}. ", _who(row)])), tag("span", f"{row['score']:.2f}", "score")])),
            tag("div", bar, "bar"), tag("p", f"{row['score']:.2f} = {sums}", "key"),
            described([
                ("Why", row["why"]), ("Next", _next(row)), ("Can act", _acts(row["acts"], bool(row["flight"]))),
                ("Handling", handling.get(row["handling"] or "", "no list says how")),
                ("Crime types", ", ".join(row["crime_types"])), ("Cases", ", ".join(str(each) for each in row["cases"])),
                ("Evidence", bullets(_evidence(row["evidence"]))), ("Protection", bullets(row["protection"])),
                ("Speak first to", bullets(row["others"])), ("Caveats", ", ".join(row["caveats"])),
            ]),
        ]),
        "card",
    )  # fmt: skip


def _who(row: Mapping[str, Any]) -> Markup:
    return joined([row["name"], " ", tag("code", row["person_id"])]) if row["name"] else tag("code", row["person_id"])


def _next(row: Mapping[str, Any]) -> Markup:
    if row["flight"] is None:
        return text("no journey known in the plan's window; watch for new manifests")
    leaves, arrives = when(row["departs_local"], row["departs_at"]), when(row["arrives_local"], row["arrives_at"])
    return joined([f"{row['flight']} {row['from_port']} to {row['to_port']}: leaves ", leaves, ", arrives ", arrives])


def _acts(acts: Sequence[Mapping[str, Any]], known: bool) -> Markup:
    if not acts:
        return text("no participating state is on this journey: ask the centre" if known else "")
    return bullets(
        joined([f"{act['state']} ({act['part']}, {act['port']}): ", when(act["local"], act["at"])]) for act in acts
    )


def _evidence(lines: Sequence[Mapping[str, Any]]) -> list[Markup]:
    made = []
    for each in lines:
        at = [each["source"], each["message_ref"] and f"message {each['message_ref']}"]
        at += [f"at {each['position']}"] if each["position"] is not None else []
        at += [f"record {each['record_id']}"] if each["record_id"] else []
        cite = ", ".join(part for part in at if part)
        made.append(joined([each["what"], tag("small", f" [{cite}]") if cite else ""]))
    return made


def _coverage(found: Mapping[str, Any] | None) -> Markup:
    if found is None:
        return section("Coverage", none("No roster was made."))
    roster = [
        (row["state"], row["port"], f"{row['day']:%a\u00a0%d\u00a0%b}", row["shift"], row["officers"], row["female"], ", ".join(row["interpreters"]),
         row["interest"], row["protection"], row["protection_left"])
        for row in found["roster"]
    ]  # fmt: skip
    left = [
        (row["state"], row["port"], f"{row['day']:%a\u00a0%d\u00a0%b}", row["shift"], row["interest"], row["protection"], _share(row["share"]), row["why"])
        for row in found["left"][:_LEFT_SHOWN]
    ]  # fmt: skip
    more = [(row["state"], row["port"], row["what"], f"{row['share']:+.1%}") for row in found["more"][:_MORE_SHOWN]]
    headings = (
        "state",
        "port",
        "day",
        "shift from",
        "officers",
        "women",
        "interpreters",
        "of interest",
        "to protect",
        "not met",
    )
    hidden = len(found["left"]) - len(left)
    whole = found["protection_told"]
    return section(
        "Coverage", paragraphs(found["words"]),
        table(headings, roster, caption="Roster, local days and times; expected persons on the right", empty="No shift is covered."),
        table(("state", "port", "day", "shift from", "of interest", "to protect", "share", "why"), left, caption="Not covered", empty="Everything expected is covered." if whole else "No shift with persons of interest is left."),
        tag("p", f"and {hidden} smaller ones (in the JSON form)") if hidden > 0 else "",
        table(("state", "port", "what", "adds"), more, caption="What more officers would add", empty="More officers would add nothing.")
        if whole else tag("p", "How many to be protected are expected, where and when, is told to the desks of protection and services."),
    )  # fmt: skip


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _contacts(said: Mapping[str, Any]) -> Markup:
    kinds = ("police", "immigration", "prosecutor", "victim_services")
    rows = [
        (f"{each['state']}{' (leads)' if each['coordinates'] else ''}", *(_desk(each[kind]) for kind in kinds))
        for each in said["focal_points"]
    ]
    return section("Focal points", table(("state", *(kind.replace("_", " ") for kind in kinds)), rows))


def _desk(desk: Mapping[str, str] | None) -> Markup:
    if desk is None:
        return tag("span", "not named", "red")
    return joined([desk["desk"], *(tag("small", f" {desk[name]}") for name in ("email", "duty_phone") if desk[name])])


def _protection(said: Mapping[str, Any]) -> Markup:
    found = said["protection"]
    if found is None:
        return section("Protection", tag("p", "Protection desks and victim services have a part of their own. Where somebody may need help, call them before any question."))  # fmt: skip
    cards = [_sheltered(each) for each in found] or [none("Nobody to be protected is known to travel.")]
    intro = "For protection desks and victim services only: take this part off before the brief is handed on."
    return section("Protection packages", tag("p", intro, "red"), *cards, kind="apart")


def _sheltered(row: Mapping[str, Any]) -> Markup:
    minor = " (minor)" if row["minor"] else ""
    return tag(
        "div",
        joined([
            tag("h3", tag("span", joined([f"{row['rank']}. ", _who(row), minor]))),
            described([
                ("Why", row["why"]), ("Next", _next(row)), ("Can help", _acts(row["acts"], bool(row["flight"]))),
                ("Services", row["services"] or "none named where the person arrives"), ("Needs", bullets(row["needs"])),
                ("Language", f"perhaps {row['language']} (guess)" if row["language"] else "not known"),
                ("Keep apart from", bullets(tag("code", each) for each in row["along"])),
                ("Speak first to", bullets(row["others"])), ("Caveats", ", ".join(row["caveats"])),
            ]),
        ]),
        "card care",
    )  # fmt: skip
