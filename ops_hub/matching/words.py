"""Distinct tokens and how alike two of them are: the only place where token similarity is defined.

Reach for `Words` (a vocabulary with what comparison needs of each token) and `similarities()` (pairs of
tokens to similarity and kind). Which pairs are worth comparing is left to `neighbours`; how tokens make
up names, to `alignment`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from ops_hub.config import NameSettings
from ops_hub.normalise.names import CUT
from ops_hub.normalise.tables import NameTables
from ops_hub.normalise.tokens import fold, skeleton

KINDS = (
    "none",
    "same",
    "spelling",
    "sound",
    "variant",
    "syllable",
    "nickname",
    "language",
    "script",
    "truncated",
)
NONE, SAME, SPELLING, SOUND, VARIANT, SYLLABLE, NICKNAME, LANGUAGE, SCRIPT, TRUNCATED = range(len(KINDS))
# Edits beyond which two tokens are never one: deletion neighbourhoods stay small and exact.
MAX_EDITS = 2
MAX_FOLD_EDITS = 1
MIN_CUT = 3  # letters that must remain of a token cut by the sender
MIN_SOUND = 3  # sounds that must be left: CHAO and CHOE both fold to two, and are two names
MIN_EDIT_LENGTH = 4  # of the longer token: below, one letter makes another name


@dataclass(frozen=True)
class Words:
    """A vocabulary: token texts and, beside each, what comparison needs (all arrays of the same length)."""

    texts: list[str]
    bare: list[str]  # without the sign of a cut token
    folds: list[str]  # as it sounds; for consonant scripts the token itself
    bones: list[str]  # consonants by class
    is_cut: NDArray[np.bool_]
    is_abjad: NDArray[np.bool_]
    groups: list[Mapping[int, str]]  # equivalence groups: id -> kind

    def __len__(self) -> int:
        return len(self.texts)


def words(texts: Iterable[str], tables: NameTables) -> Words:
    """Return the vocabulary of the tokens given."""
    listed = list(texts)
    bare = [text.rstrip(CUT) for text in listed]
    abjad = [text.islower() for text in bare]
    return Words(
        texts=listed,
        bare=bare,
        folds=[t if a else fold(common_form(t, tables)) for t, a in zip(bare, abjad, strict=True)],
        bones=[skeleton(t) for t in bare],
        is_cut=np.array([text.endswith(CUT) for text in listed], dtype=np.bool_),
        is_abjad=np.array(abjad, dtype=np.bool_),
        groups=[tables.equivalents.get(t, {}) for t in bare],
    )


def words_from(frame: pl.DataFrame, tables: NameTables) -> Words:
    """Return the vocabulary of a stored frame (word, sound, bones), without working sounds out again."""
    listed = frame["word"].to_list()
    bare = [text.rstrip(CUT) for text in listed]
    return Words(
        texts=listed,
        bare=bare,
        folds=frame["sound"].to_list(),
        bones=frame["bones"].to_list(),
        is_cut=np.array([text.endswith(CUT) for text in listed], dtype=np.bool_),
        is_abjad=np.array([text.islower() for text in bare], dtype=np.bool_),
        groups=[tables.equivalents.get(text, {}) for text in bare],
    )


def common_form(token: str, tables: NameTables) -> str:
    """Return a surname without the ending that tells the bearer's sex: KOMAROVA as KOMAROV."""
    for ending, form in tables.gendered:
        if token.endswith(ending) and len(token) > len(ending) + 2:
            return token[: -len(ending)] + form
    return token


Pairs = tuple[NDArray[np.float64], NDArray[np.uint8]]


def similarities(
    a: Words, b: Words, left: NDArray[np.int64], right: NDArray[np.int64], settings: NameSettings
) -> Pairs:
    """Return similarity (0, or from `settings.least` to 1) and kind of the pairs `a[left[i]]`, `b[right[i]]`.

    The best kind of agreement wins. Single letters only equal themselves here: as initials they are
    handled by the alignment, which knows the other token's first letter.
    """
    value, kind = _edits(a, b, left, right, settings)
    for better in (
        _groups(a, b, left, right, settings),
        _scripts(a, b, left, right, settings),
        _cut(a, b, left, right, settings),
    ):
        wins = better[0] > value
        value, kind = np.where(wins, better[0], value), np.where(wins, better[1], kind)
    same = np.fromiter((a.bare[i] == b.bare[j] for i, j in zip(left, right, strict=True)), np.bool_, len(left))
    value, kind = np.where(same, 1.0, value), np.where(same, SAME, kind)
    weak = value < settings.least
    return np.where(weak, 0.0, value), np.where(weak, NONE, kind).astype(np.uint8)


def _edits(a: Words, b: Words, left: NDArray[np.int64], right: NDArray[np.int64], s: NameSettings) -> Pairs:
    """Similarity by spelling and by sound."""
    surface, length, first = _distance(a.bare, b.bare, left, right, MAX_EDITS)
    spelling = 1.0 - s.edit_cost * surface / np.maximum(length - 1, 1) - s.first_letter * first
    spelling[(surface > MAX_EDITS) | (length < MIN_EDIT_LENGTH)] = 0.0
    sound, sound_length, sound_first = _distance(a.folds, b.folds, left, right, MAX_FOLD_EDITS)
    sounding = 1.0 - s.near_sound - s.edit_cost * sound / np.maximum(sound_length - 1, 1) - s.first_letter * sound_first
    sounding = np.where(sound == 0, s.same_sound, sounding)
    sounding[(sound > MAX_FOLD_EDITS) | (sound_length < MIN_SOUND) | (length < 3)] = 0.0
    across = a.is_abjad[left] != b.is_abjad[right]
    value = np.where(across, 0.0, np.maximum(spelling, sounding))
    return value, np.where(spelling >= sounding, SPELLING, SOUND).astype(np.uint8)


def _distance(
    a: list[str], b: list[str], left: NDArray[np.int64], right: NDArray[np.int64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return edit distance (`most` + 1 stands for more), length of the longer, and whether first letters differ."""
    ones, others = [a[i] for i in left], [b[j] for j in right]
    if not ones:
        nothing = np.zeros(0)
        return nothing, nothing, nothing
    # workers=-1, never 1: with one worker it waits for the interpreter lock at every pair
    edits = cpdist(ones, others, scorer=OSA.distance, score_cutoff=most, workers=-1, dtype=np.uint8)
    length = np.fromiter((max(len(x), len(y)) for x, y in zip(ones, others, strict=True)), np.float64, len(ones))
    first = np.fromiter((x[:1] != y[:1] for x, y in zip(ones, others, strict=True)), np.float64, len(ones))
    return edits.astype(np.float64), length, first


def _groups(a: Words, b: Words, left: NDArray[np.int64], right: NDArray[np.int64], s: NameSettings) -> Pairs:
    """Similarity by known equivalence; most pairs have none, so only tokens with groups are walked."""
    value, kind = np.zeros(len(left)), np.zeros(len(left), dtype=np.uint8)
    has_a = np.fromiter((bool(g) for g in a.groups), np.bool_, len(a))
    has_b = np.fromiter((bool(g) for g in b.groups), np.bool_, len(b))
    worth = {"variant": (s.variant, VARIANT), "syllable": (s.syllable, SYLLABLE)}
    worth |= {"nickname": (s.nickname, NICKNAME), "language": (s.language, LANGUAGE)}
    for at in np.flatnonzero(has_a[left] & has_b[right]):
        one, other = a.groups[left[at]], b.groups[right[at]]
        for group in one.keys() & other.keys():
            points, code = worth[one[group]]
            if points > value[at]:
                value[at], kind[at] = points, code
    return value, kind


def _scripts(a: Words, b: Words, left: NDArray[np.int64], right: NDArray[np.int64], s: NameSettings) -> Pairs:
    """Similarity of a token in a consonant script to a Latin one: by consonants, at least two of them."""
    value = np.zeros(len(left))
    at = np.flatnonzero(a.is_abjad[left] != b.is_abjad[right])
    if len(at):
        edits, length, _ = _distance(a.bones, b.bones, left[at], right[at], 1)
        short = np.fromiter(
            (min(len(a.bones[i]), len(b.bones[j])) for i, j in zip(left[at], right[at], strict=True)),
            float,
            len(at),
        )
        value[at] = np.where(edits == 0, np.where(length > 2, s.consonants, s.consonants - 0.1), 0.0)
        value[at] = np.where((edits == 1) & (length >= 5), s.consonants - 0.15, value[at])
        value[at[short < 2]] = 0.0
    return value, np.full(len(left), SCRIPT, dtype=np.uint8)


def _cut(a: Words, b: Words, left: NDArray[np.int64], right: NDArray[np.int64], s: NameSettings) -> Pairs:
    """Similarity of a token that the sender may have cut to one that begins with it."""
    value = np.zeros(len(left))
    for at in np.flatnonzero(a.is_cut[left] | b.is_cut[right]):
        i, j = left[at], right[at]
        one, other = a.bare[i], b.bare[j]
        if (
            a.is_cut[i]
            and len(one) >= MIN_CUT
            and other.startswith(one)
            or b.is_cut[j]
            and len(other) >= MIN_CUT
            and one.startswith(other)
        ):
            value[at] = s.truncated
    return value, np.full(len(left), TRUNCATED, dtype=np.uint8)
