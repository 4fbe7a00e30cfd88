"""A case into a file for a prosecutor or for services: told to the audit log first, then written.

Reach for `package()`. What is in it is said by `casework.package`; this one fetches case, story and screenings. Paths
touched: the file that it is given; HOME/audit is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ops_hub.casework.case import Actor, Case
from ops_hub.casework.package import RECIPIENTS, contents, fingerprint_of, packed_up
from ops_hub.casework.policy import Policy, sharing_policy
from ops_hub.casework.words import harmful
from ops_hub.desk.filing import bundle_of, case_of, no_case, story_of
from ops_hub.errors import ConfigError, StoreError
from ops_hub.store import audit
from ops_hub.store.chain import lines
from ops_hub.store.hub import Hub
from ops_hub.store.private import write_private
from ops_hub.store.receipts import receipts_of
from ops_hub.store.scribe import folder_of


def package(
    hub: Hub, number: int, recipient: Actor, purpose: str, out: Path, policy: Policy | None = None, *,
    masked: Callable[[Case, Actor], bool] = lambda case, reader: False,
) -> dict[str, Any]:  # fmt: skip
    """Write the package of a case; return its path, hash, the key's fingerprint, and how many hits and segments are in it.

    Args:
        hub: the hub.
        number: of the case.
        recipient: for whom: a state's prosecutor or services.
        purpose: why, for the audit log and the package.
        out: file to write; only its owner can read it.
        policy: what the region agreed on; the shipped rules by default.
        masked: whether retention hides the traveller of a case from the recipient: then there is no package.

    Raises:
        ConfigError: the recipient is no prosecutor or services, or no purpose is given.
        StoreError: there is no such case, or none for this recipient; its content is gone; the file cannot be written.
    """
    policy = policy or sharing_policy()
    if recipient.role not in RECIPIENTS:
        raise ConfigError(str(recipient), "packages are for a prosecutor or services", "use --as STATE/NAME:prosecutor")
    if not purpose.strip():
        raise ConfigError("--purpose", "a package needs a purpose", "say what it is for")
    if recipient.role == "services" and harmful(purpose):
        raise ConfigError("--purpose", f"{harmful(purpose)[0]} is no word for people to be helped", "say it otherwise")
    try:
        case = case_of(hub, number)
        bundle = bundle_of(hub, case)
    except StoreError:
        audit.record(hub, str(recipient), "export-refused", f"case {number}", purpose=purpose)
        raise
    wanted = {hit.screening_id for hit in case.hits}
    screenings = {name: msgspec.to_builtins(each) for name, each in receipts_of(hub, wanted).items()}
    log = [line for line in lines(folder_of(hub.home)) if line["event"].get("about") == f"case {number}"]
    files = contents(
        case, bundle, recipient, policy, events=story_of(hub, case), screenings=screenings, log=log, purpose=purpose
    )
    if files is None:
        audit.record(hub, str(recipient), "export-refused", f"case {number}", purpose=purpose)
        raise no_case(number)
    if masked(case, recipient):
        audit.record(hub, str(recipient), "export-refused", f"case {number}", purpose=purpose, masked=True)
        raise StoreError(
            f"case {number}", "retention has masked who the traveller is", "have it unmasked by two persons first"
        )
    key = hub.keyring.public_key()
    data = packed_up(files, hub.keyring.sign, key)
    digest = hashlib.sha256(data).hexdigest()
    hits = len(json.loads(files["case.json"])["leads"])
    audit.record(
        hub, str(recipient), "exported", f"case {number}", purpose=purpose, sha256=digest, event=case.events, hits=hits
    )
    write_private(out, data)
    count = sum(name.startswith("segments/") for name in files)
    return {
        "file": str(out), "sha256": digest, "key": fingerprint_of(key), "hits": hits, "segments": count, "case": number,
        "after_event": case.events,
    }  # fmt: skip
