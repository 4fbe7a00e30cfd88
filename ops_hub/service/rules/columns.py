"""What a risk rule may ask about: the columns of its conditions, with what each means and what may not decide alone."""

from __future__ import annotations

import msgspec

from ops_hub.service.centre import Centre
from ops_hub.service.people.me import Nothing
from ops_hub.service.table import Caller, operation
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.typed import kind_of


class Fact(msgspec.Struct):
    """A column that a rule may name; `trait`: what it tells about who a person is, which may not decide alone."""

    column: str
    kind: str
    meaning: str
    trait: str | None


@operation("rules.columns", "GET", "/rules/columns")
def columns(centre: Centre, by: Caller, asked: Nothing) -> list[Fact]:
    """List the columns that a rule may name, with kind and meaning."""
    return [Fact(name, kind_of(each.dtype), each.meaning, each.trait) for name, each in FACTS.items()]
