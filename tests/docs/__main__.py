"""`python -m tests.docs [PAGE...]`: write what is made anew: the pages of commands and schemas, and output in pages.

With pages, only their output. Reach for it after a test of tests/docs said that a page is stale; read what changed before
committing it.
"""

import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.docs.commands import command_pages
from tests.docs.pages import pages, written
from tests.test_docs import schema_page


def write(path: Path, text: str) -> None:
    """Write a page where it says something else, and tell."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


chosen = [Path(each).resolve() for each in sys.argv[1:]]
if not chosen:
    folder = ROOT / "docs" / "commands"
    folder.mkdir(exist_ok=True)
    made = command_pages()
    for name, text in made.items():
        write(folder / name, text)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    write(ROOT / "docs" / "schemas.md", schema_page())
for path in chosen or pages():
    write(path, written(path.read_text(encoding="utf-8")))
