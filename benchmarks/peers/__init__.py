"""Other ways of asking whether a passenger is on a list: who they are, and what each is asked to do.

Reach for `PEERS`. Each is a module with `prepare(listed, told)` (outside the clock) and `find(asked, index, threshold,
told)` (inside it); nothing here imports one, so that a package that is not installed is missed in its own process only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """One way of matching.

    Attributes:
        name: what is typed and written in tables.
        module: in this package; holds `prepare` and `find`.
        packages: that it stands on, the first one gives its name, version and licence.
        licence: of the first package, and of what comes with it where that differs.
        advice: how it is used, in words for the report.
        loosest: threshold from which scores are kept when one is chosen; in the peer's own measure.
        variant: tells several peers of one module apart.
        most: passengers times entries that it is given; more is sampled and said. 0 is all.
        passengers: that it is given at most. 0 is all.
        births: the birth dates that cannot be one person's are taken out after it, since it compares names alone.
        takes_threshold: False where its own settings decide.
        together: its runs follow each other in one process, since it prepares a list for minutes.
        own: ours in another form; of no interest where only answers are compared.
    """

    name: str
    module: str
    packages: tuple[str, ...]
    licence: str
    advice: str
    loosest: float
    variant: str = ""
    most: float = 0
    passengers: int = 0
    births: bool = False
    takes_threshold: bool = True
    together: bool = False
    own: bool = False

    def share(self, passengers: int, entries: int) -> int:
        """Return how many of the passengers it is given against a list of this size."""
        most = min(self.passengers or passengers, int(self.most / entries) if self.most else passengers)
        return min(passengers, max(most, 1))


OURS = Peer(
    "ops-hub", "ours", ("ops-hub", "numba"), "Apache-2.0",
    "compiled snapshot opened beforehand; `pipeline.screen` from travellers to explained hits", 0.70,
)  # fmt: skip
AT_TARGET = Peer(
    "ops-hub, at the target", "ours", ("ops-hub",), "Apache-2.0",
    "the same with the threshold raised until it finds no more than the target", 0.70, "raised", own=True,
)  # fmt: skip
COMMAND = Peer(
    "ops-hub screen, whole process", "command", ("ops-hub",), "Apache-2.0",
    "the command as typed: start, reading Parquet, screening, hits, chart and account written", 0.70, takes_threshold=False, own=True,
)  # fmt: skip
JOIN = Peer(
    "polars equi-join", "join", ("polars",), "MIT",
    "tokens of the name in order, joined: the floor", 1.0, births=True, takes_threshold=False,
)  # fmt: skip
PEERS: tuple[Peer, ...] = (
    OURS,
    AT_TARGET,
    COMMAND,
    JOIN,
    Peer(
        "rapidfuzz ratio", "rapid", ("rapidfuzz",), "MIT",
        "process.cdist of every pair, names with tokens in order made beforehand, score_cutoff, uint8, workers",
        0.55, "ratio", most=5e8, births=True,
    ),
    Peer(
        "rapidfuzz token_sort_ratio", "rapid", ("rapidfuzz",), "MIT",
        "process.cdist of every pair, score_cutoff, uint8, workers", 0.55, "token_sort_ratio", most=3e8, births=True,
    ),
    Peer(
        "Splink", "linkage", ("splink", "duckdb"), "MIT; duckdb MIT",
        "link_only on DuckDB; ForenameSurnameComparison, DateOfBirthComparison with a level for a year alone, nationality; three blocking rules; "
        "trained beforehand (u by sampling, m by EM)", -12.0, most=3e9,
    ),
    Peer(
        "nomenklatura", "nomenk", ("nomenklatura", "pyicu"), "MIT; pyicu MIT, by way of normality",
        "blocker Index.match_entities, candidates scored by LogicV2", 0.30, passengers=800, together=True,
    ),
    Peer(
        "TF-IDF 3-grams", "ngrams", ("sparse-dot-topn", "scikit-learn"), "Apache-2.0; scikit-learn BSD-3-Clause",
        "TfidfVectorizer(char_wb, 3) fitted on the list, sp_matmul_topn with threshold, 100 best", 0.30,
        most=1e9, births=True,
    ),
)  # fmt: skip


def named(name: str) -> Peer:
    """Return the peer of a name."""
    return next(peer for peer in PEERS if peer.name == name)
