"""`ops-hub case`: the cases that concern you, by the time that is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from ops_hub.cli.case_acts import PLAIN, Asker, at_desk, case_argument, decide, reason_option, refer, release, result
from ops_hub.cli.case_package import package_
from ops_hub.cli.common import as_json, show, table, told

# What is compared, the traveller's side beside the entry's.
_SIDES = (
    ("name", ("family_name", "given_names", "full_name"), ("names",)), ("birth", ("birth_date",), ("births",)),
    ("sex", ("sex",), ("sex",)), ("nationality", ("nationality",), ("nationalities",)),
    ("birth place", ("birth_place",), ("birth_places",)), ("documents", ("documents",), ("documents",)),
)  # fmt: skip


@click.group()
def case() -> None:
    """Work on cases: one traveller on one journey, with all hits about that.

    A hit is a lead for a person to verify. You see cases that concern your state, and of each what its owner allows.

    \b
    Example:
      ops-hub case list --as BRB/ana
      ops-hub case claim 7 --as BRB/ana
    """


@case.command("list")
@click.option("--all", "done", is_flag=True, help="Also those in which nothing is left to do.")
@click.option("--status", help="Only those in this state.")
@as_json
@at_desk
@told
def list_(asker: Asker, done: bool, status: str | None, as_json: bool) -> None:
    """List cases, the least time left first.

    \b
    Example:
      ops-hub case list --as BRB/ana:supervisor --status new
    """
    show(asker.ask("list", done=done, status=status)["cases"], as_json, _print_list)


def _print_list(found: list[dict[str, Any]]) -> None:
    rows = [
        (
            str(each["case"]), time_left(each["minutes_left"]), each["status"], each["flight"] or "-",
            f"{each['from_port'] or '?'}-{each['to_port'] or '?'}",
            "/".join(sorted({lead["band"] for lead in each.get("leads", [])})) or "-",
            each.get("no_content_because") or "; ".join(sorted({lead["words"] for lead in each.get("leads", [])})) or f"{each['hits']} hits",
        )
        for each in found
    ]  # fmt: skip
    table(rows, ("case", "time left", "status", "flight", "ports", "band", "what it is"))


def time_left(minutes: int | None) -> str:
    """Return a countdown for people, such as 2 h 05 or 15 min ago."""
    if minutes is None:
        return "-"
    hours, rest = divmod(abs(minutes), 60)
    text = f"{hours} h {rest:02}" if hours else f"{rest} min"
    return text if minutes >= 0 else f"{text} ago"


@case.command("show")
@case_argument
@click.option("--purpose", default="", help="Why you look, for the audit log.")
@as_json
@at_desk
@told
def show_(asker: Asker, number: int, purpose: str, as_json: bool) -> None:
    """Show a case: traveller and entry field by field, why they met, and what happened since.

    \b
    Example:
      ops-hub case show 7 --as BRB/ana --purpose 'inbound check'
    """
    show(asker.ask("show", case=number, purpose=purpose), as_json, _print_case)


def _print_case(found: dict[str, Any]) -> None:
    skipped = {"leads", "content", "traveller", "story", "elsewhere", "operations", "minutes_left", "minor"}
    for name, value in found.items():
        if name not in skipped and value not in (None, [], "", False):
            click.echo(f"{name.replace('_', ' ')}: {_text(value)}")
    if found.get("minor"):
        click.echo("the traveller is, or may be, a minor")
    if "minutes_left" in found and found["minutes_left"] is not None:
        click.echo(f"time left: {time_left(found['minutes_left'])}")
    for name, value in found.get("elsewhere", {}).items():
        click.echo(f"elsewhere, {name}: {_text(value)}")
    people = found.get("traveller", [])
    for lead in found.get("leads", []):
        gone = ", no longer listed" if lead["withdrawn"] else ""
        gone += ", decided before: not the person" if lead["quiet"] else ""
        click.echo(f"\nhit {lead['hit_id']} ({lead['band']}{gone}), owner {lead['owner']}: {lead['words']}")
        click.echo(f"ask: {', '.join(part for part in lead['contact'].values() if part)}")
        if lead.get("unknown_caveats"):
            click.echo(f"caveats that nobody here knows: {', '.join(lead['unknown_caveats'])}")
        if lead.get("not_told"):
            click.echo(f"not told, until you release it to them: {', '.join(lead['not_told'])}")
    for met in found.get("content", []):
        click.echo(f"\n{met.get('list_id', '')}/{met.get('entry_id', '')}, score {met.get('score', 0):.3f}")
        person, entry = (people or [met])[0], met.get("entry", {})
        rows = [(field, _side(person, ours), _side(entry, theirs)) for field, ours, theirs in _SIDES]
        table(rows, ("field", "traveller", "entry"))
        click.echo(f"why: {_text(met.get('explanation')) or '-'}")
    if people and not found.get("content"):
        click.echo("")
        table([(field, _side(people[0], ours)) for field, ours, _ in _SIDES], ("field", "traveller"))
    if found.get("story"):
        click.echo("\nWhat happened")
    for event in found.get("story", []):
        said = ", ".join(f"{k}: {_text(v)}" for k, v in event.items() if k not in ("number", "at", "kind", "by"))
        click.echo(
            f"{event['number']:>4}  {event['at']:%Y-%m-%d %H:%M} UTC  {event['kind']} by {_text(event['by'])}  {said}".rstrip()
        )


def _side(row: dict[str, Any], names: tuple[str, ...]) -> str:
    return ", ".join(text for name in names if (text := _text(row.get(name)))) or "-"


def _text(value: Any) -> str:
    """Return a value for people: lists and structs without what is empty."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}" + (" UTC" if value.tzinfo else "")
    if isinstance(value, dict) and {"from", "to"} <= value.keys():  # days of birth
        days = dict.fromkeys(_text(value[end]) for end in ("from", "to"))
        return " to ".join(days) + (" or so" if value.get("approximate") else "")
    if isinstance(value, dict) and "full" in value:  # a name: its parts say no more
        return _text(value["full"]) + (f" ({value['quality']})" if value.get("quality") else "")
    if isinstance(value, dict) and "number" in value:  # a document
        return _document(value)
    if isinstance(value, dict):
        return " ".join(_text(each) for each in value.values() if each not in (None, "", [], False))
    if isinstance(value, list | tuple):
        return "; ".join(_text(each) for each in value)
    # what others wrote must not look like lines of ours, nor steer a terminal
    return "" if value is None else "".join(sign if sign.isprintable() else " " for sign in str(value))


def _document(paper: dict[str, Any]) -> str:
    last = f" to {paper['number_to']}" if paper.get("number_to") else ""
    parts = [paper.get("type"), f"{paper['number'] or '-'}{last}", paper.get("issuer")]
    said = [" ".join(part for part in parts if part)]
    said += [f"{name} {paper[name]}" for name in ("issued", "expires") if paper.get(name)]
    said += [str(paper["status"])] if paper.get("status") else []
    said += ["verified" if paper["verified"] else "not verified"] if paper.get("verified") is not None else []
    return ", ".join(_text(each) for each in said)


@case.command("suppressed")
@click.option("--revoke", "number", type=int, metavar="N", help="End decision N: the pair is no longer quiet.")
@reason_option
@as_json
@at_desk
@told
def suppressed_(asker: Asker, number: int | None, reason: str, as_json: bool) -> None:
    """List the pairs that were decided not to be the person, and how many hits that made quiet; or end one.

    \b
    Example:
      ops-hub case suppressed --as BRB/ana
      ops-hub case suppressed --revoke 3 --as BRB/ana --reason 'it was the person'
    """
    if number is not None:
        show(asker.ask("revoke", number=number, reason=reason), as_json, _print_revoked)
        return
    show(asker.ask("suppressed")["decisions"], as_json, _print_suppressed)


def _print_revoked(said: dict[str, Any]) -> None:
    click.echo(f"decision {said['revoked']} is revoked; {len(said['cases'])} cases ask again")


def _print_suppressed(found: list[dict[str, Any]]) -> None:
    rows = [
        (
            str(each["number"]), f"{each['list_id']}/{each['entry_id']}" if each["list_id"] else "-", each["state"], each["scope"],
            f"{each['expires']:%Y-%m-%d}", each["by"], str(each["case"]), each["hits"], _text(each["reason"]) or "-",
        )
        for each in found
    ]  # fmt: skip
    table(rows, ("decision", "entry", "state", "scope", "until", "by", "case", "hits made quiet", "reason"))


for _command in (*PLAIN, refer, decide, result, release, package_):
    case.add_command(_command)
