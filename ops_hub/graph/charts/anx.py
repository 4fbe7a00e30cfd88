"""A chart into an exchange file of i2 Analyst's Notebook (.anx), through anxwritter.

Reach for `anx()`. Each link has a card for every message that says so, with its grade where intelligence has one; caveats
stand in a text block on the chart, in the legend and in the summary.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import anxwritter as i2

from ops_hub.graph.charts.folding import IN_TOOLS, within
from ops_hub.graph.charts.graphs import placed
from ops_hub.graph.charts.looks import BANDS, LOOKS, OTHER, look
from ops_hub.graph.charts.model import Chart, numbered
from ops_hub.graph.charts.plain import cited, text

SCALE = 1.2  # units of an i2 chart to one of ours
SOURCES = ("A", "B", "C", "D", "E", "F")
INFORMATION = ("1", "2", "3", "4", "5", "6")
_OF_NODE = ("find", "why", "birth_date", "sex", "nationality", "minor", "records", "persons", "damped", "band", "handling", "owner", "crime_types", "caveats", "states")  # fmt: skip
_OF_EDGE = ("count", "band", "handling", "owner", "grade", "crime_types", "caveats", "states")
_TIMES = ("first_seen", "last_seen")


def anx(chart: Chart) -> bytes:
    """Return the file: UTF-16 XML."""
    chart = within(chart, IN_TOOLS)
    made = i2.ANXChart(settings=_settings(chart))
    made.grades_one, made.grades_two = (
        i2.GradeCollection(items=list(SOURCES)),
        i2.GradeCollection(items=list(INFORMATION)),
    )
    made.source_types = ["carrier's message", "intelligence", "list"]
    made.add_strength(name="To verify", dot_style=i2.DotStyle.DASHED)
    rows = chart.marked().sort("node_id").to_dicts()
    present = sorted({row["kind"] for row in rows})
    for kind in present:
        its = look(kind)
        made.add_entity_type(
            name=_type(kind), icon_file=its.icon, color=its.colour, shade_color=its.colour, representation="Icon"
        )
        made.add_legend_item(name=its.words, item_type="Icon", image_name=its.icon, shade_color=its.colour)
    for link in sorted(set(chart.edges["link"])):
        made.add_link_type(name=text(link))
    for sentence in chart.foot():
        made.add_legend_item(name=text(sentence), item_type="Text")
    places = placed(chart)
    for row in rows:
        made.add_icon(**_entity(row, places))
    for number, row in enumerate(chart.edges.iter_rows(named=True)):
        made.add_link(**_link(row, number))
    left, top = min((x for x, _ in places.values()), default=0.0), min((y for _, y in places.values()), default=0.0)
    words = " ".join((chart.title, *chart.foot()))
    made.add_text_block(id="caveats of this chart", type="Caveats", label=text(words), x=round(left * SCALE), y=round(top * SCALE) - 260, width=900, height=160, filled=True, bg_color="#fff7e0")  # fmt: skip
    return b"".join(made.iter_anx_bytes())


def _settings(chart: Chart) -> Any:
    foot = " ".join(chart.foot())
    summary = i2.SummaryCfg(title=text(chart.title), subject=text(chart.subtitle) or None, comments=text(foot))
    # the clock of this machine is no part of a chart: the same network gives the same file
    latest = chart.edges["last_seen"].max()
    summary.created = f"{latest if isinstance(latest, dt.datetime) else dt.datetime(2000, 1, 1):%Y-%m-%dT%H:%M:%S}"
    summary.custom_properties = [i2.CustomProperty(name="Caveats", value=text(foot))]
    return i2.Settings(summary=summary, legend_cfg=i2.LegendCfg(show=True))


def _type(kind: str) -> str:
    return text(LOOKS[kind].words if kind in LOOKS else kind or OTHER.words).capitalize()


def _entity(row: dict[str, Any], places: dict[str, tuple[float, float]]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": text(row["node_id"]),
        "type": _type(row["kind"]),
        "label": text(numbered(row)),
    }
    said |= {"attributes": _attributes(row, _OF_NODE), **_date(row["first_seen"])}
    if row["band"]:
        said["frame"] = i2.Frame(color=BANDS[row["band"]][0], visible=True) if row["band"] in BANDS else i2.Frame()
    if row["node_id"] in places:
        x, y = places[row["node_id"]]
        said |= {"x": round(x * SCALE), "y": round(y * SCALE)}
    return said


def _link(row: dict[str, Any], number: int) -> dict[str, Any]:
    grade = row["grade"] or ""
    said: dict[str, Any] = {
        "from_id": text(row["from_id"]), "to_id": text(row["to_id"]), "type": text(row["link"]),
        "label": text(" ".join(filter(None, (row["link"], row["label"])))), "attributes": _attributes(row, _OF_EDGE),
        "cards": [_card(cite, row) for cite in row["cites"] or ()], "link_id": f"link {number}", **_date(row["first_seen"]), **_graded(grade),
    }  # fmt: skip
    if row["band"] in BANDS:
        said |= {"line_color": BANDS[row["band"]][0], "line_width": 3}
    if row["band"] == "review" or grade:
        said["strength"] = "To verify"
    if grade:
        said["arrow"] = "ArrowOnHead"  # who does it to whom
    return said


def _card(cite: dict[str, Any], row: dict[str, Any]) -> Any:
    source = "intelligence" if row["grade"] else "carrier's message"
    summary = " ".join(filter(None, (row["link"], row["label"])))
    more = {"description": text(f"owner {row['owner']}")} if row["owner"] else {}
    return i2.Card(summary=text(summary), source_ref=cited(cite), source_type=source, **more, **_date(row["first_seen"]), **_graded(row["grade"]))  # fmt: skip


def _graded(grade: str | None) -> dict[str, int]:
    """Return the places of both halves: the library would take the text 2 for a place, which is that of 3."""
    said = {}
    if grade and grade[0] in SOURCES:
        said["grade_one"] = SOURCES.index(grade[0])
    if grade and grade[1:] in INFORMATION:
        said["grade_two"] = INFORMATION.index(grade[1:])
    return said


def _date(when: dt.datetime | None) -> dict[str, str]:
    return {"date": f"{when:%Y-%m-%d}", "time": f"{when:%H:%M:%S}"} if when else {}


def _attributes(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return attributes: times as times (text would not sort), lists as text."""
    said: dict[str, Any] = {name.replace("_", " "): row[name] for name in _TIMES if row[name]}
    for name in names:
        value = row[name]
        if value is None or value == []:
            continue
        if isinstance(value, list):
            value = ", ".join(value)
        said[name.replace("_", " ")] = text(value) if isinstance(value, str) else value
    return said
