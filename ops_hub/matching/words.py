"""Distinct tokens with all that comparison needs of each, in arrays that compiled code walks.

Reach for `words()` for the tokens of a batch and `words_from()` for those of a snapshot. How alike two tokens are is
said in `similarity`; which pairs are worth comparing, in `neighbours`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.matching.hashing import letters
from ops_hub.normalise.names import CUT
from ops_hub.normalise.tables import KINDS as GROUP_KINDS
from ops_hub.normalise.tables import NameTables
from ops_hub.normalise.tokens import fold, skeleton

Letters = tuple[NDArray[np.uint32], NDArray[np.int64]]
"""All letters one after another, and where each token begins."""


@dataclass(frozen=True)
class Words:
    """A vocabulary: token texts and, beside each, what comparison needs.

    Attributes:
        texts: tokens, the sign of a cut one included.
        bare: tokens without that sign.
        folds: as they sound; for consonant scripts the token itself.
        bones: consonants by class.
        is_cut: whether the sender may have cut the token.
        is_abjad: whether its script leaves vowels out.
        groups: where each token's equivalence groups begin; groups; their kinds (place in tables.KINDS).
    """

    texts: Sequence[str]
    bare: Sequence[str]
    folds: Sequence[str]
    bones: Sequence[str]
    is_cut: NDArray[np.bool_]
    is_abjad: NDArray[np.bool_]
    groups: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]

    def __len__(self) -> int:
        return len(self.texts)

    def taken(self, rows: Sequence[int]) -> Words:
        """Return the tokens of these rows."""
        offsets, groups, kinds = self.groups
        lengths = np.diff(offsets)[rows]
        begins = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        at = np.arange(begins[-1]) + np.repeat(offsets[:-1][rows] - begins[:-1], lengths)
        texts, bare, folds, bones = (
            [column[row] for row in rows] for column in (self.texts, self.bare, self.folds, self.bones)
        )
        return Words(texts, bare, folds, bones, self.is_cut[rows], self.is_abjad[rows], (begins, groups[at], kinds[at]))

    @cached_property
    def spelled(self) -> Letters:
        """Letters of the bare tokens."""
        return letters(self.bare)

    @cached_property
    def sounds(self) -> Letters:
        """Letters of the folds."""
        return letters(self.folds)

    @cached_property
    def consonants(self) -> Letters:
        """Letters of the bones."""
        return letters(self.bones)

    @cached_property
    def ordered(self) -> tuple[list[str], NDArray[np.int64]]:
        """The bare tokens in order, and which token each is."""
        order = np.argsort(np.array(self.bare, dtype=object), kind="stable")
        return [self.bare[at] for at in order], order

    @cached_property
    def members(self) -> Mapping[int, list[int]]:
        """Tokens of each equivalence group."""
        offsets, groups, _ = self.groups
        found: dict[int, list[int]] = {}
        for at in np.flatnonzero(np.diff(offsets)):
            for group in groups[offsets[at] : offsets[at + 1]]:
                found.setdefault(int(group), []).append(int(at))
        return found


def words(texts: Iterable[str], tables: NameTables) -> Words:
    """Return the vocabulary of the tokens given."""
    listed = list(texts)
    bare = [text.rstrip(CUT) for text in listed]
    abjad = [text.islower() for text in bare]
    endings = tuple(ending for ending, _ in tables.gendered)
    common = [common_form(text, tables) if text.endswith(endings) else text for text in bare]  # most have none
    folds = [t if a else _fold(c) for t, c, a in zip(bare, common, abjad, strict=True)]
    return _words(listed, bare, (folds, [_skeleton(t) for t in bare], abjad), tables)


def words_from(frame: pl.DataFrame, tables: NameTables) -> Words:
    """Return the vocabulary of a stored frame (word, sound, bones), without working sounds out again."""
    listed = frame["word"].to_list()
    bare = [text.rstrip(CUT) for text in listed]
    abjad = [text.islower() for text in bare]
    return _words(listed, bare, (frame["sound"].to_list(), frame["bones"].to_list(), abjad), tables)


def _words(
    listed: list[str], bare: list[str], heard: tuple[list[str], list[str], list[bool]], known: NameTables
) -> Words:
    folds, bones, abjad = heard
    groups = [known.equivalents.get(text, {}) for text in bare]
    flat = [(group, GROUP_KINDS.index(kind)) for each in groups for group, kind in each.items()]
    offsets = np.concatenate(([0], np.cumsum([len(each) for each in groups]))).astype(np.int64)
    return Words(
        texts=listed,
        bare=bare,
        folds=folds,
        bones=bones,
        is_cut=np.array([text.endswith(CUT) for text in listed], dtype=np.bool_),
        is_abjad=np.array(abjad, dtype=np.bool_),
        groups=(
            offsets,
            np.array([g for g, _ in flat], dtype=np.int32),
            np.array([k for _, k in flat], dtype=np.uint8),
        ),
    )


# The same tokens come back in every batch: what they sound like is kept.
_fold = lru_cache(maxsize=1 << 20)(fold)
_skeleton = lru_cache(maxsize=1 << 20)(skeleton)


def common_form(token: str, tables: NameTables) -> str:
    """Return a surname without the ending that tells the bearer's sex: KOMAROVA as KOMAROV."""
    for ending, form in tables.gendered:
        if token.endswith(ending) and len(token) > len(ending) + 2:
            return token[: -len(ending)] + form
    return token
