"""Evidence that leaves the hub: what a recipient may see of a case, in one signed file that anybody can check.

Reach for `contents()`, then `packed_up()`; `checked()` says what is wrong with such a file. The same case after the same
event, for the same recipient and purpose, gives the same bytes: no clock is in it, files stand in order and uncompressed.

Source: Ed25519 (RFC 8032) over a list of SHA-256 sums, as sha256sum and openssl read them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops_hub.casework.case import Actor, Bundle, Case, Event
from ops_hub.casework.handling import as_json, segments, view
from ops_hub.casework.policy import Policy
from ops_hub.casework.story import story

RECIPIENTS = ("prosecutor", "services")
SUMS, SIGNATURE, KEY = "SHA256SUMS", "SHA256SUMS.sig", "public_key.pem"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can name
_MOST = 1 << 30  # bytes of a package that is read

README = """\
This package was made by a joint regional centre. It says what the centre may tell this recipient about one case: a
traveller on one journey, and entries of lists that may be about that person. A hit is a lead for a person to verify. It
is no identification and no verdict.

about.json        the case, the event after which the package was made, the recipient, the purpose
case.json         what the recipient may see: hits, explanations, entries as far as their owners allow, the traveller
summary.txt       the same in short, for reading
audit.json        what happened to the case, as far as the recipient may know; numbers may be missing
log.json          the lines of the centre's audit log about that, and about who of the recipient's state looked at or took
                  out what, up to the event of about.json: number, time and hash of each, to be compared with the log
screenings.json   which message was screened when, against which lists and rules, with which engine (hashes)
segments/         the carrier's own words, where the recipient may have them; about.json names their records
SHA256SUMS        the hash of every file above; SHA256SUMS.sig is its signature (Ed25519), public_key.pem the key

How to verify, with tools that any system has (openssl 3.0 or later):

    sha256sum -c SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
    openssl pkey -pubin -in public_key.pem -outform DER | sha256sum

The first two must say OK and Signature Verified Successfully. The third prints the fingerprint of the key: compare it
with the one that the centre gave you by another way, for anybody can sign with a key of their own.

The package holds personal data. Use it for the purpose in about.json alone, and do not hand it on where case.json says
that an owner did not allow that.
"""


@dataclass(frozen=True)
class Check:
    """What is wrong with a package, a line each, and the fingerprint of the key that it was signed with."""

    problems: tuple[str, ...]
    fingerprint: str = ""


def contents(
    case: Case, bundle: Bundle, recipient: Actor, policy: Policy, *,
    events: Sequence[Event], screenings: Mapping[str, Mapping[str, Any]], log: Sequence[Mapping[str, Any]], purpose: str,
) -> dict[str, bytes] | None:  # fmt: skip
    """Return the files of a package by name, None where the recipient may not know of the case.

    Args:
        case: the case.
        bundle: its content.
        recipient: state and role (prosecutor or services) decide what is in it.
        policy: what the region agreed on.
        events: all that happened to the case, with what people wrote.
        screenings: what is known of each screening, by its id.
        log: lines of the audit log about the case, in their order.
        purpose: why it is made.
    """
    told = view(case, bundle, recipient, policy, export=True)
    if told is None:
        return None
    raw = segments(case, bundle, recipient, policy)
    names = {f"segments/{place:03}.txt": record for place, record in enumerate(sorted(raw), 1)}
    seen = {lead["hit_id"] for lead in told["leads"]}
    used = {hit.screening_id for hit in case.hits if hit.hit_id in seen}
    about = {
        "case": case.id, "after_event": case.events, "for": f"{recipient.state}:{recipient.role}", "purpose": purpose,
        "segments": names,
    }  # fmt: skip
    happened = story(case, told, events, recipient, policy)
    files = {
        "README.txt": README,
        "about.json": _pretty(about),
        "case.json": _pretty(told),
        "summary.txt": _summary(told),
        "audit.json": _pretty(happened),
        "log.json": _pretty(_extract(log, recipient, {each["number"] for each in happened}, case.events)),
        "screenings.json": _pretty({name: dict(screenings[name]) for name in sorted(used) if name in screenings}),
    }
    files |= {name: raw[record] for name, record in names.items()}
    return {name: text.encode() for name, text in files.items()}


def _extract(
    log: Sequence[Mapping[str, Any]], recipient: Actor, known: set[int], last: int
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what a recipient may have of log lines about a case, up to its last event.

    Others' looks stay out: that another state looked says that it is concerned.
    """
    found = []
    for line in log:
        event, number = line["event"], line["event"]["detail"].get("event")
        own = event["by"].startswith(f"{recipient.state}/")
        if own or number in known:
            state, _, rest = event["by"].partition("/")
            by = event["by"] if own else f"{state}:{rest.rpartition(':')[2]}"
            found.append(
                {"seq": line["seq"], "at": line["at"], "action": event["action"], "by": by, "hash": line["hash"]}
            )
        if number == last and event["action"].startswith("case-"):
            break
    return found


def packed_up(files: Mapping[str, bytes], sign: Callable[[bytes], bytes], public_key: str) -> bytes:
    """Return the package of files, signed.

    Args:
        files: by name.
        sign: signs bytes (Ed25519).
        public_key: that signatures are checked with (PEM).
    """
    sums = _sums(files)
    return _zipped({**files, SUMS: sums, SIGNATURE: sign(sums), KEY: public_key.encode()})


def _zipped(whole: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(whole):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o600 << 16  # the same on every system
            archive.writestr(entry, whole[name])
    return made.getvalue()


def checked(data: bytes, fingerprint: str = "") -> Check:
    """Return what is wrong with a package.

    Args:
        data: the file.
        fingerprint: of the key that it must be signed with; any by default, which the reader then compares.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(set(names)) != len(names):
                return Check(("a name stands in it twice",))
            if sum(entry.file_size for entry in entries) > _MOST:
                return Check(("it is larger than any package",))
            files = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        return Check((f"it is no whole ZIP file: {error}",))
    if _zipped(files) != data:
        return Check(("the ZIP file itself was altered, or made by another program",))
    missing = [name for name in (SUMS, SIGNATURE, KEY) if name not in files]
    if missing:
        return Check(tuple(f"{name} is missing" for name in missing))
    sums, signature, key = (files.pop(name) for name in (SUMS, SIGNATURE, KEY))
    problems = list(_differences(sums, files))
    found, wrong = _signed(sums, signature, key)
    problems += [wrong] if wrong else []
    if fingerprint and found != fingerprint.replace(":", "").strip().lower():
        problems.append(f"it is signed with another key: {found or 'none'}")
    return Check(tuple(problems), found)


def fingerprint_of(public_key: str) -> str:
    """Return the fingerprint of a public key (PEM): the SHA-256 of its DER form, as openssl and sha256sum give it."""
    body = "".join(line for line in public_key.splitlines() if line and not line.startswith("-"))
    try:
        return hashlib.sha256(base64.b64decode(body, validate=True)).hexdigest()
    except binascii.Error:
        return ""


def _sums(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def _differences(sums: bytes, files: Mapping[str, bytes]) -> Iterable[str]:
    listed = {}
    for line in sums.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    for name in sorted(listed.keys() | files.keys()):
        if name not in files:
            yield f"{name} is missing"
        elif name not in listed:
            yield f"{name} is not in {SUMS}"
        elif hashlib.sha256(files[name]).hexdigest() != listed[name]:
            yield f"{name} was altered"


def _signed(sums: bytes, signature: bytes, key: bytes) -> tuple[str, str]:
    """Return the fingerprint of the key and what is wrong with the signature."""
    try:
        public = serialization.load_pem_public_key(key)
        if not isinstance(public, Ed25519PublicKey):
            return "", f"{KEY} is no Ed25519 key"
        found = fingerprint_of(key.decode())
        public.verify(signature, sums)
    except InvalidSignature:
        return found, f"the signature is not that of {SUMS}"
    except (ValueError, UnicodeDecodeError):
        return "", f"{KEY} cannot be read"
    return found, ""


def _pretty(told: Any) -> str:
    return json.dumps(json.loads(as_json(told)), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _summary(told: Mapping[str, Any]) -> str:
    lines = [
        f"Case {told['case']}: {told['flight'] or 'journey'} {told['from_port'] or '?'} to {told['to_port'] or '?'}",
        f"Status: {told['status']}",
        *(["The traveller is, or may be, a minor."] if told["minor"] else []),
        "",
    ]
    content = {each["hit_id"]: each for each in told["content"]}
    for lead in told["leads"]:
        contact = ", ".join(part for part in lead["contact"].values() if part)
        lines += [
            f"Hit {lead['hit_id']} ({lead['band']}), owner {lead['owner']}",
            f"  {lead['words']}",
            f"  ask: {contact}",
        ]
        said = content.get(lead["hit_id"])
        lines += [f"  why: {said['explanation']}"] if said and said.get("explanation") else []
        lines += ["  the owner has not allowed to hand the entry's content on"] if not said else []
    if "elsewhere" in told:
        contact = ", ".join(part for part in told["elsewhere"]["contact"].values() if part)
        lines += ["", f"{told['elsewhere']['words']}: {contact}"]
    return "\n".join(lines) + "\n"
