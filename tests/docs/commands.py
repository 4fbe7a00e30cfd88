"""The pages of docs/commands, made from the commands themselves: help, arguments, options, defaults, examples.

Reach for `command_pages()`, and `every_command()` to look at them; `python -m tests.docs` writes them. What a page says is changed in the docstrings of
`ops_hub/cli`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from ops_hub.cli import main

_MADE = "<!-- Made from ops_hub/cli by `python -m tests.docs`; change the docstrings there. -->"


def command_pages() -> dict[str, str]:
    """Return the text of each page by its name: one a command or group of `ops-hub`, and the index."""
    top = click.Context(main, info_name="ops-hub")
    made, rows = {}, []
    for name in main.list_commands(top):
        command = main.get_command(top, name)
        assert command is not None
        inside = list(_walk(command, click.Context(command, info_name=name, parent=top)))
        made[f"{name}.md"] = "\n".join([_MADE, ""] + [line for each in inside for line in _section(*each)])
        rows += [f"| [`{ctx.command_path}`]({name}.md#{_anchor(ctx)}) | {_summary(each)} |" for each, ctx in inside]
    made["index.md"] = "\n".join(
        [
            _MADE, "", "# Commands", "", *_prose(main), "",
            "Every command has `--help` (`-h`); those whose answer a program would read have `--json`.", "",
            "| command | |", "|---|---|", *rows, "",
        ]
    )  # fmt: skip
    return made


def every_command() -> list[tuple[str, click.Command]]:
    """Return all commands and groups with what is typed for them."""
    return [(context.command_path, each) for each, context in _walk(main, click.Context(main, info_name="ops-hub"))]


def _walk(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _walk(inner, click.Context(inner, info_name=name, parent=context))


def _section(command: click.Command, context: click.Context) -> list[str]:
    depth = context.command_path.count(" ")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"{'#' * depth} {context.command_path}", "", "```", usage, "```", "", *_prose(command), ""]
    rows = [row for each in command.get_params(context) if (row := _row(each, context))]
    if rows:
        lines += ["| option | meaning | default |", "|---|---|---|", *rows, ""]
    return lines


def _prose(command: click.Command) -> list[str]:
    """Return help as paragraphs; what is not to be wrapped becomes a block."""
    lines: list[str] = []
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    for paragraph in re.split(r"\n\s*\n", text):
        if not paragraph.startswith("\b\n"):
            lines += [*paragraph.split("\n"), ""]
            continue
        block = paragraph.removeprefix("\b\n").split("\n")
        if re.fullmatch(r"Examples?:", block[0].strip()):
            lines += [block.pop(0).strip(), ""]
        lines += ["```", *inspect.cleandoc("\n" + "\n".join(block)).split("\n"), "```", ""]
    return lines[:-1]


def _row(param: click.Parameter, context: click.Context) -> str | None:
    if not isinstance(param, click.Option):
        return None
    if "--help" in param.opts:
        return None
    record = param.get_help_record(context)
    extra = param.get_help_extra(context)
    if record is None:  # hidden
        return None
    meaning = param.help or ""
    default = extra.get("default", "")
    if "required" in extra:
        default = "needed"
    told = re.search(r" ?\[default: (.*?)\]", meaning)
    if told:
        meaning, default = meaning.replace(told.group(), ""), told[1]
    if "range" in extra:
        meaning += f" ({extra['range']})"
    return f"| {_code(record[0])} | {_cell(meaning)} | {_cell(default)} |"


def _code(text: str) -> str:
    return ", ".join(f"`{part}`" for part in text.replace("|", "\\|").split(", "))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _summary(command: click.Command) -> str:
    first = re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))[0]
    return _cell(first)


def _anchor(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")
