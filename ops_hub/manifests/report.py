"""Carriers' compliance as one page of HTML that asks nothing of the network, and as flat rows.

Reach for `report_html()` and `flat()`.
"""

from __future__ import annotations

from datetime import date
from html import escape

import polars as pl

from ops_hub.manifests.duties import PARTS

_HEADINGS = {
    "carrier": "carrier", "name": "name", "expected": "expected", "arrived": "arrived", "missing": "missing", "late": "late",
    "empty": "empty", "no_list": "no list", "incomplete": "incomplete", "poor": "poor", "no_close_out": "no close-out", "unscheduled": "not in schedule",
    "travellers": "travellers", "quality": "quality",
}  # fmt: skip
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1b1b1b;background:#fff}
table{border-collapse:collapse;margin:1rem 0}
caption{text-align:left;font-weight:600;padding-bottom:.4rem}
th,td{padding:.3rem .7rem;border-bottom:1px solid #ccc;text-align:right}
th:first-child,td:first-child,td.text,th.text{text-align:left}
td.bad{background:#fbe3d6;font-weight:600}
@media print{body{margin:0}}
"""
_TEXT = ' class="text"'
_BAD = ("missing", "late", "empty", "no_list", "incomplete", "poor")


def flat(found: pl.DataFrame) -> pl.DataFrame:
    """Return COMPLIANCE with scores of three digits and the missing flights in one text, for CSV."""
    scores = [name for name, dtype in found.schema.items() if dtype == pl.Float64]
    return found.with_columns(pl.col(scores).round(3), pl.col("missing_flights").list.join(" "))


def report_html(found: pl.DataFrame, since: date, until: date, rejected: list[str]) -> str:
    """Return a self-contained page.

    Args:
        found: COMPLIANCE.
        since: first day of the period.
        until: last day of it.
        rejected: what was left out of the schedule, one line each.
    """
    parts = [f"{name}_part" for name in PARTS]
    body = [
        _table("Transmissions", found.select(*_HEADINGS).to_dicts(), _HEADINGS),
        _table(
            "Parts of the quality score",
            found.select("carrier", "quality", *parts).to_dicts(),
            {"carrier": "carrier", "quality": "quality"} | {f"{name}_part": name for name in PARTS},
        ),
    ]
    missing = found.select("carrier", "missing_flights").explode("missing_flights").drop_nulls("missing_flights")
    if missing.height:
        body.append(
            _table(
                "Missing departures",
                missing.to_dicts(),
                {"carrier": "carrier", "missing_flights": "flight, day of departure, ports"},
            )
        )
    if rejected:
        items = "".join(f"<li>{escape(line)}</li>" for line in rejected)
        body.append(f"<h2>Left out of the schedule</h2><ul>{items}</ul>")
    title = f"Carriers' compliance, {since} to {until}"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{''.join(body)}</body></html>\n"
    )


def _table(caption: str, rows: list[dict[str, object]], headings: dict[str, str]) -> str:
    texts = {name for name in headings if any(isinstance(row[name], str) for row in rows)}
    head = "".join(
        f'<th scope="col"{_TEXT if name in texts else ""}>{escape(text)}</th>' for name, text in headings.items()
    )
    lines = ["".join(_cell(name, row[name]) for name in headings) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"


def _cell(name: str, value: object) -> str:
    if value is None:
        return "<td>-</td>"
    if isinstance(value, float):
        return f"<td>{value:.2f}</td>"
    if isinstance(value, int):
        bad = ' class="bad"' if name in _BAD and value else ""
        return f"<td{bad}>{value:,}</td>"
    return f"<td{_TEXT}>{escape(str(value))}</td>"
