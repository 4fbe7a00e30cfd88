"""What a check is asked with and what it says.

Reach for `Asked` and `Finding`, with `ok()`, `note()` and `problem()`. Nothing here looks at anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

OK, NOTE, PROBLEM = "ok", "note", "problem"
Level = Literal["ok", "note", "problem"]


class Finding(NamedTuple):
    """One line: how it is, what was found, what to do about it ('' where nothing is to be done)."""

    level: Level
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Asked:
    """What is looked at, and by what.

    Attributes:
        home: home folder of a hub; there need not be one.
        address: of the centre's own server; None for the embedded one.
        environment: of the process.
        clock: this machine's time (UTC).
        watchlists: lists to look at that need not be published.
        rules: folder of rules; None for the shipped one.
        deep: whether the whole audit log is checked.
    """

    home: Path
    address: str | None
    environment: Mapping[str, str]
    clock: Callable[[], datetime]
    watchlists: tuple[Path, ...] = ()
    rules: Path | None = None
    deep: bool = False


def ok(found: str, remedy: str = "") -> Finding:
    """Return that something is as it should be."""
    return Finding("ok", found, remedy)


def note(found: str, remedy: str) -> Finding:
    """Return what one should know, and may leave as it is."""
    return Finding("note", found, remedy)


def problem(found: str, remedy: str) -> Finding:
    """Return what must be mended."""
    return Finding("problem", found, remedy)
