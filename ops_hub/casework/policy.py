"""What the region agreed on sharing (rules/sharing.toml), and what the caveats of one entry come to.

Reach for `sharing_policy()` and `terms_of()`. A caveat that nobody here knows counts as the strictest: what an owner
meant by it cannot be guessed, and what was shown cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from ops_hub.casework.case import CENTRE
from ops_hub.config import rules_toml
from ops_hub.errors import ConfigError
from ops_hub.states import Contact, States, home_states

_OPEN_HANDLINGS = {"enforce", "discreet"}  # all else takes the protection route


class Caveat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a caveat does; the fields are explained in rules/sharing.toml."""

    content: Literal["", "released", "never", "concerned", "named"] = ""
    hidden_from: Literal["", "nationality", "named"] = ""
    shown_to: Literal["", "nationality"] = ""
    desk: Literal["", "protection"] = ""
    onward: bool = True


class NoticeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which notice an event makes, and who gets it."""

    kind: str
    to: Literal["all", "owner", "to"]
    pending: str = ""


class Deconfliction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a case no longer meets others."""

    done: list[str] = []


class Delivery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where notices go outside the hub."""

    mail: str = ""
    states: dict[str, list[str]] = {}
    protection: dict[str, list[str]] = {}


class Sharing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file rules/sharing.toml."""

    caveats: dict[str, Caveat]
    words: dict[str, str]
    protection: dict[str, Contact]
    notices: dict[str, NoticeRule]
    texts: dict[str, dict[str, str]]
    deconfliction: Deconfliction = Deconfliction()
    delivery: Delivery = Delivery()


@dataclass(frozen=True)
class Policy:
    """What sharing rests on: the agreed rules, and the home states with their contact points."""

    sharing: Sharing
    states: States

    def is_custodian(self, state: str, owner: str) -> bool:
        """Return whether a state answers for an owner's entries: its own, or the centre's for owners that are no home states."""
        return state == owner or (state == CENTRE and owner not in self.states.by_code)

    def contact(self, owner: str) -> dict[str, str]:
        """Return the desk that answers for an owner: its contact point, the centre's for owners that are no home states."""
        found = self.states.contact(owner)
        return _desk(found) if found else {"desk": "the centre's watch desk", "email": "", "duty_phone": ""}

    def protection_contact(self, state: str) -> dict[str, str]:
        """Return the protection desk that a state's people speak to: its own, else the centre's."""
        return _desk(self.sharing.protection.get(state) or self.sharing.protection[CENTRE])


def _desk(contact: Contact) -> dict[str, str]:
    return {"desk": contact.desk, "email": contact.email, "duty_phone": contact.duty_phone}


@dataclass(frozen=True)
class Terms:
    """What an entry's handling and caveats come to.

    Attributes:
        content: released, never or concerned.
        content_to: states that may see the content without release.
        hidden_from: states that are not told that there is a hit.
        hidden: no state is: the state of nationality may not know, and nobody knows which that is.
        protected: only protection desks and services.
        onward: may be put into a package by others than the owner.
        unknown: caveats that nobody here knows.
    """

    content: str
    content_to: frozenset[str]
    hidden_from: frozenset[str]
    hidden: bool
    protected: bool
    onward: bool
    unknown: tuple[str, ...]


def terms_of(policy: Policy, handling: str, caveats: Iterable[str], nationalities: frozenset[str]) -> Terms:
    """Return what handling and caveats come to.

    Args:
        policy: what the caveats mean.
        handling: enforce, discreet or protect; any other is taken for protect.
        caveats: of the entry.
        nationalities: of the traveller and of the entry, alpha-3, issuers of documents included; empty where not known.
    """
    known: list[tuple[Caveat, str]] = []
    unknown: list[str] = []
    for text in sorted(set(caveats)):
        name, _, state = text.partition(":")
        caveat = policy.sharing.caveats.get(name)
        needs_state = caveat is not None and "named" in (caveat.content, caveat.hidden_from)
        if caveat is None or needs_state != bool(state):
            unknown.append(text)
        else:
            known.append((caveat, state))
    says = {caveat.content for caveat, _ in known}
    content = next((level for level in ("never", "released") if level in says), "")
    named = frozenset(state for caveat, state in known if caveat.content == "named") if not content else frozenset()
    hidden = {state for caveat, state in known if caveat.hidden_from == "named"}
    may_know = any(caveat.shown_to == "nationality" for caveat, _ in known)
    protect = handling not in _OPEN_HANDLINGS
    asked = any(caveat.hidden_from == "nationality" for caveat, _ in known)
    by_nationality = asked or (protect and not may_know)
    if by_nationality:
        hidden |= nationalities
    return Terms(
        content=content or ("concerned" if "concerned" in says else "released"),
        content_to=named,
        hidden_from=frozenset(hidden),
        hidden=by_nationality and not nationalities,
        protected=protect or any(caveat.desk == "protection" for caveat, _ in known),
        onward=all(caveat.onward for caveat, _ in known),
        unknown=tuple(unknown),
    )


@lru_cache(maxsize=8)
def sharing_policy(rules: Path | None = None) -> Policy:
    """Read the policy of a rules folder (default, or where it has none: the shipped one); it is read once.

    Raises:
        ConfigError: rules/sharing.toml is no TOML, or says what is not allowed.
    """
    path, sharing = rules_toml(rules, "sharing.toml", Sharing)
    missing = sorted({"enforce", "discreet", "protect", "elsewhere", "withheld"} - sharing.words.keys())
    if missing or CENTRE not in sharing.protection or "en" not in sharing.texts:
        raise ConfigError(
            str(path),
            f"needed: words {', '.join(missing) or 'complete'}; [protection.CENTRE]; [texts.en]",
            "rules/sharing.toml as shipped is the model",
        )
    kinds = {"by", "ended", "other", "person", "document", "phone", "email"} | {
        r.kind for r in sharing.notices.values()
    }
    for language, texts in sharing.texts.items():
        if lacking := sorted(kinds - texts.keys()):
            raise ConfigError(f"{path} [texts.{language}]", f"no text for {', '.join(lacking)}", "write them")
    return Policy(sharing, home_states(rules))
