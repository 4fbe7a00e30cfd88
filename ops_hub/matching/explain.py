"""Alignments and evidence into what a watch officer reads: lines with points, and one sentence a hit.

Reach for `tokens()` and `sentences()`. They say what agrees, what does not and what is unknown, in that order, and
never call anyone a suspect: a hit is a lead to verify. All hits at once, in columns.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.matching.compare import KINDS, Lines, Side
from ops_hub.normalise.names import CUT, Names
from ops_hub.schemas import HIT_TOKEN

_AGREES = {
    "same": "same", "spelling": "spelled differently", "sound": "sounds alike", "variant": "known spelling", "syllable": "same syllable",
    "nickname": "nickname", "language": "same name in another language", "script": "other script", "truncated": "cut short",
    "initial": "initial", "joined": "written as one",
}  # fmt: skip
_BIRTH = {
    "exact": "birth date equal", "swapped": "birth date equal with day and month exchanged", "one-digit": "birth date differs in one place",
    "year": "birth year agrees", "range": "birth date within the listed range", "near": "birth date within a year",
    "different": "birth date differs", "unknown": "birth date unknown on one side",
}  # fmt: skip
_DOCUMENT = {
    "exact": "document number equal",
    "in-range": "document number within a listed range",
    "look-alike": "document number looks alike (scanner or clerk)",
}


def said(found: Lines, a: Side, b: Side, pairs: NDArray[np.int64]) -> pl.DataFrame:
    """Return the lines as a frame: pair (row of `pairs`) and the fields of schemas.HIT_TOKEN."""
    pair = np.repeat(np.arange(len(pairs), dtype=np.uint32), np.diff(found.offsets))
    return pl.DataFrame(
        {
            "pair": pair,
            "query": _texts(found.ours, a.names, pairs[pair, 0]),
            "candidate": _texts(found.theirs, b.names, pairs[pair, 1]),
            "kind": pl.Series(KINDS, dtype=pl.String).gather(found.kinds),
            "similarity": found.similarities,
            "points": found.points,
        }
    )


def _texts(bits: NDArray[np.int64], names: Names, which: NDArray[np.int64]) -> pl.Series:
    """Return the tokens that the bits of each line stand for, null where there are none."""
    begin = names.offsets[which]
    rows, places = [], []
    for place in range(int(bits.max(initial=0)).bit_length()):
        lines = np.flatnonzero(bits >> place & 1)
        rows.append(lines)
        places.append(names.tokens[begin[lines] + place])
    if not rows:
        return pl.Series([None] * len(bits), dtype=pl.String)
    row = np.concatenate(rows)
    used, code = np.unique(np.concatenate(places), return_inverse=True)
    texts = pl.Series([names.words[word].rstrip(CUT) for word in used], dtype=pl.String)
    joined = (
        pl.DataFrame({"row": row.astype(np.int64), "text": texts.gather(code)})
        .group_by("row", maintain_order=True)
        .agg(pl.col("text").str.join(" "))
    )
    all_rows = pl.DataFrame({"row": np.arange(len(bits))})
    return all_rows.join(joined, on="row", how="left", maintain_order="left")["text"]


def tokens(lines: pl.DataFrame, pairs: int) -> pl.Series:
    """Return the lines of each of the pairs as one list of HIT_TOKEN."""
    fields = [field.name for field in HIT_TOKEN.fields]
    grouped = lines.group_by("pair", maintain_order=True).agg(pl.struct(fields).alias("tokens"))
    return _for_each(grouped, "tokens", pairs)


def _for_each(grouped: pl.DataFrame, column: str, pairs: int) -> pl.Series:
    every = pl.DataFrame({"pair": np.arange(pairs, dtype=np.uint32)})
    return every.join(grouped, on="pair", how="left", maintain_order="left")[column]


def sentences(lines: pl.DataFrame, pairs: int) -> pl.Series:
    """Return, for each of the pairs, what its names say token by token."""
    query, candidate, kind = pl.col("query"), pl.col("candidate"), pl.col("kind")
    agreement = kind.replace_strict(_AGREES, default=None, return_dtype=pl.String)
    one, other = query.fill_null("nothing"), candidate.fill_null("nothing")
    text = (
        pl.when(kind == "same").then(pl.format("{} same", one))
        .when(agreement.is_not_null()).then(pl.format("{}~{} {}", one, other, agreement))
        .when(kind == "contradicted").then(pl.format("{} against {} contradicts", one, other))
        .when((kind == "omitted") & query.is_not_null()).then(pl.format("{} only here", query))
        .when((kind == "omitted") & candidate.is_not_null()).then(pl.format("{} only in the list", candidate))
        .when(kind == "order").then(pl.lit("order differs"))
    )  # fmt: skip
    grouped = lines.with_columns(text.alias("text")).drop_nulls("text").group_by("pair", maintain_order=True)
    return _for_each(grouped.agg(pl.col("text").str.join(", ")), "text", pairs)


def sentence() -> pl.Expr:
    """Return the explanation of a hit from its terms and `names_said`: documents first, then names, then the rest."""
    document, birth = pl.col("document_agreement"), pl.col("birth_agreement")
    paper = document.replace_strict(_DOCUMENT, default=None, return_dtype=pl.String)
    names = pl.format("names {}: {}", _fixed("name_score"), pl.col("names_said"))
    born = birth.replace_strict(_BIRTH, return_dtype=pl.String)
    parts = [
        pl.format("{}: {} ({})", paper, pl.col("matched_document"), _signed("document_term")),
        pl.when(pl.col("names_said").is_not_null()).then(names),
        pl.when(birth == "unknown").then(born).otherwise(pl.format("{} ({})", born, _signed("birth_term"))),
        _either("sex_term", "sex agrees", "sex differs"),
        _either("nationality_term", "nationality agrees", "nationality differs"),
        _either("quality_term", "", "the listed name is a weak a.k.a."),
    ]
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)


def _either(term: str, agree: str, differ: str) -> pl.Expr:
    said = pl.when(pl.col(term) > 0).then(pl.lit(agree)).otherwise(pl.lit(differ))
    return pl.when(pl.col(term) != 0).then(pl.format("{} ({})", said, _signed(term)))


def _signed(term: str) -> pl.Expr:
    sign = pl.when(pl.col(term) < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    return pl.concat_str(sign, _fixed(term))


def _fixed(term: str) -> pl.Expr:
    """Return a number with two places, without its sign."""
    hundredths = (pl.col(term).abs() * 100).round().cast(pl.Int64)
    return pl.format("{}.{}", hundredths // 100, (hundredths % 100).cast(pl.String).str.zfill(2))
