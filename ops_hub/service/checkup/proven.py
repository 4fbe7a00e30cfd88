"""The audit log: that it is as it was written, and ends where the hub says.

Reach for the check by way of `table`; `ops-hub audit verify` says every fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem
from ops_hub.store.chain import Head, files_of, number_of
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE
from ops_hub.store.place import is_here
from ops_hub.store.proof import Verdict, verify
from ops_hub.store.scribe import folder_of, hub_head, verified

_SIGNING = f"{CENTRE}.ed25519"


def audit(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Check the last file of the log, with `deep` all of it."""
    told = hub_head(hub)
    if told is None and not files_of(folder_of(asked.home)):
        yield note("there is no audit log yet", "it begins when something is done")
        return
    check = verify if asked.deep else _last
    if (asked.home / "keys" / _SIGNING).is_file():
        verdict = verified(hub, check=check)
    elif hub.client.hexists(key("keyfiles"), _SIGNING):
        yield problem(f"{_SIGNING}, which the audit log is signed with, is not on this machine", "copy HOME/keys from the machine that has it")  # fmt: skip
        return
    else:  # nothing was signed yet, and asking for the key would make it
        is_here(hub)
        verdict = check(folder_of(asked.home), "", [told] if told else [])
    part = "all of the audit log" if asked.deep or verdict.files <= 1 else "the last file of the audit log"
    for fault in verdict.faults[:3]:
        where = f"{fault.file}{f', line {fault.line:,}' if fault.line else ''}"
        yield problem(f"{where}: {fault.reason}", "ops-hub audit verify says all; keep the files as they are, and find out who wrote there")  # fmt: skip
    if not verdict.faults:
        more = "" if asked.deep else "all of it: --deep"
        yield ok(f"{part} is as written: {verdict.events:,} lines to {verdict.head.seq:,}", more)


def fingerprints(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look whether this machine has every key that the hub has data under."""
    known = {name.decode() for name in hub.client.hkeys(key("keyfiles"))}
    place = asked.home / "keys"
    missing = sorted(name for name in known if not (place / name).is_file())
    if missing and asked.home.is_dir():
        yield problem(f"the hub has data under keys that are not in {place}: {', '.join(missing)}", "copy them from a machine that has them, or from the copy that was put away")  # fmt: skip
    elif known:
        yield ok(f"all {len(known)} keys that the hub has data under are here")


def _last(folder: Path, public: str, heads: Iterable[Head]) -> Verdict:
    files = files_of(folder)
    return verify(folder, public, heads, since=number_of(files[-1]) if files else 1)
