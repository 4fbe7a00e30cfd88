"""All operations, by name.

Reach for `OPERATIONS`. A new module of operations is named here.
"""

from __future__ import annotations

from typing import Any

from ops_hub.service import audit, health
from ops_hub.service.cases import around, cases, charts, choices, held, possible
from ops_hub.service.lists import lists
from ops_hub.service.matching import matching, whynot
from ops_hub.service.moving import manifests, trends
from ops_hub.service.networks import kept, networks
from ops_hub.service.operations import operations, plans, proposals, results, tasks
from ops_hub.service.people import accounts, me
from ops_hub.service.rules import columns, rules
from ops_hub.service.table import Operation
from ops_hub.service.watching import watch

_MODULES = (
    audit,
    around,
    cases,
    charts,
    choices,
    held,
    possible,
    health,
    lists,
    matching,
    whynot,
    manifests,
    trends,
    kept,
    networks,
    operations,
    plans,
    proposals,
    results,
    tasks,
    accounts,
    me,
    columns,
    rules,
    watch,
)

OPERATIONS: dict[str, Operation[Any, Any]] = {
    each.name: each for module in _MODULES for each in vars(module).values() if isinstance(each, Operation)
}
