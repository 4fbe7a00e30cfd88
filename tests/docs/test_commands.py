"""Every command is told in docs/commands as it is now."""

from pathlib import Path

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
    undocumented = [each.name for each in command.params if getattr(each, "help", "") is None]
    assert undocumented == [], path


def test_commands_that_guides_name_are_there():
    known = [path.split() for path, _ in every_command()]
    wrong = []
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("guides/*.md")]:
        for line in Path(page).read_text(encoding="utf-8").splitlines():
            for said in line.split("ops-hub ")[1:]:
                words = ["ops-hub", *said.replace("`", " ").split()]
                if words[1:] and words[1].isalpha() and words[1].islower() and line.lstrip().startswith(("$", "ops-hub")):
                    wrong += [line] if words[:2] not in [each[:2] for each in known] else []
    assert wrong == []
