"""A bulletin in words: what is said of a change, of a share, and of what is left out, on paper and terminal alike."""

from __future__ import annotations

from typing import Any

FEW = "few"  # most periods have fewer than k persons


def label(table: dict[str, Any], row: dict[str, Any]) -> str:
    """Return what a series is called where its table is not named beside it."""
    return f"{table['title']}: {name(row)}"


def name(row: dict[str, Any]) -> str:
    """Return what a series is called within its table."""
    return " ".join(part for part in (row["group"], row["category"]) if part)


def level(value: float | None, is_share: bool) -> str:
    """Return a share as percent, a number of journeys as it is."""
    if value is None:
        return FEW
    if not is_share:
        return f"{value:,.0f}"
    return f"{100 * value:.{2 if value < 0.0995 else 3}g}%"


def total(row: dict[str, Any]) -> str:
    """Return the journeys of a series; with a sign where some periods are not told, so that it may be more."""
    return f"{_at_least(row)}{row['total']:,}"


def share(row: dict[str, Any]) -> str:
    """Return the share of a series, likewise; '' for what is no share."""
    return "" if row["share"] is None else f"{_at_least(row)}{level(row['share'], is_share=True)}"


def _at_least(row: dict[str, Any]) -> str:
    bases = row["of"] or [1] * len(row["journeys"])
    # on a route, a day on which the route itself is not told hides journeys, too
    is_hidden = any(
        some is None and (of is not None or row["group"]) for some, of in zip(row["journeys"], bases, strict=True)
    )
    return "≥" if is_hidden else ""


def change(row: dict[str, Any], period: str) -> str:
    """Return what changed, when, from what to what; '' where nothing did."""
    return f"{row['change']['direction']} from {_levels(row, period)}, {row['change']['at']}" if row["change"] else ""


def change_in_short(row: dict[str, Any], period: str) -> str:
    """Return the same for a narrow column."""
    if row["change"] is None:
        return ""
    return f"{'↑' if row['change']['direction'] == 'up' else '↓'} {_levels(row, period)}, {row['change']['at']}"


def _levels(row: dict[str, Any], period: str) -> str:
    is_share = row["of"] is not None
    before, after = (level(row["change"][side], is_share) for side in ("before", "after"))
    return f"{before} to {after}" + ("" if is_share else f" a {period}")


def basis(said: dict[str, Any]) -> str:
    """Return what a bulletin was made from."""
    made = said["made_from"]
    return (
        f"Made from {made['journeys']:,} journeys (a person on a flight on a day, crew left out) in {made['messages']:,} "
        f"messages or tables and {made['files']:,} files; hash {made['hash']}."
    )


def method(said: dict[str, Any]) -> str:
    """Return how changes were found, and how often they are false."""
    kind = "the same weekdays" if said["period"] == "day" else "all weeks"
    if not said["series_tested"]:
        return (
            f"Nothing was tested for change: that needs {said['periods_needed']} {said['period']}s, "
            f"and there are {len(said['periods'])}."
        )
    return (
        f"{said['series_tested']:,} series were tested for one change each (best split by least squares; chance judged by "
        f"shuffling {kind}; Benjamini-Hochberg). False-alarm rate {said['false_alarms']:.0%}: of the changes named, "
        f"at most this share is expected to be chance, unless each {said['period']} hangs closely on the one before. "
        "A change is a question, and one share that grows makes others shrink."
    )


def privacy(said: dict[str, Any]) -> str:
    """Return what was left out to identify nobody."""
    return (
        f"Cells of fewer than {said['k']} persons are left out or counted among others, as are cells from which one "
        f"could be worked out; '{FEW}' stands for fewer, and ≥ for a sum without them. No names, records, documents, bookings or agencies are in here."
    )


def notable(said: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return (table, series) of all changes, the plainest first."""
    found = [(table, row) for table in said["tables"] for row in table["series"] if row["change"]]
    return sorted(found, key=lambda pair: (-pair[1]["change"]["strength"], pair[0]["table"], name(pair[1])))
