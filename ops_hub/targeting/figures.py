"""What rules cost and whom they concern: flags a day, overlap of rules, and rates beside the travellers' own shares.

Reach for `judged()`, then `disparity()`, `per_day()` and `overlap()`. Nothing in here decides anything.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.targeting.evaluate import fired
from ops_hub.targeting.rulefile import Rule

SMALLEST = 10  # travellers in a group; figures about fewer could be about one person
ANY = "any rule"
MATCHING = "name matching"  # counted beside the rules: a hit of band high or review
_AGES = {5: "0-4", 12: "5-11", 18: "12-17", 30: "18-29", 45: "30-44", 60: "45-59"}  # below this age: group
_OLDEST = "60 and over"
GROUPS = ("nationality", "sex", "age group")
NAME_GROUPS = ("script", "naming tradition")
_SCRIPTS = (
    "Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Hangul", "Han", "Hebrew", "Hiragana",
    "Katakana", "Khmer", "Tamil", "Thai",
)  # fmt: skip
_MET = ("high", "review")  # a document that is listed says nothing about names


def traditions(path: Path) -> dict[str, str]:
    """Return the naming tradition of each state named in a file such as rules/cultures.toml.

    Raises:
        ConfigError: it cannot be read, or names a state twice.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "write NAME = [codes of states]") from None
    found: dict[str, str] = {}
    for name, states in told.items():
        for state in states if isinstance(states, list) else [states]:
            if str(state) in found:
                raise ConfigError(str(path), f"{state} stands under {found[state]} and {name}", "name it once")
            found[str(state)] = name
    return found


def judged(
    facts: pl.LazyFrame, rules: Sequence[Rule], *, tradition: dict[str, str] | None = None, matching: bool = False
) -> pl.DataFrame:
    """Return a row for each traveller: day, groups, and for each rule (named by its id) whether it fires.

    Args:
        facts: FACTS.
        rules: all of them are asked, whenever they are valid.
        tradition: naming traditions by nationality, for `NAME_GROUPS`.
        matching: also tell whether the name met a list (`MATCHING`).
    """
    marked, marks = fired(facts, rules)
    group: pl.Expr = pl.when(pl.col("age").is_not_null()).then(pl.lit(_OLDEST))
    for below, name in reversed(_AGES.items()):
        group = pl.when(pl.col("age") < below).then(pl.lit(name)).otherwise(group)
    named = [pl.col(mark).alias(rule.id) for mark, rule in zip(marks, rules, strict=True)]
    met = pl.col("hit_band").is_in(_MET).fill_null(value=False).alias(MATCHING)
    return marked.select(
        "record_id",
        _script().alias("script "),
        pl.col("nationality")
        .replace_strict(tradition or {}, default="other", return_dtype=pl.String)
        .alias("naming tradition "),
        pl.col("departs_at").dt.date().alias("day "),
        pl.col("nationality").fill_null("not known").alias("nationality "),
        pl.col("sex").fill_null("not known").alias("sex "),
        group.fill_null("not known").alias("age group "),
        *named,
        pl.any_horizontal(marks).alias(ANY),
        *([met] if matching else []),
    ).collect()  # no rule's id has a space in it


def _script() -> pl.Expr:
    """Return the script of a name as it was sent: the first of those in it that is not Latin."""
    name = pl.concat_str("family_name", "given_names", "full_name", separator=" ", ignore_nulls=True)
    found: pl.Expr = pl.when(name.str.contains(r"\p{L}")).then(
        pl.when(name.str.contains(r"[^\x00-\x7F]")).then(pl.lit("Latin with marks")).otherwise(pl.lit("Latin, A to Z"))
    )
    for script in reversed(_SCRIPTS):
        found = pl.when(name.str.contains(rf"\p{{{script}}}")).then(pl.lit(script)).otherwise(found)
    return found.fill_null("no letters")


def disparity(travellers: pl.DataFrame, groups: Sequence[str] = GROUPS) -> pl.DataFrame:
    """Return, by rule and group, rates and shares: rule, by, group, travellers, share, flags, flag_share, rate, ratio.

    `rate` is flags in 1,000 travellers of the group, `ratio` that over the rate of everybody; null for a rule with fewer
    than 10 flags, whose ratios are chance. Groups of fewer than 10 travellers stand together as 'others'.

    Args:
        travellers: what `judged` gave.
        groups: of GROUPS and NAME_GROUPS.
    """
    marks = [name for name, dtype in travellers.schema.items() if dtype == pl.Boolean]
    made = []
    for by in groups:
        key = pl.col(f"{by} ")
        named = travellers.with_columns(_groups(travellers[key.meta.output_name()]))
        counted = named.group_by("group").agg(pl.len().alias("travellers"), pl.col(marks).sum())
        made.append(
            counted.unpivot(
                marks, index=["group", "travellers"], variable_name="rule", value_name="flags"
            ).with_columns(pl.lit(by).alias("by"))
        )
    people, flags = (pl.col(name).sum().over("rule", "by") for name in ("travellers", "flags"))
    rate = 1000 * pl.col("flags") / pl.col("travellers")
    told = pl.concat(made).with_columns(
        (pl.col("travellers") / people).alias("share"),
        pl.when(flags > 0).then(pl.col("flags") / flags).alias("flag_share"),
        rate.alias("rate"),
        pl.when(flags >= SMALLEST).then(rate / (1000 * flags / people)).alias("ratio"),
    )
    columns = ("rule", "by", "group", "travellers", "share", "flags", "flag_share", "rate", "ratio")
    order = ["is_one", "rule", "by_number", "travellers", "group"]
    by_number = pl.col("by").replace_strict({by: at for at, by in enumerate(groups)}, return_dtype=pl.Int8)
    ranked = told.with_columns((pl.col("rule") != ANY).alias("is_one"), by_number.alias("by_number"))
    return ranked.sort(order, descending=[False, False, False, True, False]).select(columns)


def _groups(values: pl.Series) -> pl.Series:
    """Return the group of each traveller: small ones together, with the next larger one where they are still too few."""
    counts = values.rename("value").value_counts().sort("count", "value")
    small = counts.filter(pl.col("count") < SMALLEST)
    if 0 < small["count"].sum() < SMALLEST:
        small = counts.head(small.height + 1)
    return values.replace_strict(small["value"], ["others"] * small.height, default=values).alias("group")


def decided(travellers: pl.DataFrame, rule: str, outcomes: pl.DataFrame) -> dict[str, int | float | None]:
    """Return what became of those whom a rule flags: confirmed, cleared, undecided, and their shares of those decided.

    Args:
        travellers: what `judged` gave.
        rule: id of a rule.
        outcomes: record_id, rule_id (null: the traveller as a whole) and outcome (confirmed or cleared); a record that is
            confirmed anywhere counts as confirmed.
    """
    about = outcomes.filter(pl.col("rule_id").is_null() | (pl.col("rule_id") == rule))
    each = about.group_by("record_id").agg((pl.col("outcome") == "confirmed").any().alias("confirmed"))
    mine = travellers.filter(pl.col(rule)).join(each, on="record_id", how="left")["confirmed"]
    known = len(mine) - mine.null_count()
    confirmed = int(mine.sum() or 0)
    return {
        "confirmed": confirmed,
        "cleared": known - confirmed,
        "undecided": len(mine) - known,
        "confirmed_share": confirmed / known if known else None,
        "cleared_share": 1 - confirmed / known if known else None,
    }


def per_day(travellers: pl.DataFrame, rules: Sequence[str]) -> pl.DataFrame:
    """Return day, travellers, and the flags of each rule on that day."""
    return (
        travellers.group_by(pl.col("day ").alias("day"))
        .agg(pl.len().alias("travellers"), pl.col(*rules).sum())
        .sort("day")
    )


def overlap(travellers: pl.DataFrame, rule: str, others: Sequence[str]) -> pl.DataFrame:
    """Return, for each other rule, how many of the rule's travellers it flags too: rule, both, share (of the rule's), most first."""
    mine = travellers.filter(pl.col(rule))
    both = [
        {"rule": other, "both": int(mine[other].sum()), "share": mine[other].mean() or 0.0}
        for other in others
        if other != rule
    ]
    found = pl.DataFrame(both, schema={"rule": pl.String, "both": pl.Int64, "share": pl.Float64})
    return found.filter(pl.col("both") > 0).sort("both", "rule", descending=[True, False])
