"""Flags and findings against the truth of an exercise of many days: what was found, who was flagged for nothing.

Reach for `score_flags()`. It counts persons, not records: who travels twice under test is one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.exercise.truth import read_truth

_TRUTH = ("record_id", "part", "kind", "case", "role", "person", "looks_like")
PROTECT = "protect"


def read_scenarios(path: Path) -> pl.DataFrame:
    """Return the truth of an exercise of many days.

    Raises:
        ConfigError: not readable, or other columns.
    """
    return read_truth(path, _TRUTH, "scenarios")


def said_of(flags: pl.DataFrame | None, findings: pl.DataFrame | None) -> pl.DataFrame:
    """Return who was told of by what: record_id, said (rule or `document:check`), handling, is_weak.

    Args:
        flags: FLAGS.
        findings: FINDINGS; one that compares two records is about both.
    """
    parts = [pl.DataFrame(schema={"record_id": pl.String, "said": pl.String, "handling": pl.String, "is_weak": pl.Boolean})]  # fmt: skip
    if flags is not None:
        parts.append(flags.select("record_id", pl.col("rule_id").alias("said"), "handling", pl.lit(False).alias("is_weak")))  # fmt: skip
    if findings is not None:
        check = pl.concat_str(pl.lit("document:"), "check").alias("said")
        for record in ("record_id", "other_record_id"):
            parts.append(findings.select(pl.col(record).alias("record_id"), check, "handling", "is_weak").drop_nulls("record_id"))  # fmt: skip
    return pl.concat(parts).unique(maintain_order=True)


def score_flags(said: pl.DataFrame, truth: pl.DataFrame, tested: pl.Series) -> dict[str, Any]:
    """Return what was found, as plain data.

    scenarios: a dict a kind with cases, found, share and `by`: how many cases each rule or check found; roles: persons
    and flagged, a kind and role; victims: those told of, by something that does not protect, and by nothing that does;
    innocents: a dict a kind; ordinary: everybody else, flags and flagged in 1,000 travellers, a rule each.

    Args:
        said: what `said_of` gives.
        truth: what `read_scenarios` gives.
        tested: record ids of the days under test.
    """
    is_tested = truth.filter(pl.col("record_id").is_in(tested.implode()))
    told = said.filter(pl.col("record_id").is_in(tested.implode()))
    # a check over many days tells of a document once, perhaps in the history
    people = truth.join(is_tested, on="person", how="semi")
    known = said.join(people, on="record_id", maintain_order="left")
    innocent = pl.col("role") == "innocent"
    staged, staged_known = is_tested.filter(~innocent), known.filter(~innocent)
    return {
        "travellers": len(tested),
        "scenarios": _cases(staged, staged_known),
        "roles": _roles(staged, staged_known),
        "victims": _victims(staged, staged_known),
        "innocents": _innocents(is_tested.filter(innocent), known.filter(innocent)),
        "ordinary": _ordinary(told, is_tested, tested),
    }


def _by(known: pl.DataFrame, what: str) -> dict[str, dict[str, int]]:
    """Return, by kind, how many cases or persons each rule or check told of, most first."""
    counted = known.group_by("kind", "said").agg(pl.col(what).n_unique().alias("n"))
    ordered = counted.sort("kind", "n", "said", descending=[False, True, False])
    out: dict[str, dict[str, int]] = {}
    for kind, said, n in ordered.select("kind", "said", "n").iter_rows():
        out.setdefault(kind, {})[said] = n
    return out


def _cases(truth: pl.DataFrame, known: pl.DataFrame) -> list[dict[str, Any]]:
    by = _by(known, "case")
    found = known.group_by("kind").agg(pl.col("case").n_unique().alias("found"))
    cases = truth.group_by("kind").agg(pl.col("case").n_unique().alias("cases")).sort("kind")
    rows = cases.join(found, on="kind", how="left", maintain_order="left").with_columns(pl.col("found").fill_null(0))
    missed = truth.join(known, on="case", how="anti").group_by("kind").agg(pl.col("case").unique().sort())
    names = dict(missed.iter_rows())
    return [
        {**row, "share": row["found"] / row["cases"], "missed": names.get(row["kind"], []), "by": by.get(row["kind"], {})}
        for row in rows.to_dicts()
    ]  # fmt: skip


def _roles(truth: pl.DataFrame, known: pl.DataFrame) -> list[dict[str, Any]]:
    key = ["kind", "role"]
    persons = truth.group_by(key).agg(pl.col("person").n_unique().alias("persons")).sort(key)
    flagged = known.group_by(key).agg(pl.col("person").n_unique().alias("flagged"))
    rows = persons.join(flagged, on=key, how="left", maintain_order="left").with_columns(pl.col("flagged").fill_null(0))
    return rows.with_columns((pl.col("flagged") / pl.col("persons")).alias("share")).to_dicts()


def _victims(truth: pl.DataFrame, known: pl.DataFrame) -> dict[str, Any]:
    """Return how victims were told of. A finding about a document has no handling of its own and suspects nobody."""
    flags = known.filter((pl.col("role") == "victim") & pl.col("handling").is_not_null())
    persons = flags.group_by("person", maintain_order=True).agg(
        (pl.col("handling") == PROTECT).any().alias("protected"), (pl.col("handling") != PROTECT).any().alias("suspected")
    )  # fmt: skip
    only = persons.filter(~pl.col("protected"))
    rules = flags.join(only, on="person", how="semi").group_by("said").agg(pl.col("person").n_unique()).sort("said")
    return {
        "persons": truth.filter(pl.col("role") == "victim")["person"].n_unique(),
        "flagged": persons.height,
        "also_under_other_rules": int((persons["suspected"] & persons["protected"]).sum()),
        "only_as_suspects": only.height,
        "only_as_suspects_by": dict(rules.iter_rows()),
    }


def _innocents(truth: pl.DataFrame, known: pl.DataFrame) -> list[dict[str, Any]]:
    by = _by(known.filter(~pl.col("is_weak")), "person")
    strong = known.filter(~pl.col("is_weak"))
    counted = strong.group_by("kind").agg(pl.col("person").n_unique().alias("flagged"), pl.col("case").n_unique().alias("cases_flagged"))  # fmt: skip
    persons = truth.group_by("kind", "looks_like").agg(pl.col("case").n_unique().alias("cases"), pl.col("person").n_unique().alias("persons"))  # fmt: skip
    rows = persons.sort("kind").join(counted, on="kind", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("flagged", "cases_flagged").fill_null(0))
    return [{**row, "share": row["flagged"] / row["persons"], "by": by.get(row["kind"], {})} for row in rows.to_dicts()]


def _ordinary(told: pl.DataFrame, truth: pl.DataFrame, tested: pl.Series) -> dict[str, Any]:
    """Return the cost: flags and flagged travellers in 1,000 of those who are not staged."""
    others = told.join(truth, on="record_id", how="anti").filter(~pl.col("is_weak"))
    n = max(len(tested) - truth["record_id"].n_unique(), 1)
    by = others.group_by("said").agg(pl.len().alias("n")).sort("n", "said", descending=[True, False])
    return {
        "records": n,
        "flags_per_1000": 1000 * others.height / n,
        "flagged_per_1000": 1000 * others["record_id"].n_unique() / n,
        "by": {said: 1000 * count / n for said, count in by.iter_rows()},
    }
