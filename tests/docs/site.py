"""What mkdocs.yml cannot say: pages from outside docs/, links in text as links, a place for every page.

MkDocs calls the functions by name while it builds (`make docs`). Texts are written for readers of the repository; this makes
their links hold on the site as well. What pages say is left to them.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]

# Files of the repository that are pages, too, where they are there.
OUTSIDE = ("ARCHITECTURE.md", "CHANGELOG.md", "benchmarks/RESULTS.md")
_LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")
_MENTION = re.compile(r"(?<![\w/\[(`.])docs/([\w/-]+\.md)(?![\w`])")


def on_config(config: Any) -> Any:
    """Put folders of the navigation's own into it page by page, and pages that it does not name at its end."""
    docs = Path(config.docs_dir)
    every = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    every |= {name for name in OUTSIDE if (ROOT / name).is_file()}
    named: set[str] = set()

    def filled(items: list[Any]) -> list[Any]:
        made = []
        for item in items:
            title, what = next(iter(item.items())) if isinstance(item, dict) else (None, item)
            if isinstance(what, list):
                made.append({title: filled(what)})
            elif what in OUTSIDE and what not in every:
                continue  # results of benchmarks are there once somebody measured
            elif what.endswith("/"):
                inside = sorted(
                    (page for page in every if page.startswith(what)), key=lambda p: ("index.md" not in p, p)
                )
                named.update(inside)
                made.append({title: inside})
            else:
                named.add(what)
                made.append(item)
        return made

    config.nav = filled(config.nav)
    if left := sorted(every - named):
        config.nav.append({"Further pages": left})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from outside docs/, and the pictures beside them."""
    names = [name for name in OUTSIDE if (ROOT / name).is_file()]
    names += [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "benchmarks").rglob("*.svg"))]
    for name in names:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Let links hold on the site, and make links of pages that a text names."""
    here = page.file.src_uri
    place = here if here in OUTSIDE else f"docs/{here}"  # in the repository

    def linked(found: re.Match[str]) -> str:
        text, target = found.groups()
        if re.match(r"[a-z]+:|#", target):
            return found.group()
        name, _, anchor = target.partition("#")
        there = posixpath.normpath(posixpath.join(posixpath.dirname(place), name))
        on_site = "index.md" if there == "README.md" else there.removeprefix("docs/")
        if files.get_file_from_path(on_site) is None:
            if (ROOT / there).exists():  # a file of the repository that is no page: its name is enough
                return text[1:-1]
            return found.group()  # said by the strict build
        way = posixpath.relpath(on_site, posixpath.dirname(here) or ".")
        return f"{text}({way}{'#' + anchor if anchor and there != 'README.md' else ''})"

    def mentioned(found: re.Match[str]) -> str:
        if files.get_file_from_path(found[1]) is None:
            return found.group()
        return f"[{found[1]}]({posixpath.relpath(found[1], posixpath.dirname(here) or '.')})"

    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.M | re.S)
    for k in range(0, len(parts), 2):
        lines = parts[k].split("\n")
        parts[k] = "\n".join(
            line if line.startswith("    ") else _MENTION.sub(mentioned, _LINK.sub(linked, line)) for line in lines
        )
    return "".join(parts)
