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
from ops_hub.desk.networks import CLOSED
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.charts.looks import BANDS, LOOKS, OTHER
from ops_hub.graph.charts.model import CAUTION, NUMBERS, PROTECT
from ops_hub.graph.gather import LINKS_OF
from ops_hub.graph.intelligence import RESERVED, TYPES
from ops_hub.lists import ofac
from ops_hub.lists.native import STATUSES
from ops_hub.manifests import duties, gaps
from ops_hub.matching import compare
from ops_hub.operations import readiness, report
from ops_hub.operations.settings import operation_settings
from ops_hub.targeting.rulefile import SEVERITIES
from ops_hub.trends import frames, journeys, records, tables
from ops_hub.trends.words import FEW
from tests.conftest import ROOT

CONSOLE = ROOT / "ops_hub" / "console"
OTHERS = [language for language in LANGUAGES if language != "en"]
PLACE = re.compile(r"%\((\w+)\)s|\{(\w*)\}")
OF_LISTS = re.compile(r'(?:purpose|crime_types)"?\s*[:=]\s*(\[[^]]*\]|"[^"]*")')
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
    table, sharing = case_table(), sharing_policy().sharing
    return {
        *table.states, *table.verbs, *table.outcomes, *table.results, *table.cases.value_bands, *sharing.notices,
        *CHANNELS, *PARTIES, *_HANDLINGS, *BANDS, *sharing.words.values(), *SEVERITIES,
        *(role.name for role in role_table().role), *_of_lists(), *_of_networks(), *_of_trends(),
        *STATUSES, *compare.KINDS, *duties.KINDS, *duties.EFFECTS, *(code for code, *_ in gaps._kinds()),
        *readiness.IN_ORDER, *readiness.IN_ORDER.values(), report._STRAYED, "embedded", "external",
    }  # fmt: skip


def _of_lists() -> set[str]:
    """Return purposes and crime types of the lists that come with the hub; what other owners write is shown as it is."""
    terms = [
        path.read_text("utf-8") for path in (ROOT / "watchlists").rglob("*.*") if path.suffix in (".toml", ".ndjson")
    ]
    found = {word for text in terms for said in OF_LISTS.findall(text) for word in re.findall('"([^"]+)"', said)}
    return {*found, *ofac._CRIMES.values(), *operation_settings().harm.crimes, "crime"}


def _of_networks() -> set[str]:
    return {
        *LOOKS, *(look.words for look in (*LOOKS.values(), OTHER)), *TYPES, *RESERVED, *LINKS_OF.values(),
        *(name for name in FINDERS), *(finder.help for finder in FINDERS.values()), CAUTION, PROTECT, NUMBERS, CLOSED,
    }  # fmt: skip


def _of_trends() -> set[str]:
    known = {tables.ALL, *tables.MARKED.values(), *tables.SECTIONS.values(), frames.OTHERS, frames.UNKNOWN, FEW}
    leads = [each for each in (*records._LEAD.values(), *journeys._PARTIES.values()) if not each.isdigit()]
    return {*known, *leads, *(said for each in tables.TABLES.values() for said in (each.title, each.share_of))}


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
