"""Records that must not be one person although something ties them: what an analyst says overrules every tie.

Reach for `kept_apart()` where pairs of records are given, and `read_pairs()` for their file. A person that holds such a
pair is taken to pieces and put together again, the records that share most first, and never so that both of a pair meet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.textlines import records

COLUMNS = ("record_id", "other_record_id", "reason", "by")
_PAIRWISE = 60  # records of one tie that are compared pair by pair; of more, each with the first


def kept_apart(ties: pl.DataFrame, root: pl.Series, pairs: Sequence[tuple[int, int]]) -> pl.Series:
    """Return for each record the first record of its person, with no pair in one person.

    Args:
        ties: r, tie and rule.
        root: for each record the first one that it hangs together with.
        pairs: records that are kept apart.
    """
    concerned = {root[one] for one, other in pairs if root[one] == root[other]}
    if not concerned:
        return root
    within = root.is_in(sorted(concerned))
    members = within.arg_true().to_list()
    shared: Counter[tuple[int, int]] = Counter()
    strongest: dict[tuple[int, int], int] = {}
    some = ties.filter(within.gather(ties["r"])).sort("rule", "tie", "r")
    for _, group in some.group_by("tie", maintain_order=True):
        rs, rule = sorted(set(group["r"].to_list())), group["rule"][0]
        for pair in combinations(rs, 2) if len(rs) <= _PAIRWISE else ((rs[0], other) for other in rs[1:]):
            shared[pair] += 1
            strongest[pair] = min(rule, strongest.get(pair, rule))
    group_of = {r: r for r in members}
    inside = {r: {r} for r in members}
    enemies: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        enemies[one].add(other)
        enemies[other].add(one)
    for one, other in sorted(shared, key=lambda pair: (-shared[pair], strongest[pair], pair)):
        a, b = sorted((group_of[one], group_of[other]))
        if a == b or any(enemies[r] & inside[b] for r in inside[a] if r in enemies):
            continue
        inside[a] |= inside.pop(b)
        group_of.update(dict.fromkeys(inside[a], a))
    first = {r: min(inside[group]) for r, group in group_of.items()}
    return root.scatter(members, [first[r] for r in members])


def read_pairs(text: str, name: str) -> list[tuple[str, str]]:
    """Return the pairs of record ids of a CSV with the columns record_id, other_record_id, reason, by.

    Raises:
        ConfigError: a column is missing, or a line names fewer than two records or gives no reason.
    """
    listed = [(number, line) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1) if line.strip()]
    heading = [cell.strip() for cell in listed[0][1].split(",")] if listed else []
    if set(COLUMNS) - set(heading):
        raise ConfigError(f"{name}:1", f"the heading must name {','.join(COLUMNS)}", "write it as the first line")
    found = []
    for each in records(listed[1:], ",", len(heading)):
        row = dict(zip(heading, (cell.strip() for cell in each.cells), strict=True)) if each.cells else {}
        if not row or not all(row[column] for column in COLUMNS) or row["record_id"] == row["other_record_id"]:
            problem = each.detail or "it must name two different records, why they are of two persons, and who says so"
            raise ConfigError(f"{name}:{each.number}", problem, "correct the line")
        found.append((row["record_id"], row["other_record_id"]))
    return found
