"""All operations, by name.

Reach for `OPERATIONS`. A new module of operations is named here.
"""

from __future__ import annotations

from typing import Any

from ops_hub.service import (
    accounts,
    around,
    audit,
    cases,
    choices,
    health,
    held,
    lists,
    manifests,
    matching,
    me,
    networks,
    operations,
    rules,
    trends,
    watch,
    whynot,
)
from ops_hub.service.table import Operation

_MODULES = (
    watch, held, choices, cases, around, whynot, matching, networks, operations, trends, manifests, lists, rules, audit, accounts, health,
    me,
)  # fmt: skip

OPERATIONS: dict[str, Operation[Any, Any]] = {
    each.name: each for module in _MODULES for each in vars(module).values() if isinstance(each, Operation)
}
