"""Templates into pages: the environment, what every page is given, and how values are written.

Reach for `render()`. Everything is escaped by the engine; nothing marks text of others as safe.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ops_hub.console.settings import LANGUAGES
from ops_hub.console.words import speaking


def render(template: str, language: str, **context: Any) -> str:
    """Return a page, or a part of one, in a language.

    Args:
        template: its path in templates/.
        language: en, es, fr or nl.
        context: what it shows.
    """
    return _environment(language if language in LANGUAGES else "en").get_template(template).render(**context)


@lru_cache(maxsize=len(LANGUAGES))
def _environment(language: str) -> Environment:
    made = Environment(
        loader=PackageLoader("ops_hub.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )  # fmt: skip
    made.install_gettext_callables(*_saying(language))  # type: ignore[attr-defined]
    made.globals |= {"lang": language, "languages": LANGUAGES}
    made.filters |= {"utc": utc, "iso": iso, "shown": shown, "number": number, "share": share}
    return made


def _saying(language: str) -> tuple[Callable[..., str], Callable[..., str]]:
    """Return gettext and ngettext of a language, whose answers are escaped like all other text.

    Jinja's own mark what they return as safe. But words of rules and lists go through them too, and owners write those.
    """
    catalogue = speaking(language)

    def one(text: str | None, /, **values: object) -> str:
        said = catalogue.gettext(str(text)) if text else ""  # nothing stands for the head of a catalogue
        return said % values if values else said

    def many(singular: str, plural: str, count: int, /, **values: object) -> str:
        # Both forms are messages of their own. Of our languages only French counts nought among the singular.
        alone = count in (0, 1) if language == "fr" else count == 1
        return catalogue.gettext(singular if alone else plural) % ({"num": count} | values)

    return one, many


def utc(at: datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time in UTC for people; the script in the page puts the reader's own beside it."""
    return "–" if at is None else at.astimezone(UTC).strftime(form) + " UTC" if at.tzinfo else at.strftime(form)


def iso(at: datetime | None) -> str:
    """Return a time for programs, as the attribute datetime of <time> has it."""
    return "" if at is None else at.isoformat()


def number(value: float | None, digits: int = 0) -> str:
    """Return a number for people, thousands apart."""
    return "–" if value is None else f"{value:,.{digits}f}"


def share(value: float | None, digits: int = 1) -> str:
    """Return a share as per cent."""
    return "–" if value is None else f"{value * 100:.{digits}f} %"


def shown(value: Any) -> str:
    """Return any value for people: lists and structs without what is empty, signs that steer nothing."""
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, dict):
        return " ".join(shown(each) for each in value.values() if each not in (None, "", [], False))
    if isinstance(value, list | tuple):
        return "; ".join(shown(each) for each in value)
    return "" if value is None else "".join(sign if sign.isprintable() else " " for sign in str(value))
