"""Splink on DuckDB: probabilistic linkage of the feed with the list.

Reach for it as every peer is reached for (see `benchmarks.peers`), after `train` has left a model. The three blocking
rules reach every alteration of an exercise: what changes the name leaves the birth date, and the other way round. A record that
is altered in both at once (`benchmarks.both`) they may miss; a rule that reached those, too, would block on next to nothing.
"""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb
import polars as pl
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule

from benchmarks.peers.records import Told

SAMPLED_PAIRS = 1e7
SEED = 1


def prepare(listed: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Return the list in Splink's columns; Splink itself takes both sides at once, in the clock."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    return _columns(listed, "entry")


def find(asked: pl.DataFrame, index: pl.DataFrame, threshold: float, told: Told) -> pl.DataFrame:
    """Return passenger, entry and match weight of predictions at or above the threshold."""
    linker = _linker(_columns(asked, "passenger"), index, str(told.model), told.threads)
    predicted = linker.inference.predict(threshold_match_weight=threshold)
    made = predicted.as_duckdbpyrelation().select("unique_id_l, unique_id_r, source_dataset_l, match_weight").pl()
    feed_left = pl.col("source_dataset_l") == "feed"
    one, other = pl.col("unique_id_l").cast(pl.UInt32), pl.col("unique_id_r").cast(pl.UInt32)
    return made.select(
        pl.when(feed_left).then(one).otherwise(other).alias("passenger"),
        pl.when(feed_left).then(other).otherwise(one).alias("entry"),
        pl.col("match_weight").alias("score"),
    )


def train(asked: pl.DataFrame, listed: pl.DataFrame, model: Path, threads: int) -> None:
    """Estimate the model as Splink's documentation advises, and write it as JSON."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.ForenameSurnameComparison("given", "family", forename_surname_concat_col_name="whole"),
            _births(),
            cl.ExactMatch("nationality").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("born"),
            block_on("family", "substr(given, 1, 1)"),
            CustomRule("l.family = r.given and l.given = r.family"),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    linker = _linker(_columns(asked, "passenger"), _columns(listed, "entry"), settings, threads)
    certain = [block_on("whole", "born"), block_on("family", "born"), block_on("given", "born")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("born"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("family", "given"))
    linker.misc.save_model_to_json(str(model), overwrite=True)


def _births() -> cl.CustomComparison:
    """Return the levels of DateOfBirthComparison, and one for a year alone, as its documentation says to add what it lacks.

    With that comparison as it comes a year alone is no date at all and weighs nothing.
    """
    alone = "(length(born_l) = 4 or length(born_r) = 4)"
    year = cll.CustomLevel(f"{alone} and substr(born_l, 1, 4) = substr(born_r, 1, 4)", "Same year, no more is known")
    ready = cl.DateOfBirthComparison("born", input_is_string=True, invalid_dates_as_null=False)
    nothing, *others = ready.create_comparison_levels()
    return cl.CustomComparison([nothing, year, *others], output_column_name="born")


def _linker(feed: pl.DataFrame, listed: pl.DataFrame, settings: SettingsCreator | str, threads: int) -> Linker:
    database = DuckDBAPI(duckdb.connect(config={"threads": threads}))
    both = [
        database.register(frame.to_arrow(), dataset_display_name=name)
        for name, frame in (("feed", feed), ("list", listed))
    ]
    return Linker(both, settings)


def _columns(records: pl.DataFrame, row: str) -> pl.DataFrame:
    return records.select(
        pl.col(row).cast(pl.Int64).alias("unique_id"),
        pl.col("given_names").alias("given"),
        pl.col("family_name").alias("family"),
        pl.concat_str("given_names", "family_name", separator=" ", ignore_nulls=True).alias("whole"),
        pl.col("birth_date").alias("born"),
        "nationality",
    )
