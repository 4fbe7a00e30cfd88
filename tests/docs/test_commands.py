"""Every command is told in docs/commands as it is now."""

import re

import click
import pytest

from tests.conftest import ROOT
from tests.docs.commands import command_pages, every_command

FOLDER = ROOT / "docs" / "commands"
ANEW = "write them anew: python -m tests.docs"


def test_pages_of_commands_are_the_commands():
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    made = command_pages()
    assert sorted(kept) == sorted(made), ANEW
    assert [name for name in made if kept[name] != made[name]] == [], ANEW


@pytest.mark.parametrize(("path", "command"), [pytest.param(*each, id=each[0]) for each in every_command()])
def test_no_command_is_without_help_and_example(path, command):
    assert command.help, path
    assert "ops-hub " in command.help, f"{path} shows no example"
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == [], path


def test_commands_that_readme_and_guides_name_are_there():
    known = {path for path, _ in every_command()}
    groups = {path.rsplit(" ", 1)[0] for path in known}
    said = set()
    for page in [ROOT / "README.md", *(ROOT / "docs" / "guides").glob("*.md")]:
        for words in re.findall(r"^(?:\$ |    )?(ops-hub(?: [a-z-]+)+)", page.read_text(encoding="utf-8"), flags=re.M):
            path, *rest = words.split()
            while rest and path in groups:
                path += f" {rest.pop(0)}"
            said.add(path)
    assert sorted(said - known) == []
