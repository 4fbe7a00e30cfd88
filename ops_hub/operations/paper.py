"""Papers of an operation as HTML: one file, A4 when printed, that asks nothing of any network and runs no script.

Reach for `paper()` and the pieces that it is made of. Every text goes through `escape`; nothing else may make markup.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

_SHORT = 8  # rows of a table that stays on one page

# Words are text and are escaped; a Markup is made by the functions in here.


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def paper(*, title: str, kind: str, subtitle: str, handling: str, body: Iterable[Markup], closing: str) -> str:
    """Return the page.

    Args:
        title: heading and window title.
        kind: what paper it is.
        subtitle: one line below.
        handling: caveat; it stands on top and at the foot of every printed page.
        body: sections.
        closing: last lines.
    """
    assets = files("ops_hub.operations") / "assets"
    parts = {
        "title": escape(f"{kind}: {title}"), "css": (assets / "paper.css").read_text(encoding="utf-8"), "foot": _in_css(handling),
        "handling": escape(handling), "kind": escape(kind), "heading": escape(title), "subtitle": escape(subtitle),
        "body": "\n".join(body), "closing": escape(closing),
    }  # fmt: skip
    head, *pieces = (assets / "paper.html").read_text(encoding="utf-8").split("{{")
    return head + "".join(parts[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces))


def _in_css(text: str) -> str:
    """Return text that can stand in a string of a style sheet and end neither the string nor the element."""
    return "".join(sign if sign.isalnum() or sign in " .,;:-" else f"\\{ord(sign):06x}" for sign in text)


def text(said: object) -> Markup:
    """Return any value as escaped text; markup stays what it is."""
    return said if isinstance(said, Markup) else Markup(escape("" if said is None else str(said)))


def joined(parts: Iterable[object], between: str = "") -> Markup:
    """Return parts one after the other."""
    return Markup(between.join(text(part) for part in parts))


def tag(name: str, said: object, kind: str = "") -> Markup:
    """Return an element around a text."""
    return Markup(f"<{name}{_class(kind)}>{text(said)}</{name}>")


def _class(kind: str) -> str:
    return f' class="{escape(kind)}"' if kind else ""


def section(heading: str, *parts: object, kind: str = "") -> Markup:
    """Return a section with its heading."""
    return tag("section", joined([tag("h2", heading), *parts]), kind)


def paragraphs(lines: Iterable[object]) -> Markup:
    """Return each line as a paragraph."""
    return joined(tag("p", line) for line in lines)


def bullets(lines: Iterable[object]) -> Markup:
    """Return lines as a list; nothing where there are none."""
    made = joined(tag("li", line) for line in lines)
    return tag("ul", made) if made else made


def none(said: str) -> Markup:
    """Return a sentence that says that there is nothing."""
    return tag("p", said, "none")


def table(
    headings: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "", empty: str = "nothing"
) -> Markup:
    """Return a table; numbers stand to the right, and without rows a sentence says so."""
    if not rows:
        return joined([tag("h3", caption) if caption else "", none(empty)])
    right = [all(isinstance(row[k], int | float) or row[k] is None for row in rows) for k in range(len(headings))]
    head = joined(tag("th", said, "n" if r else "") for said, r in zip(headings, right, strict=True))
    lines = joined(
        tag("tr", joined(tag("td", _cell(cell), "n" if r else "") for cell, r in zip(row, right, strict=True)))
        for row in rows
    )
    named = tag("caption", caption) if caption else ""
    kind = "short" if len(rows) <= _SHORT else ""
    return tag("table", joined([named, tag("thead", tag("tr", head)), tag("tbody", lines)]), kind)


def _cell(said: object) -> object:
    if isinstance(said, bool):
        return "yes" if said else "no"
    return f"{said:,}" if isinstance(said, int) else f"{said:,.1f}" if isinstance(said, float) else said


def described(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Return terms and what they are; those with nothing to say are left out."""
    return tag("dl", joined(joined([tag("dt", name), tag("dd", said)]) for name, said in pairs if said))


def when(local: dt.datetime | None, utc: dt.datetime | None) -> Markup:
    """Return a time on the clock of the port, and in UTC."""
    if local is None and utc is None:
        return Markup("time not known")
    shown = f"{local:%a %d %b %H:%M}" if local is not None else "local time not known"
    beside = f"{utc:%d %b %H:%M} UTC" if utc is not None else "UTC not known"
    return joined([shown, " ", tag("span", f"({beside})", "utc")])
