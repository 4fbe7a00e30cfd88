"""An after-action report as a page to print: `report_html()`. What it says comes from `report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ops_hub.operations.paper import Markup, bullets, described, joined, none, paper, section, table, tag

_FIGURES = (
    ("arrests", "arrests", ""), ("referred", "cases referred to a prosecutor", ""), ("prosecuted", "cases prosecuted", ""),
    ("confirmed", "leads confirmed", ""), ("protected", "persons protected", "care"), ("migrants", "irregular migrants found (no suspects)", "care"),
    ("cases", "cases of persons of interest", ""),
)  # fmt: skip


def report_html(said: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        said: what `report` returned.
    """
    body = [_head(said)]
    if said["nothing"]:
        body.append(
            section(
                "Result", none("No case of this operation is known: there is nothing to count, and nothing is claimed.")
            )
        )
    else:
        body += [_figures(said), _people(said), _timeline(said), _links(said), _shares(said)]
    body += [_states(said), _lessons(said)]
    closing = (
        f"All figures are counted from cases and what was said of them; none is typed in. Groups of fewer than {said['smallest']} "
        "persons are not shown, nor what they could be computed from. Persons to be protected are counted apart: no other figure holds them."
    )
    return paper(
        title=said["title"], kind="After-action report", subtitle=f"{said['operation']}, {said['begins']} to {said['ends']}, plan {said['plan']}; {', '.join(said['states'])}",
        handling=said["handling"], body=body, closing=closing,
    )  # fmt: skip


def _head(said: Mapping[str, Any]) -> Markup:
    missing = [state for state in said["states"] if state not in said["acknowledged"]]
    return section(
        "Operation",
        described([
            ("Legal basis", said["legal_basis"]), ("Objectives", bullets(said["objectives"])),
            ("Plan acknowledged", f"by {', '.join(said['acknowledged']) or 'nobody'}"),
            ("Not acknowledged", ", ".join(missing)),
        ]),
    )  # fmt: skip


def _figures(said: Mapping[str, Any]) -> Markup:
    def shown(value: object) -> str:
        return f"{value:,}" if isinstance(value, int) else str(value)

    boxes = joined(
        tag("div", joined([tag("b", shown(said["figures"][name])), tag("span", words)]), kind)
        for name, words, kind in _FIGURES
    )
    return section("Result", tag("div", boxes, "figures"), *[tag("p", line, "red") for line in said["to_correct"]])


def _people(said: Mapping[str, Any]) -> Markup:
    def rows(name: str) -> list[tuple[object, ...]]:
        return [(each["group"], each["persons"]) for each in said[name]]

    tables = [
        table(("nationality", "persons"), rows("protected_by_nationality"), caption="Persons protected", empty="none"),
        table(("state that took them in", "persons"), rows("protected_by_state"), caption="Persons protected, by state", empty="none"),
        table(("nationality", "persons"), rows("migrants_by_nationality"), caption="Irregular migrants found", empty="none"),
    ]  # fmt: skip
    apart = "Neither are suspects, and no other figure of this report holds them."
    return section("People", tag("p", apart), tag("div", joined(tag("div", each) for each in tables), "side"))


def _timeline(said: Mapping[str, Any]) -> Markup:
    names = ("opened", "decided", "confirmed", "arrests", "referred", "prosecuted")
    rows = [
        (
            each["phase"],
            f"{each['begins']} to {each['ends']}" if each["begins"] else "",
            *(each[name] for name in names),
        )
        for each in said["timeline"]
    ]
    after = [(name.replace("-", " "), count) for name, count in said["after_arrest"].items()]
    return section(
        "By phase",
        table(("phase", "days", "cases opened", *names[1:]), rows),
        table(("result", "cases"), after, caption="What came of the cases", empty="no results were said"),
    )


def _links(said: Mapping[str, Any]) -> Markup:
    links = said["links"]
    rows = list(links["by_crime"].items())
    lines = [
        f"cases that touch other kinds of crime than the operation is about: {links['cases']}",
        f"cases in which links to others were found and said so: {links['found']}",
        *links["findings"],
    ]
    return section(
        "Links to other crime",
        bullets(lines),
        table(("crime type", "cases"), rows, empty="no other crime type") if rows else "",
    )


def _shares(said: Mapping[str, Any]) -> Markup:
    parts = [_share_table("Hits by list", "list", said["lists"])]
    if said["lists_unknown"]:
        parts.append(
            tag(
                "p", f"Of {said['lists_unknown']} cases the lists are not told to this reader, or none is left.", "none"
            )
        )
    rules = said["rules"]
    parts.append(
        none("Risk rules: no flags were given.") if rules is None else _share_table("Flags by risk rule", "rule", rules)
    )
    return section("Hits, and how many were right", *parts)


def _share_table(caption: str, what: str, found: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        (each["name"], each["cases"], each["confirmed"], each["refuted"], each["undecided"], _interval(each))
        for each in found
    ]
    return table(
        (what, "cases", "confirmed", "somebody else", "open", "confirmed of decided (95 %)"),
        rows,
        caption=caption,
        empty="none",
    )


def _interval(each: Mapping[str, Any]) -> Markup | str:
    if each["share"] is None:
        return "none decided"
    low, high, share = (100 * each[name] for name in ("low", "high", "share"))
    bar = Markup(
        f'<span class="share"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i><u style="left:{share:.1f}%"></u></span>'
    )
    return joined([bar, f"{share:.0f} % ({low:.0f} to {high:.0f})"])


def _states(said: Mapping[str, Any]) -> Markup:
    rows = [
        (each["state"], each["worked_on"], each["decided"], each["hits_of_lists"], each["confirmed_of_lists"], each["arrests"], each["answers"],
         f"{each['tasks_done']} of {each['tasks']}")
        for each in said["by_state"]
    ]  # fmt: skip
    headings = (
        "state",
        "cases worked on",
        "decided",
        "hits of its lists",
        "confirmed",
        "arrests",
        "answers given",
        "tasks done",
    )
    return section("What each state contributed", table(headings, rows))


def _lessons(said: Mapping[str, Any]) -> Markup:
    lines = [
        joined(
            [
                tag("b", each["by"]),
                bullets(line.removeprefix("- ") for line in each["lesson"].splitlines() if line.strip()),
            ]
        )
        for each in said["lessons"]
    ]
    red = [tag("h3", "Red lines that still stood"), bullets(said["readiness"])] if said["readiness"] else []
    return section("Lessons", bullets(lines) or none("None written down."), *red)
