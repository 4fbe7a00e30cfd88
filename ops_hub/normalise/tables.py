"""The name knowledge in `rules/names/` as one frozen value: particles, titles, frequencies, equivalents.

Reach for `name_tables()` wherever names are normalised or compared. What each file means is said in
`rules/names/README.md`; the files are data and may be changed by a centre (lists are then compiled anew).
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ops_hub.config import data_dir
from ops_hub.errors import ConfigError


@dataclass(frozen=True)
class NameTables:
    """All name knowledge; `digest` names this version of it (hash of the files)."""

    particles: frozenset[str]
    titles: frozenset[str]
    glued_titles: tuple[str, ...]
    gendered: tuple[tuple[str, str], ...]
    cut_at: int
    per_100k: Mapping[str, float]  # token -> bearers in 100,000 people, rough
    equivalents: Mapping[str, Mapping[int, str]]  # token -> {group: kind}
    digest: str


@cache
def name_tables(rules: Path | None = None) -> NameTables:
    """Read the tables of a rules folder (default: the shipped one), once.

    Raises:
        ConfigError: a file is missing or has other columns or keys than documented.
    """
    folder = (rules or data_dir("rules")) / "names"
    if not folder.is_dir():
        folder = data_dir("rules") / "names"
    words = _toml(folder / "words.toml")
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.glob("*")):
        if path.suffix in (".csv", ".toml"):
            digest.update(path.name.encode() + path.read_bytes())
    try:
        return NameTables(
            particles=frozenset(words["particles"]),
            titles=frozenset(words["titles"]),
            glued_titles=tuple(words["glued_titles"]),
            gendered=tuple((ending, form) for ending, form in words["gendered"]),
            cut_at=words["cut_at"],
            per_100k={t: float(n) for t, n in _rows(folder / "frequency.csv", ("token", "per_100k"))},
            equivalents=_equivalents(folder),
            digest=digest.hexdigest(),
        )
    except KeyError as error:
        raise ConfigError(
            str(folder / "words.toml"), f"the key {error} is missing", "see rules/names/README.md"
        ) from None


KINDS = ("variant", "syllable", "nickname", "language", "script")
_COLUMNS = ("kind", "tokens")


def _equivalents(folder: Path) -> dict[str, dict[int, str]]:
    """Return token -> {group: kind}; nicknames meet only the name they stand for, which comes first in its line."""
    tokens: dict[str, dict[int, str]] = defaultdict(dict)
    group = 0
    files = [folder / "equivalents.csv", folder / "wikidata.csv"]
    rows = [(path, *row) for path in files if path.is_file() or path is files[0] for row in _rows(path, _COLUMNS)]
    for path, kind, line in rows:
        if kind not in KINDS:
            raise ConfigError(str(path), f"kind {kind} is not known", f"use one of {', '.join(KINDS)}")
        listed = line.split()
        for members in [[listed[0], short] for short in listed[1:]] if kind == "nickname" else [listed]:
            for token in members:
                tokens[token][group] = kind
            group += 1
    return dict(tokens)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), str(error), "restore the file or correct the line") from None


def _rows(path: Path, columns: tuple[str, str]) -> list[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != columns:
                raise ConfigError(str(path), f"its first line is not {','.join(columns)}", "correct the heading")
            return [(row[0], row[1]) for row in reader if len(row) == len(columns)]
    except OSError as error:
        raise ConfigError(str(path), str(error), "restore the file") from None
