"""De-confliction: two states that work on the same person, telephone or document learn of each other, and of nothing else.

Reach for `fingerprints()`, `workers()` and `meets()`. What is compared are keyed hashes: who holds them without the key
can neither read them nor try numbers against them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping

import msgspec

from ops_hub.casework.case import ORDINARY, PROTECTION, Bundle, Case
from ops_hub.casework.policy import Policy, Terms

_DIGITS_OF_PHONE = 9  # the last ones: prefixes are written in many ways
_LEAST = 6  # characters of a number that can tell one person from others


class Worker(msgspec.Struct, frozen=True):
    """A desk that works on a case.

    Attributes:
        case: number of the case.
        state: whose desk.
        channel: ordinary or protection.
        owns: it owns an entry that was met; else it claimed the case.
        hidden_from: states that may not learn of it.
        hidden: nobody may.
    """

    case: int
    state: str
    channel: str
    owns: bool = True
    hidden_from: tuple[str, ...] = ()
    hidden: bool = False


def fingerprints(bundle: Bundle, secret: bytes) -> dict[str, str]:
    """Return keyed hashes of what tells the traveller of a case apart, and what each is: person, document, phone or email."""
    found: set[tuple[str, str]] = set()
    columns = ["family_name", "given_names", "full_name", "birth_date", "documents", "contacts"]
    for row in bundle.travellers.select(columns).iter_rows(named=True):
        name = row["full_name"] or f"{row['family_name'] or ''} {row['given_names'] or ''}"
        if len(row["birth_date"] or "") == len("1970-02-03") and name.strip():
            found.add(("person", " ".join(sorted(_plain(name).split())) + " " + row["birth_date"]))
        for paper in row["documents"] or []:
            number = _code(paper["number"] or "")
            if len(number) >= _LEAST:
                found.add(("document", f"{number} {paper['issuer'] or ''}"))
        for contact in row["contacts"] or []:
            value = contact["value"] or ""
            digits = re.sub(r"\D", "", value)
            if contact["kind"] == "phone" and len(digits) >= _LEAST:
                found.add(("phone", digits[-_DIGITS_OF_PHONE:]))
            elif contact["kind"] == "email" and "@" in value:
                found.add(("email", value.strip().casefold()))
    return {
        hmac.new(secret, f"{what} {text}".encode(), hashlib.sha256).hexdigest(): what for what, text in sorted(found)
    }


def workers(case: Case, known: Mapping[str, Terms], policy: Policy) -> list[Worker]:
    """Return the desks that work on a case: owners of its hits, and who claimed it. None where it is done.

    Args:
        case: the case.
        known: what the caveats of each hit come to (`handling.all_terms`).
        policy: the home states, and which cases are done.
    """
    if case.status in policy.sharing.deconfliction.done:
        return []
    found: dict[tuple[str, str], Worker] = {}
    for hit in case.hits:
        said = known[hit.hit_id]
        channel = PROTECTION if said.protected else ORDINARY
        if not hit.withdrawn and hit.suppressed_by is None and hit.owner in policy.states.by_code:
            worker = Worker(
                case.id, hit.owner, channel, True, tuple(sorted(said.hidden_from)), bool(said.unknown) or said.hidden
            )
            held = found.get((hit.owner, channel))
            found[hit.owner, channel] = _stricter(held, worker) if held else worker
    claimed = case.claimed_by
    if claimed is not None and claimed.state in policy.states.by_code:
        channel = PROTECTION if case.channel == PROTECTION else ORDINARY
        hidden = {state for each in found.values() for state in each.hidden_from}
        worker = Worker(
            case.id, claimed.state, channel, False, tuple(sorted(hidden)), any(w.hidden for w in found.values())
        )
        found.setdefault((claimed.state, channel), worker)
    return [found[each] for each in sorted(found)]


def meets(one: Worker, other: Worker) -> bool:
    """Return whether `one` is told of `other`: never the ordinary desks of one that protects, nor who may not know.

    Within a case only owners are: that somebody claimed it stands in everybody's view.
    """
    return (
        one.state != other.state
        and (one.case != other.case or (one.owns and other.owns))
        and not (one.channel == ORDINARY and other.channel == PROTECTION)
        and not other.hidden
        and one.state not in other.hidden_from
    )


def _stricter(one: Worker, other: Worker) -> Worker:
    hidden = tuple(sorted({*one.hidden_from, *other.hidden_from}))
    return Worker(one.case, one.state, one.channel, True, hidden, one.hidden or other.hidden)


def _plain(text: str) -> str:
    split = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w\s]", " ", "".join(sign for sign in split if not unicodedata.combining(sign)))


def _code(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())
