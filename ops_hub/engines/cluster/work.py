"""What is said between the driver and the nodes, all of it JSON: the work, what is sent along, and what came of it.

Reach for `Work` and `Outcome` when writing a runner. How work is done is left to `node`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

from ops_hub.engines.cluster.partitions import Partition
from ops_hub.errors import ConfigError, FeedError, OpsHubError, StoreError


class Bundle(msgspec.Struct, frozen=True):
    """A folder that nodes need (a snapshot, rules), named by its content: size and hash of each file."""

    name: str
    files: dict[str, tuple[int, str]]


class Terms(msgspec.Struct, frozen=True):
    """What is the same for all work of a job.

    Attributes:
        parts: folder for what comes of the work, under this path on every node.
        today: day of reading, on which entries must be valid.
        hash_key: for payment numbers.
        batch_rows: travellers a batch, about.
        threshold: the one given, if any.
        rules: the rules folder; None where the shipped rules hold.
        mapping: a folder with the mapping of columns, if any.
        digest: of name tables and settings, for a check.
        engine: version and code hash of the engine, and the packages that results depend on.
    """

    parts: str
    today: date
    hash_key: bytes
    batch_rows: int
    threshold: float | None
    rules: Bundle | None
    mapping: Bundle | None
    digest: str
    engine: dict[str, str]


class Work(msgspec.Struct, frozen=True):
    """One partition to be screened against one shard of the lists."""

    terms: Terms
    partition: Partition
    shard: int
    snapshot: Bundle
    threads: int = 1

    @property
    def name(self) -> str:
        """The folder of what comes of it."""
        return f"{self.partition.name}.{self.shard}"

    @property
    def place(self) -> Path:
        """Where that folder stands."""
        return Path(self.terms.parts) / self.name

    @property
    def bundles(self) -> list[Bundle]:
        """What a node must have for it."""
        return [each for each in (self.snapshot, self.terms.rules, self.terms.mapping) if each is not None]


class Trouble(msgspec.Struct, frozen=True):
    """Why work was not done; an error of ours by its parts, or `bug` with the whole story as the reason."""

    kind: str
    place: str
    reason: str
    remedy: str


class Outcome(msgspec.Struct, frozen=True):
    """What came of work: its counts so far, or why it was not done."""

    name: str
    screened: int = 0
    hits: int = 0
    trouble: Trouble | None = None


Runner = Callable[[Sequence[Work], Mapping[str, Path]], Iterator[Outcome]]
"""Has work done somewhere, given the folder of each bundle, and yields what came of it, in any order."""

_KINDS: dict[str, type[FeedError] | type[ConfigError] | type[StoreError]] = {
    "FeedError": FeedError,
    "ConfigError": ConfigError,
    "StoreError": StoreError,
}


def trouble_of(error: OpsHubError) -> Trouble:
    """Return an error of ours by its parts."""
    kind = next((name for name, each in _KINDS.items() if isinstance(error, each)), "StoreError")
    place = getattr(error, "source", None) or getattr(error, "place", "")
    return Trouble(kind, str(place), getattr(error, "reason", str(error)), getattr(error, "remedy", ""))


def raised(trouble: Trouble, where: str, more: str) -> Exception:
    """Return the error again: where it was, and what is the remedy now."""
    if trouble.kind not in _KINDS:
        return RuntimeError(f"{where}: {trouble.reason}")
    place = f"{trouble.place} ({where})" if trouble.place else where
    return _KINDS[trouble.kind](place, trouble.reason, f"{trouble.remedy}; {more}")
