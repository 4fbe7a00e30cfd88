"""Whether two names on one document are plainly two people's: said only where neither spelling nor cutting explains it.

Reach for `differing()`. A name that was transliterated, cut at the 39 letters of a passport's line or at the end of a
message's field, abbreviated, put in another order or given in part is not another name. How like two spellings are
is asked of the scorer that is handed in: the engine has one score of names, and this is not a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import polars as pl

from ops_hub.targeting.documents.formats import DocumentRules
from ops_hub.targeting.documents.papers import letters

NAME = ("family_name", "given_names", "full_name")
Likeness = Callable[[pl.DataFrame], pl.Series]
"""Says how like two names are, 0 to 1, row by row, of a frame with NAME and the same three ending in `_other`."""

# Scripts that are put into Latin letters by a table, letter by letter. How names of others are spelled in Latin
# letters is their bearers' choice, so that two spellings say nothing.
_BY_TABLE = r"^[\x00-\x{024F}\x{0370}-\x{052F}\x{1E00}-\x{1FFF}\x{2010}-\x{201F}]*$"
_LATIN = r"^[\x00-\x{024F}\x{1E00}-\x{1EFF}\x{2010}-\x{201F}]*$"

LEAST_CONSONANTS = 3  # that must agree where words begin alike in consonants only: fewer agree by chance
LEAST_LETTERS = 5  # or of the word: IUSHCH has one consonant, for a reader of Cyrillic
# What romanisations write for one consonant, longest first
_CLASSES = (
    ("NXX", "N"), ("SHTCH", "S"), ("SHCH", "S"), ("TSCH", "S"), ("CHTCH", "S"), ("TCH", "S"), ("SCH", "S"), ("SH", "S"), ("CH", "S"), ("ZH", "S"),
    ("TS", "S"), ("TZ", "S"), ("DZ", "S"), ("DJ", "J"), ("KH", "H"), ("GH", "K"), ("PH", "F"), ("TH", "T"), ("DH", "T"), ("QU", "K"),
    ("G", "K"), ("Q", "K"), ("C", "K"), ("X", "KS"), ("Z", "S"), ("D", "T"), ("B", "P"), ("V", "W"), ("R", "L"),
)  # fmt: skip


def differing(pairs: pl.LazyFrame, likeness: Likeness, rules: DocumentRules) -> pl.LazyFrame:
    """Return the pairs with `names`: 'plainly' different, 'partly', or null where they may be one person's.

    Args:
        pairs: has `name` (letters A to Z) and NAME of two records, those of the second ending in `_other`.
        likeness: scores names.
        rules: from which score on names are alike.
    """
    columns = ["name", *NAME, "name_other", *(f"{part}_other" for part in NAME)]
    asked = pairs.select(columns).filter(~_may_be_same()).unique()
    said = asked.map_batches(lambda frame: _said(frame, likeness, rules), schema=_schema(columns))
    return pairs.join(said, on=columns, how="left", nulls_equal=True)


def _schema(columns: list[str]) -> dict[str, pl.DataType]:
    return {**dict.fromkeys(columns, pl.String()), "names": pl.String()}


def _may_be_same() -> pl.Expr:
    """Return whether two names are one as far as can be told at a glance: the same, one the start or a part of the other."""
    one, other = pl.col("name"), pl.col("name_other")
    joined, joined_other = one.str.replace_all(" ", ""), other.str.replace_all(" ", "")
    tokens, tokens_other = one.str.split(" "), other.str.split(" ")
    missing, missing_other = tokens.list.set_difference(tokens_other), tokens_other.list.set_difference(tokens)
    return (
        (joined == "")
        | (joined_other == "")
        | joined.str.starts_with(joined_other)
        | joined_other.str.starts_with(joined)
        | (missing.list.len() == 0)
        | (missing_other.list.len() == 0)
    ).fill_null(True)


def _said(frame: pl.DataFrame, likeness: Likeness, rules: DocumentRules) -> pl.DataFrame:
    """Return the pairs whose names differ, with how; each pair of names is scored once."""
    nothing = pl.DataFrame(schema=_schema(frame.columns))
    if not frame.height:
        return nothing
    raw, raw_other = (
        pl.concat_str(*(f"{part}{end}" for part in NAME), ignore_nulls=True, separator=" ") for end in ("", "_other")
    )
    in_latin = raw.str.contains(_LATIN) & raw_other.str.contains(_LATIN)
    by_table = raw.str.contains(_BY_TABLE) & raw_other.str.contains(_BY_TABLE)
    compared = frame.with_columns(in_latin.alias("latin")).filter(by_table)
    if not compared.height:
        return nothing
    settings = rules.settings
    score = pl.col("score")
    plainly = score < settings.names_differ_plainly_below
    low = (
        compared.with_columns(likeness(compared).alias("score"))
        .filter(plainly | (pl.col("latin") & (score < settings.names_differ_below)))
        .with_columns(pl.when(plainly & pl.col("latin")).then(pl.lit("plainly")).otherwise(pl.lit("partly")).alias("names"))
    )  # fmt: skip
    fields = ("family_name", "given_names", "family_name_other", "given_names_other")
    plain = low.with_columns(letters(pl.col(field)).fill_null("") for field in fields)
    kept = [not _is_explained(*each) for each in plain.select("name", "name_other", *fields).iter_rows()]
    return low.filter(pl.Series(kept, dtype=pl.Boolean)).select(*frame.columns, "names")


def _is_explained(one: str, other: str, family: str, given: str, family_other: str, given_other: str) -> bool:
    """Return whether cutting and spelling explain how two names differ: taken whole, or field by field."""
    fields = _run_alike(family, family_other) and _run_alike(given, given_other)
    return fields or is_shortened(one, other) or is_shortened(other, one) or is_respelled(one, other)


def _run_alike(field: str, other: str) -> bool:
    """Return whether cutting and spelling explain how two fields differ; an empty one says nothing."""
    joined, joined_other = field.replace(" ", ""), other.replace(" ", "")
    if not joined or not joined_other:
        return False
    starts = joined.startswith(joined_other) or joined_other.startswith(joined)
    sounds = is_respelled(field, other) or _sounds(joined, joined_other)
    return starts or sounds or is_shortened(field, other) or is_shortened(other, field)


def is_shortened(short: str, whole: str) -> bool:
    """Return whether every word of a name begins, in letters or in consonants, a word of another name, each its own.

    >>> is_shortened("PAPANDROPOULOUS J T", "PAPANDROPOULOUS JONATHON THEODORE"), is_shortened("ANA RUIZ", "ANA GIL")
    (True, False)
    """
    words, mine = whole.split(), short.split()
    fits = [[at for at, each in enumerate(words) if _begins(word, each) or _sounds(word, each)] for word in mine]
    taken: dict[int, int] = {}  # which word of `whole` is whose

    def finds(which: int, tried: set[int]) -> bool:
        """Give a word one of `whole`, moving others on to what else fits them."""
        for at in fits[which]:
            if at not in tried:
                tried.add(at)
                if at not in taken or finds(taken[at], tried):
                    taken[at] = which
                    return True
        return False

    return all(finds(which, set()) for which in range(len(mine)))


def is_respelled(one: str, other: str) -> bool:
    """Return whether two names have the same consonants in the same order, or one those that the other begins with.

    Romanisations of one name differ in its vowels and in which letters stand for a consonant.

    >>> is_respelled("KIM CHULSOO", "KIM CHEOL SU"), is_respelled("KIM CHULSOO", "KIM YONGNAM")
    (True, False)
    """
    return any(
        len(bones) >= LEAST_CONSONANTS and _consonants(whole).startswith(bones)
        for cut, whole in ((one, other), (other, one))
        for bones in _readings(cut)
    )


def _begins(word: str, other: str) -> bool:
    """Return whether one of two words is the start of the other: one name may be cut here, its fellow there."""
    return other.startswith(word) or (len(other) > 1 and word.startswith(other))


def _sounds(word: str, other: str) -> bool:
    """Return whether the consonants of one of two words are those that the other begins with."""
    if _consonants(word) == _consonants(other) and len(_consonants(word)) > 1:
        return True
    return any(
        (len(bones) >= LEAST_CONSONANTS or (bones != "" and len(cut) >= LEAST_LETTERS))
        and _consonants(whole).startswith(bones)
        for cut, whole in ((word, other), (other, word))
        for bones in _readings(cut)
    )


def _readings(name: str) -> set[str]:
    """Return the consonants of a name that may be cut: as it stands, and where the letters of one consonant break off.

    IOUCHT may be IOUCHTCHENKO, in which CHTCH is one.
    """
    found = {_consonants(name)}
    for written, by in _CLASSES:
        found |= {_consonants(name[:-k]) + by for k in range(1, len(written)) if name.endswith(written[:k])}
    return found


@lru_cache(100_000)
def _consonants(name: str) -> str:
    """Return the consonants of a name by class, as all usual romanisations of one name have them in common."""
    for written, by in _CLASSES:
        name = name.replace(written, by)
    bones = re.sub("[AEIOUYWHJ ]", "", name)
    return re.sub(r"(.)\1+", r"\1", bones)
