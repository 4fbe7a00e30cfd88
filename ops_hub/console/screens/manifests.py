"""The screens of manifests: flights by departure with what is missing, carriers' compliance, and one flight."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.console.marking import _

WINDOWS = ((6, 12), (24, 24), (72, 48), (240, 72))  # hours back and ahead
CONDITIONS = (_("missing"), _("incomplete"), _("late"), _("awaited"), _("complete"), _("cancelled"))
# Roles and states of people, which templates show by what they are.
WORDS = (
    _("passenger"), _("crew"), _("transit"), _("transit-crew"), _("booked"), _("checked-in"), _("boarded"), _("closed"),
    _("offloaded"), _("no-show"),
)  # fmt: skip
_DEFAULT = (24, 24)
_FILTERS = ("state", "port", "carrier", "condition")


@screen("/manifests")
def manifests(asked: Asked) -> Response:
    """Show the flights of a window, those with something missing marked by sign and word."""
    query = {name: str(value).strip() for name, value in asked.query.items() if isinstance(value, str)}
    window = query.pop("window", "")
    back, ahead = window.partition("-")[::2]
    if window:
        query |= {"back": back, "ahead": ahead}
    else:
        query = {"back": str(_DEFAULT[0]), "ahead": str(_DEFAULT[1])} | query
    found = asked.ask("manifests.show", **query)
    total = sum(found.counts.values())
    judged = total - found.counts.get("awaited", 0) - found.counts.get("cancelled", 0)
    good = found.counts.get("complete", 0) + found.counts.get("late", 0)
    chosen = {name: query.get(name, "") for name in _FILTERS} | {"window": f"{query['back']}-{query['ahead']}"}
    return asked.page(
        "manifests.html", found=found, windows=WINDOWS, conditions=CONDITIONS, chosen=chosen, total=total, judged=judged,
        good=good, states=_states(asked), parts=_parts(found.counts, total),
        again=f"{asked.request.url.path}?{asked.request.url.query}",
    )  # fmt: skip


@screen("/manifests/flight")
def flight(asked: Asked) -> Response:
    """Show one flight: what came in order, what is missing, and its people as numbers."""
    name = str(asked.query.get("manifest_id", ""))
    return asked.page("manifests_flight.html", found=asked.ask("manifests.flight", manifest_id=name), people=None)


@screen("/manifests/people")
def people(asked: Asked) -> Response:
    """Show one flight with its people by name."""
    name = str(asked.query.get("manifest_id", ""))
    named = asked.ask("manifests.people", manifest_id=name)
    return asked.page(
        "manifests_flight.html", found=asked.ask("manifests.flight", manifest_id=name), people=named.people
    )


def _states(asked: Asked) -> list[str]:
    return sorted(asked.centre.desk.states.by_code)


def _parts(counts: dict[str, int], total: int) -> list[dict[str, Any]]:
    """Return the parts of the bar of completeness: condition, how many, where it begins and how wide it is, in per cent."""
    made, at = [], 0.0
    for name in ("complete", "late", "incomplete", "missing", "awaited", "cancelled"):
        wide = 100 * counts.get(name, 0) / total if total else 0.0
        if wide:
            made.append({"name": name, "many": counts[name], "at": round(at, 2), "wide": round(wide, 2)})
        at += wide
    return made
