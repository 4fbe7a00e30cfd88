"""The words of crew and passenger lists in five languages (rules/forms.toml), and what a cell's text means by them.

Reach for `words()`. Where labels and values stand on a form is left to `layout`, what values mean to `values`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from anyascii import anyascii

from ops_hub.config import data_dir
from ops_hub.errors import ConfigError

_SECTIONS = ("call", "column", "title", "below", "document", "sex", "answer", "month", "port", "people")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2})*[.)]?\s+(?=\D)")
MAX_LABEL = 120  # characters; a longer text is no label
MAX_DIGITS = 4  # so is one with more digits: a date, a document's number


@dataclass(frozen=True)
class Words:
    """Folded word to meaning, one table a section; `letters` are systems of one-letter sexes, the first that fits holds."""

    call: Mapping[str, str]
    column: Mapping[str, str]
    title: Mapping[str, str]
    below: Mapping[str, str]
    document: Mapping[str, str]
    sex: Mapping[str, str]
    answer: Mapping[str, str]
    month: Mapping[str, str]
    port: Mapping[str, str]
    people: Mapping[str, str]
    letters: tuple[Mapping[str, str], ...]

    def call_label(self, text: str) -> str | None:
        """Return what a label beside or above a value asks for, e.g. vessel or voyage; None where it is no label."""
        return _meaning(text, self.call)

    def column_label(self, text: str) -> str | None:
        """Return which column a heading means; None where it is not known."""
        return _meaning(text, self.column)

    def role(self, text: str) -> str | None:
        """Return crew, passenger, transit or transit-crew of a title, a sheet's name or a role; None where it says none."""
        whole = _meaning(text, self.title)
        if whole is not None or len(text) > MAX_LABEL:
            return whole
        said = f" {folded(text)} "
        found = {meaning for word, meaning in self.title.items() if f" {word} " in said}
        return found.pop() if len(found) == 1 else None

    def ends(self, text: str) -> str | None:
        """Return total or signature for a text that stands beneath a table; None for any other."""
        said = f"{folded(text)} "
        return next((meaning for word, meaning in self.below.items() if said.startswith(f"{word} ")), None)


@lru_cache(maxsize=1 << 14)
def folded(text: str) -> str:
    """Return a text as capitals without accents, signs, numbers in front and brackets.

    >>> folded("7. Family name(s):"), folded("Nº de documento")
    ('FAMILY NAME', 'NO DE DOCUMENTO')
    """
    plain = _BRACKETS.sub(" ", _NUMBERED.sub("", text.strip()))
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", anyascii(plain.replace("°", "o")).upper()).split())


def _meaning(text: str, table: Mapping[str, str]) -> str | None:
    """Return the meaning of a text, or of the first part of a text in two languages that has one."""
    if not text or len(text) > MAX_LABEL or sum(sign.isdigit() for sign in text) > MAX_DIGITS:
        return None
    return next((table[word] for word in _forms(text) if word in table), None)


def _forms(text: str) -> Iterator[str]:
    yield folded(text)
    for part in re.split(r"[/\n|;]", text):
        yield folded(part)


@cache
def words() -> Words:
    """Read rules/forms.toml.

    Raises:
        ConfigError: it is no TOML, a section is missing, or one word has two meanings in a section.
    """
    path = data_dir("rules") / "forms.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        letters = tuple(raw["sex_letters"].values())
        tables = {section: _table(str(path), section, raw[section]) for section in _SECTIONS}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(
            str(path), f"cannot be used: {error}", "correct it; the file as shipped is the model"
        ) from None
    return Words(**tables, letters=letters)


def _table(place: str, section: str, said: Mapping[str, list[str]]) -> dict[str, str]:
    table: dict[str, str] = {}
    for meaning, listed in said.items():
        for word in listed:
            key = folded(word)
            if table.setdefault(key, meaning) != meaning:
                raise ConfigError(place, f"[{section}] {word} means {table[key]} and {meaning}", "leave it in one line")
    return table
