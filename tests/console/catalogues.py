"""The catalogues of the console's languages: what must be in them, and how they are brought up to date.

`python -m tests.console.catalogues` (make catalogues) writes new messages into the .po files with an empty translation; a test
fails until each is translated. Messages are those of templates and modules, and the words of rules that screens show.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from ops_hub.access.roles import role_table
from ops_hub.casework.case import CHANNELS, PARTIES
from ops_hub.casework.policy import sharing_policy
from ops_hub.casework.table import case_table
from ops_hub.console.settings import LANGUAGES
from ops_hub.graph.charts.looks import BANDS
from tests.conftest import ROOT

CONSOLE = ROOT / "ops_hub" / "console"
OTHERS = [language for language in LANGUAGES if language != "en"]
PLACE = re.compile(r"%\((\w+)\)s|\{(\w*)\}")
_HANDLINGS = ("enforce", "discreet", "protect")


def messages() -> dict[str, list[tuple[str, int]]]:
    """Return every message of the console with the places it stands in; words of rules have none."""
    found: dict[str, list[tuple[str, int]]] = {}
    for path, line, message in [*_of_templates(), *_of_modules()]:
        for each in message if isinstance(message, tuple) else (message,):
            if each:
                found.setdefault(each, []).append((path, line))
    for word in _of_rules():
        found.setdefault(word, [])
    return found


def _of_templates() -> Iterator[tuple[str, int, object]]:
    for path in sorted((CONSOLE / "templates").rglob("*.html")):
        options = {"trimmed": "false", "newstyle_gettext": "true", "extensions": "jinja2.ext.do"}
        for line, _, message, _ in babel_extract(
            io.BytesIO(path.read_bytes()), ("_", "gettext", "ngettext"), [], options
        ):
            yield str(path.relative_to(ROOT)), line, message


def _of_modules() -> Iterator[tuple[str, int, object]]:
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    for path in sorted(CONSOLE.rglob("*.py")):
        for line, message, _, _ in extract("python", io.BytesIO(path.read_bytes()), keywords):
            yield str(path.relative_to(ROOT)), line, message


def _of_rules() -> set[str]:
    table, words = case_table(), sharing_policy().sharing.words
    return {
        *table.states, *table.verbs, *table.outcomes, *table.results, *CHANNELS, *PARTIES, *_HANDLINGS, *BANDS, *words.values(),
        *(role.name for role in role_table().role),
    }  # fmt: skip


def path_of(language: str):
    return files("ops_hub.console") / "locale" / language / "LC_MESSAGES" / "ops_hub.po"


def catalogue(language: str) -> Catalog:
    path = path_of(language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language) if path.is_file() else Catalog(locale=language)


def update() -> None:
    """Write the catalogues: new messages without translation, old ones kept, those that are gone left out."""
    wanted = messages()
    for language in OTHERS:
        old = catalogue(language)
        new = Catalog(
            locale=language, project="ops-hub", charset="utf-8", fuzzy=False, header_comment=f"# {LANGUAGES[language]}"
        )
        for message in sorted(wanted):
            kept = old.get(message)
            new.add(
                message,
                kept.string if kept else "",
                locations=[(path, None) for path in sorted({p for p, _ in wanted[message]})],
            )
        made = io.BytesIO()
        write_po(made, new, width=120, omit_header=False, sort_output=True, include_lineno=False)
        text = re.sub(
            r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To|Project-Id-Version):.*\n',
            "",
            made.getvalue().decode(),
        )
        target = CONSOLE / "locale" / language / "LC_MESSAGES" / "ops_hub.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    update()
