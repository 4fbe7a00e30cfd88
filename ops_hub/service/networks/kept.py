"""Networks that are kept, and how another one is built: the list is everybody's, building the centre's."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ops_hub.casework.case import CENTRE
from ops_hub.errors import AccessError, ConfigError
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.service.centre import Centre
from ops_hub.service.networks import building
from ops_hub.service.networks.seen import kept_names, size_for
from ops_hub.service.people.me import Nothing
from ops_hub.service.table import Caller, operation

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Kept(msgspec.Struct):
    """A network that can be read: when it was made, and of which days of arrival. Counts of the whole are the centre's alone."""

    name: str
    made_at: str
    as_of: str
    since: str
    keep_until: str
    of_hub: bool
    records: int | None
    persons: int | None
    trips: int | None


class Building(msgspec.Struct):
    """A network that is being built, or was last."""

    name: str
    by: str
    since: date
    begun_at: datetime
    state: str
    ended_at: datetime | None
    words: str


class Networks(msgspec.Struct):
    """Networks that can be read, the newest first, and what is being built."""

    networks: list[Kept]
    building: Building | None
    analyses: dict[str, str]


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What to build: of travellers who arrived in the last days, or will."""

    network: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$", description="Small letters, digits and hyphens.")]
    days: Annotated[int, Meta(ge=1, le=93)] = 14


@operation("networks.list", "GET", "/networks")
def list_(centre: Centre, by: Caller, asked: Nothing) -> Networks:
    """Tell which networks can be read, and what is being built."""
    found, reader = [], by.actor
    for name, about in kept_names(centre):
        hub = about["inputs"].get("hub")
        said = {key: str((hub or {}).get(key) or "") for key in ("since", "keep_until")}
        made = {key: str(about[key] or "") for key in ("made_at", "as_of")}
        size = size_for(about, reader, ("records", "persons", "trips"))
        found.append(
            Kept(
                name, made["made_at"], made["as_of"], said["since"], said["keep_until"], hub is not None,
                size["records"], size["persons"], size["trips"],
            )
        )  # fmt: skip
    return Networks(found, _told(building.last(centre)) if reader.state == CENTRE else None, {k: f.help for k, f in FINDERS.items()})  # fmt: skip


@operation("networks.build", "POST", "/networks", personal=True, about=("network", "days"))
def build(centre: Centre, by: Caller, asked: Order) -> Building:
    """Begin to build a network of the travellers and cases that the hub keeps; `networks.list` tells how it stands."""
    if by.actor.state != CENTRE:
        raise AccessError(
            "networks.build", "the lake is the centre's", "ask the centre to build one; you see your part of it"
        )
    if not _NAME.fullmatch(asked.network):
        raise ConfigError("network", "this is no name for one", "use small letters, digits and hyphens, 40 at most")
    begun = _told(building.begin(centre, by.actor, asked.network, asked.days, by.purpose))
    assert begun is not None
    return begun


def _told(build: building.Build | None) -> Building | None:
    if build is None:
        return None
    return Building(build.name, build.by, build.since, build.begun_at, build.state, build.ended_at, build.words)
