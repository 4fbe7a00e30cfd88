"""What came of a case after the border: arrested, charged, protected; for the account of an operation.

Reach for `check_result()` and `with_result()`; `fold` does. A result is of a case that was decided and leaves it as it
is. One that was wrong is retracted by another event, so that the story keeps both.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ops_hub.casework.case import Actor, Case, Event
from ops_hub.casework.case import Result as Said
from ops_hub.casework.table import Result, Table
from ops_hub.errors import ConfigError

_OPERATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")


def check_result(case: Case, by: Actor, detail: dict[str, Any], table: Table) -> dict[str, Any]:
    """Return what the event of a result says.

    Raises:
        ConfigError: it is not allowed: to this person, of this case, or as it is said.
    """
    where, result = f"case {case.id}", table.results.get(str(detail.get("result")))
    if result is None:
        names = ", ".join(table.results)
        raise ConfigError(where, f"{detail.get('result') or 'nothing'} is no result", f"results are {names}")
    operation, band = str(detail.get("operation") or ""), str(detail.get("band") or "")
    if operation and not _OPERATION.fullmatch(operation):
        raise ConfigError(where, f"{operation[:60]} is no name of an operation", "letters, digits and hyphens")
    said = {"reason": str(detail.get("reason") or ""), "result": result.name, "operation": operation, "band": band}
    made: dict[str, Any] = {name: text for name, text in said.items() if text}
    of_state = [each for each in case.results if each.result == result.name and each.state == by.state]
    same = [each for each in of_state if each.operation == operation]
    if detail.get("retract"):
        if not same:
            known = [f"{each.result} {each.operation}".strip() for each in case.results if each.state == by.state]
            raise ConfigError(
                where, f"{by.state} did not say {result.name} of it", f"it said: {', '.join(known) or 'nothing'}"
            )
        return made | {"retract": True, "of": same[-1].event}
    _check_terms(case, by, result)
    if of_state:
        raise ConfigError(where, f"{by.state} said {result.name} of it already", "retract that first: --retract")
    if band and not result.money:
        raise ConfigError(where, f"{result.name} has no value", "leave the value band out")
    if band and band not in table.cases.value_bands:
        raise ConfigError(where, f"{band} is no value band", f"bands are {', '.join(table.cases.value_bands)}")
    return made


def _check_terms(case: Case, by: Actor, result: Result) -> None:
    where = f"case {case.id}"
    protects = any(hit.handling == "protect" and not hit.withdrawn for hit in case.hits)
    if case.channel not in result.channels or (protects and result.enforcement):
        raise ConfigError(
            where, f"{result.name} cannot be said of a case of the {case.channel} channel", "choose another result"
        )
    if result.roles and by.role not in result.roles:
        raise ConfigError(where, f"{result.name} is not for the role {by.role}", f"it is for {', '.join(result.roles)}")
    if result.parties and not case.parties(by.state) & set(result.parties):
        raise ConfigError(where, f"{result.name} is for the {' or '.join(result.parties)}", "let that state say it")


def kept_in(case: Case, channel: str, table: Table) -> tuple[Said, ...]:
    """Return what still holds of a case that moves into a channel: no enforcement of somebody to be protected."""
    return tuple(r for r in case.results if r.result in table.results and channel in table.results[r.result].channels)


def with_result(case: Case, event: Event) -> Case:
    """Return the case with what came of it, or without what was retracted."""
    detail = event.detail
    if detail.get("retract"):
        left = tuple(each for each in case.results if each.event != detail["of"])
        return msgspec.structs.replace(case, results=left)
    said = Said(
        event.number,
        detail["result"],
        event.by.state,
        event.at,
        detail.get("operation") or "",
        detail.get("band") or "",
    )
    return msgspec.structs.replace(case, results=(*case.results, said))
