"""What carriers owe, how what they send is judged (rules/carriers.toml), and what messages do (rules/messages.toml).

Reach for `duties()`. What a value means stands beside it in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from ops_hub.config import rules_toml
from ops_hub.errors import ConfigError

PARTS = ("name", "birth", "sex", "nationality", "document", "expiry", "total", "structure")
EFFECTS = (
    "list", "push", "change", "cancel", "on-board", "not-on-board", "closed", "cancel-flight", "change-flight", "aside",
)  # fmt: skip
KINDS = ("api", "crew", "pnr", "close-out", "table")
CLOCKS = ("utc", "local")


class Duty(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Minutes before departure at which lists are due, and whose clock the header of a message shows."""

    passengers: int
    crew: int
    close_out: int
    clock: str


class _Exception(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    carrier: str = ""
    port: str = ""
    passengers: int | None = None
    crew: int | None = None
    close_out: int | None = None
    clock: str | None = None


class Carrier(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A carrier by its IATA code."""

    code: str
    name: str
    icao: str = ""


class _Effect(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    code: str
    kind: str
    functions: dict[str, str]


class _Carriers(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"exceptions": "exception", "carriers": "carrier"}
):
    duty: Duty
    quality: dict[str, float]
    exceptions: list[_Exception] = []
    carriers: list[Carrier] = []


class _Messages(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"effects": "effect"}):
    effects: list[_Effect]


@dataclass(frozen=True)
class Duties:
    """All of it.

    Attributes:
        duty: what holds for everyone.
        exceptions: what holds for some, in the order of the file.
        weights: weights of the parts of the quality score.
        poor: the score below which a manifest is of poor quality.
        carriers: by IATA code.
        effects: (code, function) to (kind, effect); "*" stands for any.
    """

    duty: Duty
    exceptions: tuple[_Exception, ...]
    weights: Mapping[str, float]
    poor: float
    carriers: Mapping[str, Carrier]
    effects: Mapping[tuple[str, str], tuple[str, str]]

    def owed(self, carrier: str | None, port: str | None) -> Duty:
        """Return the duty of a carrier at a port of departure."""
        for each in self.exceptions:
            if each.carrier in ("", carrier) and each.port in ("", port):
                return Duty(
                    self.duty.passengers if each.passengers is None else each.passengers,
                    self.duty.crew if each.crew is None else each.crew,
                    self.duty.close_out if each.close_out is None else each.close_out,
                    self.duty.clock if each.clock is None else each.clock,
                )
        return self.duty

    def effect(self, function: str | None) -> tuple[str, str]:
        """Return (kind, effect) of a message function such as 745:CP or MSG:22."""
        code, _, what = (function or "").partition(":")
        for pair in ((code, what), (code, "*"), ("*", "*")):
            if pair in self.effects:
                return self.effects[pair]
        return "table", "list"

    def effects_of(self, functions: pl.Series) -> pl.DataFrame:
        """Return distinct functions with their `kind` and `effect`."""
        distinct = functions.unique().sort().to_list()
        told = [self.effect(each) for each in distinct]
        return pl.DataFrame(
            {"message_function": distinct, "kind": [each[0] for each in told], "effect": [each[1] for each in told]},
            schema={"message_function": pl.String, "kind": pl.String, "effect": pl.String},
        )


def duties(rules: Path | None = None) -> Duties:
    """Read `carriers.toml` and `messages.toml` of a rules folder; where it has none, the shipped ones hold.

    Raises:
        ConfigError: a file is no TOML, or a key or value in it is not allowed.
    """
    path, carriers = rules_toml(rules, "carriers.toml", _Carriers)
    clocks = {carriers.duty.clock, *(each.clock for each in carriers.exceptions if each.clock)}
    poor = carriers.quality.pop("poor", None)
    if not clocks <= set(CLOCKS):
        raise ConfigError(str(path), f"clock {sorted(clocks - set(CLOCKS))[0]} is not known", "write utc or local")
    if set(carriers.quality) != set(PARTS) or poor is None:
        raise ConfigError(str(path), "[quality] holds other parts than it should", f"give poor, {', '.join(PARTS)}")
    if not (0 <= poor <= 1 and min(carriers.quality.values()) >= 0 and sum(carriers.quality.values()) > 0):
        raise ConfigError(
            str(path), "[quality] has a value that is not allowed", "poor is 0 to 1, weights are 0 or more"
        )
    path, messages = rules_toml(rules, "messages.toml", _Messages)
    effects = {}
    for each in messages.effects:
        for function, effect in each.functions.items():
            if effect not in EFFECTS or each.kind not in KINDS:
                raise ConfigError(
                    str(path),
                    f"code {each.code}, function {function}: kind {each.kind} or effect {effect} is not known",
                    f"kinds are {', '.join(KINDS)}; effects are {', '.join(EFFECTS)}",
                )
            effects[each.code, function] = (each.kind, effect)
    return Duties(
        carriers.duty,
        tuple(carriers.exceptions),
        carriers.quality,
        poor,
        {each.code: each for each in carriers.carriers},
        effects,
    )
