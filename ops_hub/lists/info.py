"""What is said about a list as a whole: its owner, purpose and terms.

Reach for `load_info()` where a `list.toml` may stand beside a list. What the entries say is left to the
readers; an entry's own value always wins over the list's.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError

HANDLING = ("enforce", "discreet", "protect")
TERMS = ("title", "owner", "purpose", "handling", "legal_basis", "caveats", "expires", "contact")
_KEYS = ("id", *TERMS)


@dataclass(frozen=True)
class ListInfo:
    """A list: who owns it and on what terms it may be used.

    Attributes:
        counts: what was read: persons, documents, and kinds left out (organisations, vessels ...).
        files: (name, sha256) of what it was read from.
    """

    list_id: str
    title: str
    owner: str
    purpose: str
    handling: str
    legal_basis: str | None = None
    caveats: tuple[str, ...] = ()
    expires: str | None = None
    contact: str | None = None
    generated_on: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ListRead:
    """One list as read: ENTRIES and REJECTS."""

    info: ListInfo
    entries: pl.DataFrame
    rejects: pl.DataFrame


def differing(one: ListInfo, other: ListInfo) -> str | None:
    """Return the first of the TERMS that two descriptions of a list do not share, None where they agree."""
    return next((key for key in TERMS if getattr(one, key) != getattr(other, key)), None)


def load_info(folder: Path, default: ListInfo) -> ListInfo:
    """Return the list's terms from `list.toml` in its folder; without one, the reader's default.

    Raises:
        ConfigError: the file is no TOML, or has a key or value that is not allowed.
    """
    path = folder / "list.toml"
    if not path.is_file():
        return default
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read as TOML: {error}", "correct the file") from None
    for key in raw:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            raise ConfigError(
                str(path),
                f"unknown key {key}",
                f"did you mean {near[0]}?" if near else f"known: {', '.join(_KEYS)}",
            )
    handling = str(raw.get("handling", default.handling))
    if handling not in HANDLING:
        raise ConfigError(str(path), f"handling is {handling}", f"use one of {', '.join(HANDLING)}")
    expires = raw.get("expires", default.expires)
    if expires is not None:
        try:
            expires = date.fromisoformat(str(expires)).isoformat()
        except ValueError:
            raise ConfigError(str(path), f"expires is {expires}", "write a date such as 2027-06-30") from None
    return ListInfo(
        list_id=_text(path, raw, "id", default.list_id),
        title=_text(path, raw, "title", default.title),
        owner=_text(path, raw, "owner", default.owner),
        purpose=_text(path, raw, "purpose", default.purpose),
        handling=handling,
        legal_basis=raw.get("legal_basis", default.legal_basis),
        caveats=tuple(raw.get("caveats", default.caveats)),
        expires=expires,
        contact=raw.get("contact", default.contact),
    )


def _text(path: Path, raw: dict[str, Any], key: str, default: str) -> str:
    value = raw.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(str(path), f"{key} is not a text", f'write {key} = "..."')
    return value.strip()
