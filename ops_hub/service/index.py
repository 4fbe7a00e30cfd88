"""All operations, by name.

Reach for `OPERATIONS`. A new module of operations is named here.
"""

from __future__ import annotations

from typing import Any

from ops_hub.service import (
    accounts,
    around,
    audit,
    case_charts,
    cases,
    choices,
    health,
    held,
    kept_networks,
    lists,
    manifests,
    matching,
    me,
    networks,
    operation_plans,
    operation_proposals,
    operation_results,
    operation_tasks,
    operations,
    possible,
    rule_columns,
    rules,
    trends,
    watch,
    whynot,
)
from ops_hub.service.table import Operation

_MODULES = (
    accounts,
    around,
    audit,
    case_charts,
    cases,
    choices,
    health,
    held,
    kept_networks,
    lists,
    manifests,
    matching,
    me,
    networks,
    operation_plans,
    operation_proposals,
    operation_results,
    operation_tasks,
    operations,
    possible,
    rule_columns,
    rules,
    trends,
    watch,
    whynot,
)

OPERATIONS: dict[str, Operation[Any, Any]] = {
    each.name: each for module in _MODULES for each in vars(module).values() if isinstance(each, Operation)
}
