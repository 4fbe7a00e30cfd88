"""Feeds, runs and files of intelligence into a network, and a network out of its folder.

Reach for `connect()` for what `ops-hub graph build` does, `opened()` to read one back. Whoever has travellers from
elsewhere (an exercise) makes a `Said` of frames and calls `made()`, what a hub holds comes as a `History`; what a network is, is decided in
`graph.build`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub import __version__
from ops_hub.errors import ConfigError, StoreError
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.graph.apart import read_pairs
from ops_hub.graph.build import build
from ops_hub.graph.gather import NEEDED
from ops_hub.graph.intelligence import read_intelligence
from ops_hub.graph.net import Network
from ops_hub.graph.said import Said
from ops_hub.graph.settings import graph_settings
from ops_hub.manifests.duties import duties
from ops_hub.schemas import ENTRIES, HITS, INTELLIGENCE, TRAVELLERS, Schema, check, empty
from ops_hub.states import home_states
from ops_hub.store import graphs
from ops_hub.store.frames import read_frame

SHOWN = 20  # bad lines that are told


@dataclass(frozen=True)
class Order:
    """What to build from.

    Attributes:
        feeds: files and folders.
        read: how to read them.
        runs: folders that `ops-hub screen --out` wrote.
        intelligence: CSV files.
        apart: CSV files of records to be kept apart.
        rules: folder of rules.
        as_of: journeys after this day are left out.
        skip_bad: whether bad lines of intelligence are left out, rather than nothing built.
    """

    feeds: Sequence[Path]
    read: ReadOptions
    runs: Sequence[Path] = ()
    intelligence: Sequence[Path] = ()
    apart: Sequence[Path] = ()
    rules: Path | None = None
    as_of: date | None = None
    skip_bad: bool = False


@dataclass(frozen=True)
class History:
    """What a hub holds: TRAVELLERS, HITS and ENTRIES; `said` goes into the account of the network."""

    travellers: pl.LazyFrame
    hits: pl.DataFrame
    entries: pl.DataFrame
    said: Mapping[str, Any]


def connect(order: Order, history: History | None = None) -> tuple[Network, list[str]]:
    """Return the network, and what is to be told about its making, one line each.

    Args:
        order: what to build from.
        history: what the hub holds, beside it.

    Raises:
        FeedError: a feed cannot be read.
        ConfigError: intelligence has bad lines, or another file is not what it should be.
    """
    known, bad = _intelligence(order)
    apart = [pair for path in order.apart for pair in read_pairs(_text(path), path.name)]
    fed, files, lost = _fed(order.feeds, order.read)
    hits, entries = _of_runs(order.runs)
    inputs: dict[str, Any] = {
        "feeds": files,
        "runs": [str(path) for path in order.runs],
        "intelligence": [path.name for path in order.intelligence],
        "apart": [path.name for path in order.apart],
    }
    lines = [f"{each} (left out)" for each in bad]
    if history is not None:
        fed = pl.concat([fed, history.travellers.select(NEEDED)])
        hits = pl.concat([hits, history.hits])
        entries = (
            history.entries if not order.runs else entries if entries is None else pl.concat([entries, history.entries])
        )
        inputs["hub"] = dict(history.said)
    if lost:
        lines.append(f"{lost:,} records could not be read; `ops-hub screen` on the same feeds says why")
    return made(Said(fed, hits, entries, known, apart, inputs), order.rules, order.as_of), lines


def made(said: Said, rules: Path | None = None, as_of: date | None = None) -> Network:
    """Return the network of frames, by the rules of a folder (default: the shipped ones).

    Raises:
        ConfigError: a file of rules is not allowed, or `apart` names a record that is not there.
    """
    carriers = {each.icao: code for code, each in duties(rules).carriers.items() if each.icao}
    net = build(said, home_states(rules), graph_settings(rules), as_of=as_of, carriers=carriers)
    return replace(net, about={**net.about, "engine": __version__})


def saved(folder: Path, net: Network, *, name: str, made_at: str) -> None:
    """Write a network into a folder.

    Raises:
        StoreError: the disk does not take it.
    """
    frames = {each: getattr(net, each) for each in graphs.FRAMES}
    graphs.save(folder, frames, {"name": name, "made_at": made_at, **net.about})


def opened(folder: Path, today: date | None = None) -> Network:
    """Return a network out of its folder, checked.

    Args:
        folder: where it is.
        today: the day (UTC) for what retention says; today by default.

    Raises:
        StoreError: the folder holds none, one that is not whole, or travellers of the hub that are to be masked by now.
    """
    frames, about = graphs.load(folder)
    end = keep_until(about, str(folder))
    if end is not None and (today or datetime.now(UTC).date()) > end:
        problem = f"it holds travellers of the hub whom retention masks since {end}"
        raise StoreError(str(folder), problem, "remove it and what was made of it; build another: ops-hub graph build --hub")  # fmt: skip
    return Network(**frames, about=about)


def keep_until(about: Mapping[str, Any], where: str) -> date | None:
    """Return the last day on which a network may be read: None where it holds nothing of a hub that is ever masked.

    Raises:
        StoreError: the account says something else than a day.
    """
    said = ((about.get("inputs") or {}).get("hub") or {}).get("keep_until")
    try:
        return None if said is None else date.fromisoformat(str(said))
    except ValueError:
        raise StoreError(
            where, f"its account says {said!r} for keep_until, which is no day", "build it again"
        ) from None


def _fed(feeds: Sequence[Path], options: ReadOptions) -> tuple[pl.LazyFrame, list[str], int]:
    """Return TRAVELLERS, as far as a network needs them, the files and the number of records that could not be read."""
    found, files, lost = [empty({name: TRAVELLERS[name] for name in NEEDED})], [], 0
    for batch in read(feeds, options):
        found.append(batch.travellers.select(NEEDED))
        files += [each.source for each in batch.inputs]
        lost += sum(each.rejected for each in batch.inputs)
    return pl.concat(found).lazy(), files, lost


def _of_runs(runs: Sequence[Path]) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Return HITS of runs, and ENTRIES that they met; None where a run does not tell (it is of an earlier version)."""
    if not runs:
        return empty(HITS), None
    hits = pl.concat([_parquet(run / "hits.parquet", HITS) for run in runs])
    there = [run / "entries.parquet" for run in runs]
    if not all(path.is_file() for path in there):
        return hits, None
    return hits, pl.concat([_parquet(path, ENTRIES) for path in there])


def _parquet(path: Path, schema: Schema) -> pl.DataFrame:
    try:
        return check(read_frame(path, schema), schema, "network")
    except (OSError, TypeError, pl.exceptions.PolarsError) as error:
        problem = f"is not what a run leaves ({type(error).__name__})"
        raise ConfigError(str(path), problem, "name a folder that ops-hub screen --out wrote") from None


def _intelligence(order: Order) -> tuple[pl.DataFrame, list[str]]:
    frames, problems = [empty(INTELLIGENCE)], []
    today = order.as_of or order.read.today
    for path in order.intelligence:
        found, bad = read_intelligence(_text(path), path.name, today)
        frames.append(found)
        problems += bad
    if problems and not order.skip_bad:
        more = f" | and {len(problems) - SHOWN:,} more" if len(problems) > SHOWN else ""
        told = " | ".join(problems[:SHOWN]) + more
        raise ConfigError(f"{len(problems):,} bad lines of intelligence, nothing is built", told, "correct them, or leave them out with --skip-bad")  # fmt: skip
    return pl.concat(frames), problems


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read ({error})", "give a CSV file in UTF-8") from None
