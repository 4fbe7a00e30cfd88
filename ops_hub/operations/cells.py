"""Tables of persons in which no small group can be seen, nor be computed from what is shown.

Reach for `told()` for one number and `by_group()` for a table. Small groups are put together under one name that does not
say which they are, with the next larger ones until they are many enough; so a table has its true total and nothing can be
had by taking one number from another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

OTHERS = "others, together"
Told = int | str  # a number, or 'fewer than 5'


def told(count: int, smallest: int) -> Told:
    """Return a number of persons as it may be shown: 0, or one that is large enough."""
    return count if count == 0 or count >= smallest else f"fewer than {smallest}"


def by_group(counts: Mapping[str, int], smallest: int) -> list[dict[str, Any]]:
    """Return a table of persons by group, largest first.

    Args:
        counts: group to persons.
        smallest: a group of fewer persons is not shown.

    Returns:
        group and persons, one row a group that is large enough, and last the others together. There are at least two
        groups among the others, and as many persons as `smallest`; where all groups together are fewer, one row says that.
    """
    there = sorted(
        ((group, count) for group, count in counts.items() if count > 0), key=lambda each: (-each[1], each[0])
    )
    total = sum(count for _, count in there)
    if 0 < total < smallest:
        return [{"group": OTHERS, "persons": told(total, smallest)}]
    shown = [(group, count) for group, count in there if count >= smallest]
    hidden = [(group, count) for group, count in there if count < smallest]
    # one alone, or several that are few, could be told from the total: the next larger one goes with them
    while hidden and shown and (len(hidden) < 2 or sum(count for _, count in hidden) < smallest):
        hidden.append(shown.pop())
    rows: list[dict[str, Any]] = [{"group": group, "persons": count} for group, count in shown]
    if hidden:
        rows.append({"group": OTHERS, "persons": sum(count for _, count in hidden)})
    return rows


def tally(groups: Iterable[str | None]) -> dict[str, int]:
    """Return how often each group comes; None as 'not known'."""
    found: dict[str, int] = {}
    for group in groups:
        name = group or "not known"
        found[name] = found.get(name, 0) + 1
    return found
