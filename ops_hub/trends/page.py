"""A bulletin as one page of A4 that asks nothing of the network: to print, to send, to read aloud.

Reach for `page()`. What each plot shows stands in the table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from ops_hub.trends import words
from ops_hub.trends.frames import OTHERS, UNKNOWN
from ops_hub.trends.plots import MOST_LINES, Line, plot
from ops_hub.trends.tables import SECTIONS

_ROWS = 8  # of a section's table: what fits the page
_CHANGES = 8  # that are named at the top
_LONGEST = 60  # characters of a name at the top
_WIDEST = 22  # of a name in a table or plot: each row has one line
# Tables that a section's plot shows, and of the methods the categories that smuggling and trafficking are known by.
_PLOTTED = {
    "routes": ("routes", "embarkation"), "carriers": ("carrier", "transport"), "methods": ("lead", "trip", "payment"),
    "documents": ("findings", "checks", "document_issuer"), "hits": ("hits", "hit routes", "purposes"),
}  # fmt: skip
_TELLING = {"lead": "under 24 hours", "trip": "one way", "payment": "cash", "agency": "none named"}
_SHORT = {"lead": "booked {}", "payment": "paid {}", "embarkation": "from {}", "purposes": "{} list"}  # names of lines
_MISSING = {
    "documents": "Nothing to tell of findings: none were given (--findings), or too few persons had one.",
    "hits": "Nothing to tell of hits: no screening was given (--run), or too few persons were hit.",
}
_STYLE = """
@page{size:A4;margin:9mm}
*{box-sizing:border-box}
body{font:8.2px/1.28 system-ui,"DejaVu Sans",Arial,sans-serif;color:#111;background:#fff;margin:0 auto;width:192mm}
h1{font-size:16px;margin:0}
h2{font-size:10px;margin:0 0 .6mm;border-bottom:.3mm solid #0b3c5d;color:#0b3c5d}
p{margin:.6mm 0}
header{border-bottom:.6mm solid #0b3c5d;padding-bottom:1mm;margin-bottom:1.4mm}
header .when{font-size:10.5px;font-weight:600}
.changes{background:#eef3f7;padding:1.2mm 2mm;margin-bottom:1.6mm}
.changes ul{columns:2;column-gap:5mm;margin:0;padding-left:3mm}
.changes li{break-inside:avoid}
section{display:grid;grid-template-columns:76mm 1fr;column-gap:2mm;margin-bottom:1.6mm;break-inside:avoid}
section h2,section p{grid-column:1/3}
figure{margin:0}
svg{width:76mm;height:auto;display:block}
table{border-collapse:collapse;width:100%;align-self:start}
th,td{text-align:left;white-space:nowrap;padding:.15mm 1mm;border-bottom:.1mm solid #ccc;vertical-align:top}
thead th{font-weight:600;border-bottom:.2mm solid #555}
tbody th{font-weight:400;color:#444}
td.n,th.n{text-align:right}
footer{border-top:.3mm solid #0b3c5d;padding-top:.8mm;color:#333}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media screen{body{padding:6mm}}
@media screen and (min-width:1050px){body{zoom:1.3}}
"""


def page(said: dict[str, Any]) -> str:
    """Return a self-contained page.

    Args:
        said: what `bulletin` returned.
    """
    title = f"Trends bulletin, {said['since']} to {said['until']}"
    head = (
        f'<header><h1>Trends bulletin</h1><p class="when">{escape(said["issued_by"])} &middot; {said["since"]} to '
        f"{said['until']}, by {said['period']}</p><p>{escape(words.basis(said))}</p></header>"
    )
    sections = "".join(_section(said, key, heading) for key, heading in SECTIONS.items())
    foot = f"<footer><p>{escape(words.method(said))}</p><p>{escape(words.privacy(said))}</p></footer>"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style></head>\n<body>{head}\n<main>{_changes(said)}\n{sections}</main>\n{foot}</body></html>\n"
    )


def _changes(said: dict[str, Any]) -> str:
    found = words.notable(said)
    lines = [
        f"<li><b>{escape(_cut(words.label(about, row)))}</b>: {escape(words.change(row, said['period']))}</li>"
        for about, row in found[:_CHANGES]
    ]
    more = (
        f"<p>and {len(found) - _CHANGES:,} more changes (in the tables, and in the JSON form)</p>"
        if len(found) > _CHANGES
        else ""
    )
    body = (
        f"<ul>{''.join(lines)}</ul>{more}"
        if lines
        else f"<p>{'Nothing that was tested' if said['series_tested'] else 'Nothing is said to have'} changed.</p>"
    )
    return f'<div class="changes"><h2>What changed (false-alarm rate {said["false_alarms"]:.0%})</h2>{body}</div>'


def _section(said: dict[str, Any], key: str, heading: str) -> str:
    tables = [table for table in said["tables"] if table["section"] == heading]
    note = _MISSING.get(key, "")
    if any(table["table"] in ("hits", "findings") for table in tables):
        note = ""
    chosen = _chosen(tables)
    if not chosen:
        return f"<section><h2>{escape(heading)}</h2><p>{escape(note or 'No cell has enough persons to be shown.')}</p></section>\n"
    lines = _lines(said, tables, _PLOTTED[key])
    figure = (
        f'<figure><figcaption class="hidden">Shares by {said["period"]} of {escape(", ".join(line.name for line in lines))}; '
        f"numbers are in the table.</figcaption>{plot(lines, said['periods'], key=key)}</figure>"
        if lines
        else "<figure>Nothing to draw: no line is known in half of the periods.</figure>"
    )
    rows = "".join(_line(table, row, said["period"]) for table, row in chosen)
    head = '<thead><tr><th scope="col">what</th><th scope="col">which</th><th scope="col" class="n">journeys</th><th scope="col" class="n">share</th><th scope="col">change</th></tr></thead>'
    extra = f"<p>{escape(note)}</p>" if note else ""
    return f"<section><h2>{escape(heading)}</h2>{figure}<table>{head}<tbody>{rows}</tbody></table>{extra}</section>\n"


def _line(table: dict[str, Any], row: dict[str, Any], period: str) -> str:
    return (
        f'<tr><th scope="row">{escape(table["title"])}</th><td>{escape(_cut(words.name(row), _WIDEST))}</td>'
        f'<td class="n">{words.total(row)}</td><td class="n">{words.share(row)}</td><td>{escape(words.change_in_short(row, period)) or "&ndash;"}</td></tr>'
    )


def _chosen(tables: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the rows that a section shows: of each table in turn those that changed most, then the largest."""
    ranked = [
        [
            (table, row)
            for _, row in sorted(((_importance(table, row), row) for row in _named(table)), key=itemgetter(0))
        ]
        for table in tables
    ]
    in_turn = [pair for layer in zip_longest(*ranked) for pair in layer if pair is not None][:_ROWS]
    order = {id(table): at for at, table in enumerate(tables)}
    return sorted(in_turn, key=lambda pair: (order[id(pair[0])], -pair[1]["total"], words.name(pair[1])))


def _named(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in table["series"] if not {row["category"], row["group"]} & {OTHERS, UNKNOWN}]


def _importance(table: dict[str, Any], row: dict[str, Any]) -> tuple[float, bool, int, str]:
    strength = row["change"]["strength"] if row["change"] else 0.0
    return (-strength, row["category"] != _TELLING.get(table["table"]), -row["total"], words.name(row))


def _lines(said: dict[str, Any], tables: Sequence[dict[str, Any]], names: Sequence[str]) -> list[Line]:
    """Return the lines of a section's plot: what changed most, then the largest of the first tables."""
    about = {table["table"]: table for table in tables}
    pairs = [(about[name], row) for name in names if name in about for row in _named(about[name])]
    drawn = [
        pair
        for pair in pairs
        if _is_drawn(pair[1]) and pair[1]["category"] == _TELLING.get(pair[0]["table"], pair[1]["category"])
    ]
    changed = sorted((pair for pair in drawn if pair[1]["change"]), key=lambda pair: _importance(*pair))
    still = [pair for pair in drawn if not pair[1]["change"]]
    return [
        Line(
            _cut(_SHORT.get(table["table"], "{}").format(words.name(row)), _WIDEST),
            _shares(row),
            row["change"]["at"] if row["change"] else None,
        )
        for table, row in [*changed, *still][:MOST_LINES]
    ]


def _is_drawn(row: dict[str, Any]) -> bool:
    """Return whether a line can be made of it: known in half of the periods, or changed."""
    if row["of"] is None:
        return False
    known = sum(share is not None for share in _shares(row))
    return known * 2 >= len(row["of"]) or (known > 0 and row["change"] is not None)


def _shares(row: dict[str, Any]) -> list[float | None]:
    return [None if some is None or not of else some / of for some, of in zip(row["journeys"], row["of"], strict=True)]


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
