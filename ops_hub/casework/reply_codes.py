"""What each answer to a carrier is called, and what a state requires (rules/replies.toml).

Reach for `reply_codes()`. What a value means stands beside it in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ops_hub.config import rules_toml
from ops_hub.errors import ConfigError
from ops_hub.reference import country

BOARD, PENDING, DEFICIENT, NO_BOARD = "board", "pending", "deficient", "no-board"
STRICTNESS = (BOARD, PENDING, DEFICIENT, NO_BOARD)
ELEMENTS = (
    "name", "birth-date", "document", "document-expiry", "nationality", "sex", "passenger-ref", "booking-ref",
)  # fmt: skip
DEFAULT = ""  # stands for a state where none answers
_CODE, _NAME = re.compile(r"[A-Z0-9]{1,3}"), re.compile(r"[A-Z0-9*]{2,35}")
_MOST_TEXT = 512  # characters of a text in FTX


class Code(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An answer as it is sent: its code, and a text for a person at a gate."""

    code: str
    text: str = ""


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"no_board": "no-board"}):
    """The answers of a state, and what it requires: of each of `required`, one element must have been sent."""

    board: Code
    no_board: Code
    deficient: Code
    pending: Code | str
    required: list[list[str]]
    source: str = ""
    verified: bool = False

    def answer(self, kind: str) -> tuple[str, Code]:
        """Return the kind of answer that is really given, and its code: pending may be board."""
        if kind == PENDING and isinstance(self.pending, str):
            return BOARD, self.board
        assert isinstance(self.pending, Code) or kind != PENDING
        told = {BOARD: self.board, PENDING: self.pending, DEFICIENT: self.deficient, NO_BOARD: self.no_board}[kind]
        assert isinstance(told, Code)
        return kind, told


@dataclass(frozen=True)
class ReplyCodes:
    """All of it: the tables by state (DEFAULT among them), words for what is missing, texts for rejects."""

    tables: Mapping[str, Table]
    words: Mapping[str, str]
    reasons: Mapping[str, str]
    sender: str
    keep_days: int

    def of(self, state: str) -> Table:
        """Return the table of a state."""
        return self.tables.get(state, self.tables[DEFAULT])


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"states": "state"}):
    sender: str
    keep_days: int
    default: dict[str, Any]
    words: dict[str, str]
    reasons: dict[str, str] = {}
    states: list[dict[str, Any]] = []


def reply_codes(rules: Path | None = None) -> ReplyCodes:
    """Read `replies.toml` of a rules folder (default, or where it has none: the shipped one).

    Raises:
        ConfigError: the file is no TOML, or a key or value in it is not allowed.
    """
    path, file = rules_toml(rules, "replies.toml", _File)
    if not _NAME.fullmatch(file.sender):
        raise ConfigError(str(path), f"sender {file.sender!r} is not allowed", "write 2 to 35 capitals and digits")
    if not 1 <= file.keep_days <= 366:
        raise ConfigError(str(path), f"keep_days {file.keep_days} is not allowed", "write 1 to 366")
    if set(file.words) != set(ELEMENTS):
        odd = sorted(set(file.words) ^ set(ELEMENTS))[0]
        raise ConfigError(str(path), f"[words] {odd} is missing or not known", f"give {', '.join(ELEMENTS)}")
    tables = {DEFAULT: _table(f"{path} [default]", file.default)}
    for each in file.states:
        code = each.pop("code", None)
        place = f"{path} state {code or '(no code)'}"
        if not isinstance(code, str) or country(code) != code:
            raise ConfigError(place, "the code is no ISO 3166 alpha-3 code", "write for example BRB")
        if code in tables:
            raise ConfigError(place, "it stands in the file twice", "keep one table")
        tables[code] = _table(place, file.default | each)
    return ReplyCodes(tables, file.words, file.reasons, file.sender, file.keep_days)


def _table(place: str, raw: dict[str, Any]) -> Table:
    try:
        table = msgspec.convert(raw, Table)
    except msgspec.ValidationError as error:
        raise ConfigError(place, str(error), "give board, no-board, deficient, pending and required") from None
    codes = [table.board, table.no_board, table.deficient]
    if isinstance(table.pending, Code):
        codes.append(table.pending)
    elif table.pending != BOARD:
        raise ConfigError(place, f"pending {table.pending!r} is not known", 'write "board", or a code and a text')
    for code in codes:
        if not _CODE.fullmatch(code.code):
            raise ConfigError(place, f"code {code.code!r} is not allowed", "write 1 to 3 capitals and digits")
        if len(code.text) > _MOST_TEXT or not code.text.isprintable():
            raise ConfigError(place, f"the text of {code.code} is too long or not plain", "write one line of it")
    if table.no_board.code in [each.code for each in codes if each is not table.no_board]:
        raise ConfigError(
            place, f"{table.no_board.code} stands for no-board and for another answer", "only a person denies boarding"
        )
    unknown = [each for group in table.required for each in group if each not in ELEMENTS]
    if unknown or not all(table.required):
        raise ConfigError(
            place, f"required names {unknown[0] if unknown else 'nothing'}", f"it may name {', '.join(ELEMENTS)}"
        )
    return table
