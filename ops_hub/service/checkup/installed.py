"""What is installed: Python, packages against those it was tested with, extras, the files of the wheel, the rules.

Reach for the checks by way of `table`. Versions are those that pip knows; nothing is looked up outside.
"""

from __future__ import annotations

import base64
import hashlib
import platform
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires, version
from pathlib import Path
from typing import NamedTuple

from ops_hub import __version__
from ops_hub.config import data_dir
from ops_hub.engines.live.usable import check_rules
from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem
from ops_hub.store.code import DECIDING, PACKAGE
from ops_hub.targeting.rulefile import read_rules

LOCK = "requirements.lock"
_NAME = "ops-hub"
_PYTHON = (3, 11)
_SHIPPED = ("rules", "watchlists", "sample_feeds")
_FOR = {
    "cluster": "screening on several machines",
    "notify": "notices by mail and messengers",
    "oidc": "signing in at the provider of a state",
    "trends": "bulletins of what changed",
}


class Needed(NamedTuple):
    """A package that pip was told to install: its name, the least version, and the extra that asks for it ('' none)."""

    name: str
    least: str
    extra: str


def python(asked: Asked) -> Iterator[Finding]:
    """Say which engine and which Python this is."""
    found = f"ops-hub {__version__} on Python {platform.python_version()}"
    least = ".".join(map(str, _PYTHON))
    if sys.version_info < _PYTHON:
        yield problem(f"{found}: it needs {least}", f"install it with Python {least} or newer")
    elif not sys.platform.startswith("linux"):
        yield problem(f"{found} on {sys.platform}: it runs on Linux", "install it on Linux")
    else:
        yield ok(found)


def packages(asked: Asked) -> Iterator[Finding]:
    """Compare the packages with those that the engine was tested with."""
    needed, lock = _needed(), data_dir("rules").parent / LOCK
    if not needed:
        yield note("this is no installed package, pip does not know what it needs", "pip install ops-hub")
        return
    pins = pinned(lock.read_text(encoding="utf-8")) if lock.is_file() else {}
    yield from compared([each for each in needed if not each.extra], pins, str(lock))


def compared(needed: list[Needed], pins: Mapping[str, Sequence[str]], lock: str) -> Iterator[Finding]:
    """Compare what is installed with what is needed and with what it was tested with.

    Args:
        needed: packages.
        pins: versions by name.
        lock: where these stand.
    """
    again = f"pip install -r {lock}"
    other: list[str] = []
    for each in needed:
        held = installed(each.name)
        if held is None:
            yield problem(f"{each.name} is not installed", again)
        elif number(held) < number(each.least):
            yield problem(f"{each.name} {held} is too old: at least {each.least}", again)
        elif held not in pins.get(each.name, [held]):
            other.append(f"{each.name} {held} (tested with {' or '.join(pins[each.name])})")
    deciding = [each for each in other if each.split()[0] in DECIDING]
    if deciding:
        yield note(f"{', '.join(deciding)}: hits could differ from those that tests hold", again)
    if rest := [each for each in other if each not in deciding]:
        yield note(", ".join(rest), again)
    if not other:
        yield ok(f"{len(needed)} packages, in the versions it was tested with")


def extras(asked: Asked) -> Iterator[Finding]:
    """Say which optional parts are installed, and what they are for."""
    needed = _needed()
    for name in sorted({each.extra for each in needed if each.extra}):
        held = {each.name: installed(each.name) for each in needed if each.extra == name}
        what = _FOR.get(name, "optional")
        if all(held.values()):
            yield ok(f"{name} ({what}): {', '.join(f'{key} {each}' for key, each in held.items())}")
        else:
            yield note(f"{name} ({what}) is not installed", f"where it is wanted: pip install 'ops-hub[{name}]'")


def shipped(asked: Asked) -> Iterator[Finding]:
    """Look whether what ships with the engine is there, and as it was released."""
    for name in _SHIPPED:
        if not any(path.is_file() for path in data_dir(name).rglob("*")):
            yield problem(f"{data_dir(name)} is empty", "install ops-hub again")
    files = _recorded()
    if not files:
        yield ok(f"runs from a folder of sources, {PACKAGE.parent}: nothing says how its files were released")
        return
    bad = [name for name, path, mark in files if not path.is_file() or _mark(path) != mark]
    for name in bad[:5]:
        yield problem(f"{name} is missing or was altered since it was released", "install ops-hub again: pip install --force-reinstall --no-deps")  # fmt: skip
    if len(bad) > 5:
        yield problem(f"so are {len(bad) - 5:,} more files", "install ops-hub again")
    if not bad:
        yield ok(f"{len(files):,} files as they were released")


def rules(asked: Asked) -> Iterator[Finding]:
    """Look whether the rules can be worked with; examples in risk rules are run."""
    folder = asked.rules or data_dir("rules")
    for said in check_rules(asked.rules):
        yield problem(said, f"correct {folder}; the state is left out until then")
    risk = folder / "risk"
    found = read_rules([risk]) if risk.is_dir() else None
    refused = found.refused if found else ()
    for error in refused:
        yield problem(f"a risk rule is refused: {error}", f"ops-hub rules test {risk}")
    if not refused:
        yield ok(f"{folder}: can be used, {len(found.rules) if found else 0} risk rules hold on their examples")


def pinned(text: str) -> dict[str, list[str]]:
    """Return the versions that a lock file names, by package: several where they hang on the Python."""
    found: dict[str, list[str]] = {}
    for name, held in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        found.setdefault(name, []).append(held)
    return found


def installed(name: str) -> str | None:
    """Return the version of a package, None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def number(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _needed() -> list[Needed]:
    try:
        lines = requires(_NAME) or []
    except PackageNotFoundError:
        return []
    found = []
    for line in lines:
        name = re.match(r"[A-Za-z0-9._-]+", line)
        least, extra = re.search(r">=\s*([\w.]+)", line), re.search(r"extra == ['\"]([^'\"]+)", line)
        if name:
            found.append(Needed(name[0], least[1] if least else "0", extra[1] if extra else ""))
    return found


def _recorded() -> list[tuple[str, Path, str]]:
    """Return name, path and hash of each file of the package, as pip noted them; none for a folder of sources."""
    try:
        own: Distribution = distribution(_NAME)
    except PackageNotFoundError:
        return []
    if Path(str(own.locate_file("ops_hub"))).resolve() != PACKAGE:
        return []
    files = [each for each in own.files or [] if each.parts[0] == "ops_hub" and each.hash is not None]
    return [(each.as_posix(), Path(str(own.locate_file(each))), each.hash.value) for each in files if each.hash]


def _mark(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
