"""`ops-hub rules`: test risk rules, list them, run them, see what they cost and whom they concern."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ops_hub import __version__
from ops_hub.cli.common import as_json, day_of, feeds_argument, read_options, show, table, today_option, told
from ops_hub.cli.rules_figures import audit, backtest
from ops_hub.cli.rules_inputs import (
    fed,
    file_hash,
    findings_of,
    findings_option,
    history_option,
    hits_of,
    hits_option,
    manifested_of,
    rule_option,
    rules_of,
    ruleset_hash,
    usable,
)
from ops_hub.config import data_dir
from ops_hub.journey import flag
from ops_hub.schemas import FLAGS, check
from ops_hub.store.files import write_csv, write_parquet, write_text
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.rulefile import Rule, read_rules
from ops_hub.targeting.typed import kind_of

paths_argument = click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")


@click.group()
def rules() -> None:
    """Risk rules: test and list them, run them over feeds, audit them.

    \b
    Example:
      ops-hub rules test rules/risk
    """


rules.add_command(audit)
rules.add_command(backtest)


@rules.command("test")
@paths_argument
@as_json
@told
def test_(paths: tuple[Path, ...], as_json: bool) -> None:
    """Check rule files and run the examples in them: rows on which a rule must and must not fire.

    PATH is a rule file or folder; the shipped rules/risk by default. Exit code 1 when a rule is refused or an example fails.

    \b
    Example:
      ops-hub rules test rules/risk
    """
    found = read_rules(paths or [data_dir("rules") / "risk"])
    said = {
        "rules": len(found.rules),
        "examples": sum(len(rule.must_fire) + len(rule.must_not_fire) for rule in found.rules),
        "refused": [str(error) for error in found.refused],
    }
    show(said, as_json, _tested)
    if said["refused"]:
        raise click.exceptions.Exit(1)


def _tested(said: dict[str, Any]) -> None:
    for line in said["refused"]:
        click.echo(f"refused  {line}")
    click.echo(f"{said['rules']} rules with {said['examples']} examples hold; {len(said['refused'])} refused")


@rules.command("list")
@paths_argument
@as_json
@told
def list_(paths: tuple[Path, ...], as_json: bool) -> None:
    """List the rules: id, severity, handling, validity, title; with --json everything, the condition and source too.

    \b
    Example:
      ops-hub rules list rules/risk
    """
    said = [
        {key: getattr(rule.written, key) for key in rule.written.__struct_fields__ if not key.startswith("must_")}
        | {"file": rule.source, "line": rule.line, "columns": list(rule.condition.columns)}
        for rule in rules_of(paths).rules
    ]
    show(said, as_json, _listed)


def _listed(rows: list[dict[str, Any]]) -> None:
    table(
        [(each["id"], each["severity"], each["handling"], each["valid_until"] or "", each["title"]) for each in rows],
        ("rule", "severity", "handling", "valid until", "title"),
    )


@rules.command("columns")
@as_json
@told
def columns_(as_json: bool) -> None:
    """Say what every column means that a rule may name, its kind, and whether it may decide alone.

    \b
    Example:
      ops-hub rules columns
    """
    said = [
        {"column": name, "kind": kind_of(fact.dtype), "trait": fact.trait, "meaning": fact.meaning}
        for name, fact in FACTS.items()
    ]
    show(said, as_json, _columns)


def _columns(rows: list[dict[str, Any]]) -> None:
    table(
        [(each["column"], each["kind"], each["trait"] or "", each["meaning"]) for each in rows],
        ("column", "kind", "trait", "meaning"),
    )
    click.echo(
        "\ntexts: a list of texts. A column with a trait tells who somebody is: it may stand beside others only, with a reason."
    )


@rules.command("run")
@feeds_argument
@rule_option
@history_option
@hits_option
@findings_option
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.")
@today_option
@as_json
@told
def run_(
    feeds: tuple[Path, ...], paths: tuple[Path, ...], history: tuple[Path, ...], hits: tuple[Path, ...], findings: tuple[Path, ...],
    out: Path, today: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Run risk rules over feeds and write the flags: flags.parquet, flags.csv and rules.json, the account.

    Manifests are made of the feeds where a rule asks about them; hits and findings are given, else rules about them are
    silent. All travellers of FEED and history are held in memory together, since rules compare their trips: about 2 GB a million.

    \b
    Example:
      ops-hub rules run sample_feeds --hits runs/demo/hits.parquet --today 2026-11-23 --out runs/flags
    """
    asked, day = usable(paths), day_of(today)
    options = read_options(day)
    found = fed(feeds, options)
    travellers = found.travellers
    earlier = fed(history, options) if history else None
    flags = flag(
        travellers.lazy(), asked, today=day, hits=hits_of(hits),
        history=earlier.travellers.lazy() if earlier else None,
        manifested=manifested_of(found, asked), findings=findings_of(findings),
    ).collect()  # fmt: skip
    counted = {
        key: dict(flags.group_by(key).len().sort(key).iter_rows()) for key in ("rule_id", "handling", "severity")
    }
    account = {
        "engine": __version__,
        "ruleset": ruleset_hash(asked),
        "inputs": found.files,
        "history": earlier.files if earlier else {},
        "hits": [file_hash(path) for path in hits],
        "findings": [file_hash(path) for path in findings],
        "today": day.isoformat(),
        "travellers": travellers.height,
        "rules": [rule.id for rule in asked if rule.holds_on(day)],
        "not_valid_today": [rule.id for rule in asked if not rule.holds_on(day)],
        "flags": flags.height,
        "flagged_travellers": flags["record_id"].n_unique(),
        "flags_by_rule": counted["rule_id"],
        "flags_by_handling": counted["handling"],
        "flags_by_severity": counted["severity"],
    }
    write_parquet(out / "flags.parquet", check(flags, FLAGS, "rules"))
    write_csv(out / "flags.csv", flags)
    write_text(out / "rules.json", json.dumps(account, indent=1, ensure_ascii=False) + "\n")
    show(account, as_json, lambda said: _ran(said, asked, out))


def _ran(said: dict[str, Any], asked: Sequence[Rule], out: Path) -> None:
    about = {rule.id: rule.written for rule in asked}
    click.echo(
        f"{said['travellers']:,} travellers, {len(said['rules'])} rules: {said['flags']:,} flags on {said['flagged_travellers']:,} travellers\n"
    )
    table(
        [(name, about[name].severity, about[name].handling, n) for name, n in said["flags_by_rule"].items()],
        ("rule", "severity", "handling", "flags"),
    )
    if protect := said["flags_by_handling"].get("protect"):
        click.echo(f"\n{protect:,} flags concern people to be protected: follow the protection route, not enforcement.")
    click.echo(f"\nresults: {out}   (flags.csv, flags.parquet, rules.json)")
