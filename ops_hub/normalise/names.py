"""Names as written into weighted tokens: one distinct name a row, in arrays that kernels can walk.

Reach for `distinct_names()` before any comparison, for both sides alike: same name, same tokens, same
weights. What one token becomes is said in `tokens`; how two names compare is left to matching/.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from ops_hub.config import NameSettings
from ops_hub.normalise.tables import NameTables
from ops_hub.normalise.tokens import latin, split

MAX_TOKENS = 14  # of one name; longer ones keep their first 14 (longest real list name: 12, OFAC and UN)
MAX_LETTERS = 400  # of one field; what follows is not read (a name field in API has 35)
GIVEN, FAMILY, UNSPLIT = 0, 1, 2
CUT = "*"  # ends a token that the sender may have cut
FEW = 256  # names up to which columns are not worth their setting up
_MARK = "\x00"  # ends a text that the sender may have cut
_PATRONYMIC = re.compile(r".{3,}(OVICH|EVICH|OVNA|EVNA|OVYCH|EVYCH|IVNA|YCH|OVITCH|EVITCH|OGLU)$")
_CANON = {
    "EL": "AL",
    "UL": "AL",
    "UR": "AL",
    "AR": "AL",
    "AS": "AL",
    "AD": "AL",
    "AZ": "AL",
    "IBN": "BIN",
    "ABOU": "ABU",
    "ABI": "ABU",
    "ABO": "ABU",
    "EBU": "ABU",
    "BN": "BIN",
}


@dataclass(frozen=True)
class Names:
    """n distinct names: tokens of name i are `tokens[offsets[i]:offsets[i+1]]`, ids into `words`.

    `weights` and `parts` (GIVEN, FAMILY, UNSPLIT) stand beside `tokens`.
    """

    words: list[str]
    offsets: NDArray[np.int64]
    tokens: NDArray[np.int32]
    weights: NDArray[np.float64]
    parts: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def taken(self, rows: NDArray[np.int64]) -> Names:
        """Return the names of these rows, with only the words that they use."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        used, tokens = np.unique(self.tokens[at], return_inverse=True)
        listed = [self.words[word] for word in used]
        return Names(listed, offsets, tokens.astype(np.int32), self.weights[at], self.parts[at])


def name_columns(family: pl.Expr, given: pl.Expr, full: pl.Expr) -> list[pl.Expr]:
    """Return the expressions `family` and `given` of a name that may be split, 'FAMILY, Given' or plain.

    A plain name stands in `given` with `family` null: both forms are then told apart by that.
    """
    family, given = (pl.when(part.str.strip_chars() != "").then(part) for part in (family, given))
    unsplit = family.is_null() & given.is_null()
    comma = full.str.splitn(",", 2)
    head, tail = comma.struct.field("field_0"), comma.struct.field("field_1")
    listed = unsplit & tail.str.contains(r"\w")
    return [
        pl.when(listed).then(head).when(unsplit).then(None).otherwise(family.fill_null("")).alias("family"),
        pl.when(listed).then(tail).when(unsplit).then(full).otherwise(given.fill_null("")).alias("given"),
    ]


def distinct_names(frame: pl.DataFrame, tables: NameTables, settings: NameSettings, *, cut: bool) -> Names:
    """Return the names of a frame with the columns `family` and `given` (see `name_columns`), row by row.

    Args:
        frame: one distinct name a row.
        tables: name knowledge.
        settings: weights.
        cut: whether fields may have been cut by the sender (travellers yes, list entries no).
    """
    taken_apart = _few if len(frame) <= FEW else _many
    (given, family, unsplit), (text_of, vocabulary, codes, texts) = taken_apart(
        frame, tables.cut_at if cut else 1 << 30
    )
    seen = _remembered((tables.digest,))
    for token in vocabulary:
        if token not in seen:
            seen[token] = _latin(token, tables)
    pieces = [seen[token] for token in vocabulary]
    words: dict[str, int] = {}
    flat = np.array([words.setdefault(w, len(words)) for piece in pieces for w in piece], dtype=np.int32)
    starts = np.concatenate(([0], np.cumsum([len(piece) for piece in pieces]))).astype(np.int64)
    listed = list(words)
    offsets, tokens, parts = _assemble(
        (given, family, unsplit),
        _grouped(text_of, codes, (starts, flat), texts),
        np.array([w.rstrip(CUT) in tables.titles for w in listed], dtype=np.bool_),
        np.array([len(w) == 1 for w in listed], dtype=np.bool_),
    )
    weighed = _remembered((tables.digest, settings))
    for word in listed:
        if word not in weighed:
            light = word in tables.particles or len(word) == 1 or bool(_PATRONYMIC.match(word))
            weighed[word] = (word_weight(word, tables, settings), light)
    base = np.array([weighed[w][0] for w in listed], dtype=np.float64)
    is_light = np.array([weighed[w][1] for w in listed], dtype=np.bool_)
    weights = base[tokens] if len(listed) else np.zeros(0)
    _weigh(offsets, tokens, parts, is_light, weights, (settings.family, settings.last))
    return Names(listed, offsets, tokens, weights, parts)


def word_weight(word: str, tables: NameTables, settings: NameSettings) -> float:
    """Return how much a token says about a person, before its place in the name: 1 for a rare one."""
    word = word.rstrip(CUT)
    if len(word) == 1:
        return settings.initial
    if word in tables.particles:
        return settings.particle
    bearers = tables.per_100k.get(word, 0.0)
    weight = 1.0
    if bearers > settings.rare_below:
        weight = max(settings.lightest, 1.0 - settings.rarity_slope * math.log10(bearers / settings.rare_below))
    if len(word) <= 3:
        weight *= settings.short
    if _PATRONYMIC.match(word):
        weight *= settings.patronymic
    return weight


def _latin(raw: str, tables: NameTables) -> tuple[str, ...]:
    pieces = tuple(_CANON.get(piece, piece) for piece in latin(raw.rstrip(CUT), tables))
    if raw.endswith(CUT) and pieces and len(pieces[-1]) >= 2:
        return (*pieces[:-1], pieces[-1] + CUT)
    return pieces


Parts = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]
"""For each name its given and its family names (which text; -1: none), and whether its source does not split it."""
Tokens = tuple[NDArray[np.int64], list[str], NDArray[np.int64], int]
"""For each raw token its text; the distinct tokens; for each raw token which of them it is; how many texts."""


def _few(frame: pl.DataFrame, cut_at: int) -> tuple[Parts, Tokens]:
    """Take a few names apart one by one: a single question is answered before a frame is set up."""
    texts: dict[tuple[str, bool], int] = {}
    raw: dict[str, int] = {}
    given: list[int] = []
    family: list[int] = []
    text_of: list[int] = []
    codes: list[int] = []
    for last, first in zip(frame["family"].to_list(), frame["given"].to_list(), strict=True):
        for written, place in ((first or "", given), (last, family)):
            if written is None:
                place.append(-1)
                continue
            is_cut = last is not None and len(written) >= cut_at
            text = written.rstrip(_MARK)
            if (text, is_cut) not in texts:
                found = split(text[:MAX_LETTERS])
                if is_cut and found:
                    found[-1] += CUT
                text_of += [len(texts)] * len(found)
                codes += [raw.setdefault(token, len(raw)) for token in found]
                texts[text, is_cut] = len(texts)
            place.append(texts[text, is_cut])
    unsplit = frame["family"].is_null().to_numpy()
    arrays = [np.array(each, dtype=np.int64) for each in (given, family, text_of, codes)]
    return (arrays[0], arrays[1], unsplit), (arrays[2], list(raw), arrays[3], len(texts))


def _many(frame: pl.DataFrame, cut_at: int) -> tuple[Parts, Tokens]:
    """Take very many names apart in columns; the same as `_few`."""
    texts, given, family, unsplit = _texts(frame, cut_at)
    raw = _raw_tokens(texts)
    vocabulary, codes = _coded(raw["raw"])
    return (given, family, unsplit), (raw["text"].to_numpy(), vocabulary, codes, len(texts))


def _texts(
    frame: pl.DataFrame, cut_at: int
) -> tuple[pl.DataFrame, NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the distinct texts (text, is_cut) that the names are made of, and for each name which are its own.

    The same family and given names come back in many names: each is taken apart once. -1 stands for no family name.
    """
    unsplit = pl.col("family").is_null()
    marked = [
        pl.when(~unsplit & (pl.col(part).str.len_chars() >= cut_at))
        .then(pl.col(part).str.strip_chars_end(_MARK) + _MARK)
        .otherwise(pl.col(part).str.strip_chars_end(_MARK))
        for part in ("given", "family")
    ]
    both = frame.select(pl.concat([marked[0].fill_null(""), marked[1]]).alias("text"))["text"]
    distinct, codes = _coded(both)
    texts = pl.DataFrame({"text": distinct}, schema={"text": pl.String}).select(
        pl.col("text").str.strip_chars_end(_MARK), pl.col("text").str.ends_with(_MARK).alias("is_cut")
    )
    return texts, codes[: len(frame)], codes[len(frame) :], frame.select(unsplit)["family"].to_numpy()


def _coded(texts: pl.Series) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct texts, and which of them stands in each row (-1: none)."""
    distinct = texts.drop_nulls().unique(maintain_order=True)
    coded = texts.cast(pl.Enum(distinct)).to_physical()
    return distinct.to_list(), coded.cast(pl.Int64).fill_null(-1).to_numpy()


_MEMORY: dict[tuple[object, ...], dict[str, Any]] = {}
MAX_REMEMBERED = 1_000_000  # tokens; the same ones come back in every batch


def _remembered(known: tuple[object, ...]) -> dict[str, Any]:
    """Return what was worked out before for tokens, under this knowledge."""
    if known not in _MEMORY and len(_MEMORY) > 8:
        _MEMORY.clear()
    memory = _MEMORY.setdefault(known, {})
    if len(memory) > MAX_REMEMBERED:
        memory.clear()
    return memory


def _raw_tokens(texts: pl.DataFrame) -> pl.DataFrame:
    """Return text (row) and raw tokens; the last one of a text marked where the sender may have cut it."""
    listed = texts.select(pl.int_range(pl.len()).alias("text"), _split(pl.col("text")).alias("raw"), "is_cut")
    raw = pl.col("raw")
    if texts["is_cut"].any():
        marked = pl.concat_list(raw.list.head(raw.list.len() - 1), raw.list.last() + CUT)
        listed = listed.with_columns(raw=pl.when(pl.col("is_cut") & (raw.list.len() > 0)).then(marked).otherwise(raw))
    return listed.select("text", "raw").explode("raw", empty_as_null=False).drop_nulls("raw")


def _split(text: pl.Expr) -> pl.Expr:
    """Return `tokens.split` for a column: by expressions where the text is ASCII, row by row elsewhere."""
    text = text.str.slice(0, MAX_LETTERS)
    plain = (
        text.str.replace_all(r"['`]", "").str.replace_all(r"[^A-Za-z0-9]+", " ").str.strip_chars().str.to_uppercase()
    )
    ascii_only = text.str.len_bytes() == text.str.len_chars()
    # other scripts need Unicode categories that no expression offers; they are few in a feed
    other = pl.when(ascii_only.not_()).then(text).map_elements(lambda t: " ".join(split(t)), return_dtype=pl.String)
    joined = pl.when(ascii_only).then(plain).otherwise(other)
    return pl.when(joined == "").then(pl.lit([], dtype=pl.List(pl.String))).otherwise(joined.str.split(" "))


@njit(cache=True)
def _grouped(text: Any, code: Any, pieces: Any, size: int) -> Any:
    """Return the words of each text: where they begin, and the words one after another."""
    starts, flat = pieces
    offsets = np.zeros(size + 1, np.int64)
    for k in range(len(text)):
        offsets[text[k] + 1] += starts[code[k] + 1] - starts[code[k]]
    offsets = np.cumsum(offsets)
    words, at = np.empty(offsets[-1], np.int32), 0
    for k in range(len(text)):
        for f in range(starts[code[k]], starts[code[k] + 1]):
            words[at] = flat[f]
            at += 1
    return offsets, words


@njit(cache=True)
def _assemble(names: Any, texts: Any, title: Any, single: Any) -> Any:
    """Put each name's tokens together, given names first: titles out, the first MAX_TOKENS kept."""
    given, family, unsplit = names
    starts, words = texts
    n = len(given)
    offsets = np.zeros(n + 1, np.int64)
    most = 0
    for name in range(n):
        most += starts[given[name] + 1] - starts[given[name]]
        if family[name] >= 0:
            most += starts[family[name] + 1] - starts[family[name]]
    tokens = np.empty(min(n * MAX_TOKENS, most), np.int32)
    parts = np.empty(len(tokens), np.uint8)
    at = 0
    for name in range(n):
        begin = at
        for keep_titles in (False, True):
            for side in range(2):
                text = given[name] if side == 0 else family[name]
                if text < 0:
                    continue
                for f in range(starts[text], starts[text + 1]):
                    word = words[f]
                    if (title[word] and not keep_titles) or at - begin >= MAX_TOKENS:
                        continue
                    # one name written in both fields, or twice at the beginning, is one name; GARCIA GARCIA are two
                    again = at == begin + 1 and f + 1 < starts[text + 1] and tokens[begin] == word
                    repeat = unsplit[name] and again and not single[word]
                    for seen in range(begin, at):
                        repeat |= side == 1 and parts[seen] == GIVEN and tokens[seen] == word and not single[word]
                    if not repeat:
                        tokens[at] = word
                        parts[at] = FAMILY if side == 1 else UNSPLIT if unsplit[name] else GIVEN
                        at += 1
            if at > begin:
                break
        offsets[name + 1] = at
    return offsets, tokens[:at].copy(), parts[:at].copy()


@njit(cache=True)
def _weigh(offsets: Any, tokens: Any, parts: Any, light: Any, weights: Any, factors: Any) -> None:
    """Weigh family names, and the last full token where the source does not split the name."""
    family, last = factors
    for name in range(len(offsets) - 1):
        pending = True
        for k in range(offsets[name + 1] - 1, offsets[name] - 1, -1):
            if parts[k] == FAMILY and not light[tokens[k]]:
                weights[k] *= family
            elif parts[k] == UNSPLIT and pending and not light[tokens[k]]:
                weights[k] *= last
                pending = False
