"""`ops-hub rules audit` and `backtest`: whom rules concern, and what they would have cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, day_of, feeds_argument, read_options, show, table, today_option, told
from ops_hub.cli.rules_inputs import (
    fed,
    findings_of,
    findings_option,
    history_option,
    hits_of,
    hits_option,
    manifested_of,
    outcomes_of,
    rule_option,
    travellers_of,
    usable,
)
from ops_hub.config import data_dir
from ops_hub.errors import ConfigError
from ops_hub.targeting.facts import facts
from ops_hub.targeting.figures import (
    ANY,
    MATCHING,
    NAME_GROUPS,
    SMALLEST,
    decided,
    disparity,
    judged,
    overlap,
    per_day,
    traditions,
)


@click.command("audit")
@feeds_argument
@rule_option
@history_option
@hits_option
@findings_option
@today_option
@as_json
@told
def audit(
    feeds: tuple[Path, ...], paths: tuple[Path, ...], history: tuple[Path, ...], hits: tuple[Path, ...], findings: tuple[Path, ...],
    today: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Say how often rules flag people of each nationality, sex and age group, beside the travellers' own shares.

    With --hits the same for name matching, also by script of the name and by naming tradition. Groups of fewer than 10
    travellers stand together. A ratio of 2 says: flagged twice as often as everybody.

    \b
    Example:
      ops-hub rules audit sample_feeds --hits runs/demo/hits.parquet --today 2026-11-23
    """
    options = read_options(day_of(today))
    asked = tuple(rule for rule in usable(paths) if rule.holds_on(options.today))
    found = fed(feeds, options)
    known = facts(
        found.travellers.lazy(), today=options.today, hits=hits_of(hits),
        history=travellers_of(history, options).lazy() if history else None,
        manifested=manifested_of(found, asked), findings=findings_of(findings),
    )  # fmt: skip
    people = judged(known, asked, tradition=traditions(data_dir("rules") / "cultures.toml"), matching=bool(hits))
    rates = disparity(people)
    if hits:
        rates = pl.concat([rates, disparity(people, NAME_GROUPS).filter(pl.col("rule") == MATCHING)])
    show(rates.to_dicts(), as_json, _audited)


def _audited(rows: list[dict[str, Any]]) -> None:
    names = [
        name
        for name in dict.fromkeys(row["rule"] for row in rows)
        if any(row["flags"] for row in rows if row["rule"] == name)
    ]
    few = [
        name
        for name in names
        if name != ANY and sum(r["flags"] for r in rows if r["rule"] == name and r["by"] == "sex") < SMALLEST
    ]
    many = [name for name in names if name not in few]
    for name in many or ([ANY] if rows and not few else []):
        click.echo(f"{name}")
        shown = [
            (f"  {row['by']}", row["group"], row["travellers"], _percent(row["share"]), row["flags"], _percent(row["flag_share"]), f"{row['rate']:.1f}", "" if row["ratio"] is None else f"{row['ratio']:.2f}")
            for row in rows
            if row["rule"] == name
        ]  # fmt: skip
        table(shown, ("  by", "group", "travellers", "share", "flags", "share of flags", "per 1,000", "ratio"))
        click.echo("")
    if few:
        click.echo(f"fewer than {SMALLEST} flags, too few to compare groups (--json has them): {', '.join(few)}")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


@click.command("backtest")
@click.argument("names", nargs=-1, required=True, metavar="RULE...")
@rule_option
@click.option(
    "--history",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help="Feeds of the time to test on, and before.",
)
@click.option("--since", metavar="DATE", help="First day of departure to judge [default: all].")
@click.option("--until", metavar="DATE", help="Last day of departure to judge [default: all].")
@hits_option
@findings_option
@click.option(
    "--outcomes",
    type=click.Path(path_type=Path, dir_okay=False),
    help="CSV of decisions (record_id, outcome, rule_id): what became of travellers, confirmed or cleared.",
)
@as_json
@told
def backtest(
    names: tuple[str, ...], paths: tuple[Path, ...], history: tuple[Path, ...], since: str | None, until: str | None,
    hits: tuple[Path, ...], findings: tuple[Path, ...], outcomes: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Say what rules would have found before they are switched on: flags a day, overlap with other rules, and rates.

    RULE is the id of a rule in --rule. Payers and contacts are counted over all of the history, later days included.

    \b
    Example:
      ops-hub rules backtest payer-of-many --history sample_feeds --since 2026-11-20 --until 2026-11-24
    """
    asked = usable(paths)
    ids = [rule.id for rule in asked]
    for name in names:
        if name not in ids:
            raise ConfigError(
                name, "no rule here has this id", "`ops-hub rules list` names them; --rule names other files"
            )
    first, last = (day_of(each) if each else None for each in (since, until))
    if first and last and last < first:
        raise click.UsageError(f"the period {first} to {last} ends before it begins: exchange --since and --until")
    options = read_options(last or day_of(None))
    found = fed(history, options)
    decisions = outcomes_of(outcomes)
    known = facts(
        found.travellers.lazy(), today=options.today, hits=hits_of(hits),
        manifested=manifested_of(found, asked), findings=findings_of(findings),
    )  # fmt: skip
    day = pl.col("departs_at").dt.date()
    for bound in ([day >= first] if first else []) + ([day <= last] if last else []):
        known = known.filter(bound)
    people = judged(known, asked)
    days, rates = per_day(people, names), disparity(people)
    said = {
        "travellers": people.height,
        "days": days.height,
        "rules": [
            {
                "rule": name,
                "flags": int(people[name].sum()),
                "per_day": days.select("day", "travellers", pl.col(name).alias("flags")).to_dicts(),
                "outcomes": decided(people, name, decisions) if decisions is not None else None,
                "overlap": overlap(people, name, ids).to_dicts(),
                "rates": rates.filter(pl.col("rule") == name).to_dicts(),
            }
            for name in names
        ],
    }
    show(said, as_json, _tested_back)


def _tested_back(said: dict[str, Any]) -> None:
    for each in said["rules"]:
        a_day = each["flags"] / said["days"] if said["days"] else 0.0
        click.echo(f"{each['rule']}: {each['flags']:,} flags on {said['travellers']:,} travellers, {a_day:.1f} a day\n")
        table(
            [(str(row["day"]), row["travellers"], row["flags"]) for row in each["per_day"]],
            ("day", "travellers", "flags"),
        )
        click.echo("")
        table(
            [(row["rule"], row["both"], _percent(row["share"])) for row in each["overlap"]],
            ("also flagged by", "travellers", "share"),
        )
        click.echo("")
        if (after := each["outcomes"]) is not None:
            shares = (
                f"{_percent(after['confirmed_share'])} of those decided"
                if after["confirmed_share"] is not None
                else "none decided"
            )
            click.echo(
                f"confirmed {after['confirmed']:,} ({shares}), cleared {after['cleared']:,}, undecided {after['undecided']:,}\n"
            )
        _audited(each["rates"])
