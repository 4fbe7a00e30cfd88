"""`ops-hub exercise scenarios` and `score-flags`: seed what risk rules and document checks should find, and see what they did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, show, table, told
from ops_hub.errors import ConfigError
from ops_hub.exercise.paxlst_writer import paxlst
from ops_hub.exercise.pnrgov_writer import pnrgov
from ops_hub.exercise.scenarios.grow import KINDS, ScenarioSpec, grow
from ops_hub.exercise.scenarios.innocent import INNOCENT
from ops_hub.exercise.scenarios.staged import STAGED
from ops_hub.exercise.score_flags import read_scenarios, said_of, score_flags
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.schemas import FINDINGS, FLAGS, Schema, check
from ops_hub.store.files import write_atomic, write_parquet, write_text
from ops_hub.store.frames import read_frame

STAGED_EACH, INNOCENT_EACH = 5, 20
MOST_CASES = 1000  # of one kind: so many have passports of their own


class _Count(click.ParamType[tuple[str, int]]):
    """KIND=COUNT."""

    name = "kind=count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        kind, _, count = str(value).partition("=")
        if kind not in KINDS:
            self.fail(f"there is no scenario {kind}; there are {', '.join(KINDS)}", param, ctx)
        if not count.isascii() or not count.isdigit() or int(count) > MOST_CASES:
            self.fail(f"{value!r}: write how many after the kind, 0 to {MOST_CASES}, for example {kind}=3", param, ctx)
        return kind, int(count)


@click.command("scenarios")
@click.option("--passengers", type=click.IntRange(1, 200_000), required=True, help="Travellers a day, about.")
@click.option("--days", type=click.IntRange(20, 400), default=60, show_default=True, help="Days of history.")
@click.option("--tested", type=click.IntRange(1, 31), default=3, show_default=True, help="Days under test after them.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed makes the same exercise.")  # fmt: skip
@click.option(
    "--scenario", "asked", type=_Count(), multiple=True, metavar="KIND=COUNT",
    help=f"How many of a kind; may be given several times [default: {STAGED_EACH} of each, {INNOCENT_EACH} of each innocent kind].",
)  # fmt: skip
@click.option("--only", is_flag=True, help="Stage only the kinds that --scenario names.")
@click.option(
    "--format", "form", type=click.Choice(["parquet", "paxlst", "pnrgov"]), default="parquet", show_default=True,
    help="Form of the days under test; the history is always Parquet.",
)  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write.")
@told
def scenarios(
    passengers: int, days: int, tested: int, seed: int, asked: Sequence[tuple[str, int]], only: bool, form: str, out: Path
) -> None:  # fmt: skip
    """Grow days of ordinary travel in which a few people do what officers look for, and others only seem to.

    Writes history.parquet, feed.parquet (or feed.edi), watchlist.csv and truth.csv, which says of each record of
    somebody staged which scenario, which case and which role. Everyone is invented.

    \b
    Example:
      ops-hub exercise scenarios --passengers 2000 --days 60 --seed 1 --out ex
      ops-hub rules run ex/feed.parquet --history ex/history.parquet --today 2026-11-23 --out ex/flags
      ops-hub exercise score-flags ex/flags ex
    """
    counts = {} if only else dict.fromkeys(STAGED, STAGED_EACH) | dict.fromkeys(INNOCENT, INNOCENT_EACH)
    spec = ScenarioSpec(passengers, days, seed, tested, counts | dict(asked))
    made = grow(spec)
    write_days(made.history, made.feed, spec.reference, form, out)
    write_atomic(out / "watchlist.csv", lambda aside: made.watchlist.write_csv(aside))
    write_atomic(out / "truth.csv", lambda aside: made.truth.write_csv(aside))
    cases = made.truth.filter(pl.col("part") == "feed")["case"].n_unique()
    click.echo(
        f"{made.history.height:,} records in {days} days of history, {made.feed.height:,} in {tested} under test, {cases:,} cases: {out}"
    )


def write_days(history: pl.DataFrame, feed: pl.DataFrame, reference: date, form: str, out: Path) -> None:
    """Write history and feed; the feed of another form is taken away, lest two be read as one."""
    path = out / ("feed.parquet" if form == "parquet" else "feed.edi")
    past = history.drop("card_number")
    if form == "parquet":
        write_parquet(path, feed.drop("card_number"))
    else:
        write = paxlst if form == "paxlst" else pnrgov
        write_text(path, "".join(write(feed, reference)))
        # numbers, so that the reader hashes those of history and messages with one key
        kind = pl.col("payments").list.first().struct.field("kind").alias("payment_kind")
        past = history.with_columns(kind).drop("payments")
    for other in (out / "feed.parquet", out / "feed.edi"):
        if other != path:
            other.unlink(missing_ok=True)
    write_parquet(out / "history.parquet", past)


@click.command("score-flags")
@click.argument("flags_dir", type=click.Path(path_type=Path, file_okay=False))
@click.argument("exercise_dir", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--findings", type=click.Path(path_type=Path, file_okay=False), help="The --out folder of ops-hub documents check."
)
@as_json
@told
def score_flags_(flags_dir: Path, exercise_dir: Path, findings: Path | None, as_json: bool) -> None:
    """Say which scenarios the flags found, how victims were treated, and which innocents were flagged.

    FLAGS_DIR is the --out folder of `ops-hub rules run`, EXERCISE_DIR that of `ops-hub exercise scenarios`.

    \b
    Example:
      ops-hub exercise score-flags ex/flags ex --findings ex/documents
    """
    truth = read_scenarios(exercise_dir / "truth.csv")
    flags = _frame(flags_dir / "flags.parquet", FLAGS, "ops-hub rules run")
    found = _frame(findings / "findings.parquet", FINDINGS, "ops-hub documents check") if findings else None
    ids = own_ids(exercise_dir)
    said = said_of(flags, found)
    if flags is not None and not flags["record_id"].is_in(ids["record_id"].implode()).all():
        raise ConfigError(
            str(flags_dir), f"flags records that {exercise_dir} has not", "name the flags of this exercise's feed"
        )
    if ids["record_id"].to_list() != ids["own"].to_list():
        names = dict(zip(ids["record_id"], ids["own"], strict=True))
        said = said.with_columns(pl.col("record_id").replace(names))
    show(score_flags(said, truth, ids["own"]), as_json, _scored)


def _frame(path: Path, schema: Schema, command: str) -> pl.DataFrame:
    try:
        return check(read_frame(path, schema), schema, str(path))
    except (OSError, pl.exceptions.PolarsError, TypeError):
        raise ConfigError(
            str(path), "cannot be read as results", f"name the --out folder of {command}, of this version"
        ) from None


def own_ids(folder: Path) -> pl.DataFrame:
    """Return, for each record under test, the id that a run gives it, and its own: in messages, the reference in them."""
    feeds = [folder / name for name in ("feed.parquet", "feed.edi") if (folder / name).is_file()]
    if len(feeds) != 1:
        raise ConfigError(
            str(folder), "this folder holds no feed of an exercise", "name the --out folder of ops-hub exercise scenarios"
        )  # fmt: skip
    own = pl.coalesce("passenger_ref", "record_id").alias("own")
    batches = read(feeds, ReadOptions(today=date(2026, 11, 23), hash_key=b"unused"))
    return pl.concat([batch.travellers.select("record_id", own) for batch in batches])


def _scored(said: dict[str, Any]) -> None:
    click.echo(f"{said['travellers']:,} records under test\n\nscenarios")
    table(
        [(row["kind"], row["cases"], row["found"], row["share"], _most(row["by"])) for row in said["scenarios"]],
        ("scenario", "cases", "found", "share", "found by (cases)"),
    )
    click.echo("")
    table(
        [(row["kind"], row["role"], row["persons"], row["flagged"], row["share"]) for row in said["roles"]],
        ("scenario", "role", "persons", "flagged", "share"),
    )
    victims = said["victims"]
    click.echo(
        f"\nvictims: {victims['persons']:,}, flagged {victims['flagged']:,}; also under rules that do not protect "
        f"{victims['also_under_other_rules']:,}; only under such rules {victims['only_as_suspects']:,}"
    )
    if victims["only_as_suspects"]:
        click.echo(f"  VICTIMS TREATED AS SUSPECTS by {_most(victims['only_as_suspects_by'])}")
    click.echo("\ninnocent look-alikes")
    table(
        [
            (row["kind"], row["looks_like"], row["persons"], row["flagged"], row["share"], _most(row["by"]))
            for row in said["innocents"]
        ],
        ("kind", "looks like", "persons", "flagged", "share", "flagged by (persons)"),
    )
    ordinary = said["ordinary"]
    click.echo(
        f"\nordinary travellers: {ordinary['flagged_per_1000']:.1f} of 1,000 records flagged, {ordinary['flags_per_1000']:.1f} flags\n"
    )
    table(list(ordinary["by"].items()), ("rule or check", "flags in 1,000"))


def _most(by: dict[str, int], shown: int = 4) -> str:
    return ", ".join(f"{said} {n}" for said, n in list(by.items())[:shown]) + (" ..." if len(by) > shown else "")
