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
    raw = _raw_tokens(frame, tables.cut_at if cut else 1 << 30)
    vocabulary = raw["raw"].unique(maintain_order=True)
    pieces = [_latin(token, tables) for token in vocabulary]
    words: dict[str, int] = {}
    flat = np.array([words.setdefault(w, len(words)) for piece in pieces for w in piece], dtype=np.int32)
    starts = np.concatenate(([0], np.cumsum([len(piece) for piece in pieces]))).astype(np.int64)
    listed = list(words)
    codes = raw["raw"].cast(pl.Enum(vocabulary)).to_physical().to_numpy() if len(vocabulary) else np.zeros(0, np.uint32)
    offsets, tokens, parts = _assemble(
        len(frame),
        raw["row"].to_numpy(),
        raw["part"].to_numpy(),
        codes.astype(np.int64),
        (starts, flat),
        np.array([w.rstrip(CUT) in tables.titles for w in listed], dtype=np.bool_),
        np.array([len(w) == 1 for w in listed], dtype=np.bool_),
    )
    base = np.array([word_weight(w, tables, settings) for w in listed], dtype=np.float64)
    light = np.array(
        [w in tables.particles or len(w) == 1 or bool(_PATRONYMIC.match(w)) for w in listed], dtype=np.bool_
    )
    weights = base[tokens] if len(listed) else np.zeros(0)
    _weigh(offsets, tokens, parts, light, weights, (settings.family, settings.last))
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


def _raw_tokens(frame: pl.DataFrame, cut_at: int) -> pl.DataFrame:
    """Return row (name), part and raw token, in the order given then family."""
    unsplit = pl.col("family").is_null()
    long = [pl.col(c).str.len_chars() >= cut_at for c in ("given", "family")]
    frame = frame.with_row_index("row").with_columns(
        part=pl.when(unsplit).then(UNSPLIT).otherwise(GIVEN).cast(pl.UInt8),
        given_cut=long[0] & unsplit.not_(),
        family_cut=long[1].fill_null(False),
    )
    sides = [
        frame.select("row", "part", text="given", cut="given_cut"),
        frame.select("row", pl.lit(FAMILY, dtype=pl.UInt8).alias("part"), text="family", cut="family_cut").drop_nulls(
            "text"
        ),
    ]
    rows = (
        pl.concat(sides)
        .with_columns(raw=_split(pl.col("text")))
        .with_columns(
            raw=pl.when(pl.col("cut") & (pl.col("raw").list.len() > 0))
            .then(
                pl.concat_list(pl.col("raw").list.head(pl.col("raw").list.len() - 1), pl.col("raw").list.last() + CUT)
            )
            .otherwise(pl.col("raw"))
        )
    )
    order = (pl.col("part") == FAMILY).alias("second")
    return (
        rows.sort("row", order, maintain_order=True)
        .explode("raw", empty_as_null=False)
        .select("row", "part", "raw")
        .drop_nulls()
    )


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
def _assemble(n: int, row: Any, part: Any, code: Any, pieces: Any, title: Any, single: Any) -> Any:
    """Put each name's tokens together: titles out, repeats out, the first MAX_TOKENS kept."""
    starts, flat = pieces
    offsets = np.zeros(n + 1, np.int64)
    pieces_in_all = 0
    for k in code:
        pieces_in_all += starts[k + 1] - starts[k]
    tokens = np.empty(min(n * MAX_TOKENS, pieces_in_all), np.int32)
    parts = np.empty(len(tokens), np.uint8)
    at, here = 0, 0
    for name in range(n):
        begin = at
        first = here
        while here < len(row) and row[here] == name:
            here += 1
        for keep_titles in (False, True):
            for k in range(first, here):
                for f in range(starts[code[k]], starts[code[k] + 1]):
                    word = flat[f]
                    if (title[word] and not keep_titles) or at - begin >= MAX_TOKENS:
                        continue
                    repeat = False
                    for seen in range(begin, at):
                        repeat |= tokens[seen] == word and not single[word]
                    if not repeat:
                        tokens[at] = word
                        parts[at] = part[k]
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
