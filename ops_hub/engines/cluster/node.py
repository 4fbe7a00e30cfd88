"""Work on a node: the same engine, the lists in a local folder and memory-mapped, kernels compiled once; then the work.

Reach for `do()` from a runner. Whatever is sent to a node is fetched once, by the first process that needs it, and named by
its content. The screening itself is left to `part`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ops_hub import __version__
from ops_hub.config import matching_config
from ops_hub.engines.cluster.part import screen_part
from ops_hub.engines.cluster.work import Bundle, Outcome, Work, trouble_of
from ops_hub.errors import ConfigError, OpsHubError, StoreError
from ops_hub.feeds.mapping import load_mapping
from ops_hub.lists.snapshot import file_digest, open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, Lists, open_lists, screen
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.store.code import code_digest, package_versions
from ops_hub.store.files import cannot_write, locked

MAPPING = "mapping.toml"  # its name in a bundle
KEPT = 7 * 86400  # seconds that lists stay on a node where nothing asks for them
_TRIED = 50  # names that kernels are compiled with

Fetch = Callable[[Bundle, str], Iterable[bytes]]
"""Gives the content of a file of a bundle, piece by piece."""


def engine() -> dict[str, str]:
    """Return what must be the same on all nodes: version and code of the engine, and the packages that decide."""
    return {"ops-hub": __version__, "code": code_digest(), **package_versions()}


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return this user's folder on this node for what is sent here: OPS_HUB_CLUSTER_CACHE, else one among temporary files.

    Raises:
        StoreError: it cannot be made, or is another user's.
    """
    told = environment.get("OPS_HUB_CLUSTER_CACHE", "")
    folder = Path(told) if told else Path(tempfile.gettempdir()) / f"ops-hub-cluster-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = folder.lstat()
    except OSError as error:
        raise cannot_write(folder, error) from None
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
        raise StoreError(
            f"{folder} on {platform.node()}",
            "others can read or change what would be kept here",
            "chmod 700, or name another folder in OPS_HUB_CLUSTER_CACHE",
        )
    return folder


def have(bundle: Bundle, cache: Path, fetch: Fetch) -> Path:
    """Return the folder of a bundle on this node, fetched if it is not here, and whole.

    Raises:
        StoreError: the disk does not take it, or something else came than was sent.
    """
    place = cache / bundle.name
    with locked(cache / f"{bundle.name}.lock"):
        if not _is_whole(place, bundle):
            shutil.rmtree(place, ignore_errors=True)
            _forget_old(cache)
            _fetched(bundle, place, fetch)
        os.utime(place)
    return place


def _is_whole(place: Path, bundle: Bundle) -> bool:
    """Return whether all files are there: whoever tidies temporary files may have taken some."""
    try:
        return all((place / name).stat().st_size == size for name, (size, _) in bundle.files.items())
    except OSError:
        return False


def _fetched(bundle: Bundle, place: Path, fetch: Fetch) -> None:
    making = place.with_name(f".{bundle.name}.part")  # the lock is held: nobody else makes it
    try:
        shutil.rmtree(making, ignore_errors=True)
        for name, (_, digest) in bundle.files.items():
            path = making / name
            path.parent.mkdir(parents=True, exist_ok=True)
            own = hashlib.blake2b(digest_size=16)
            with path.open("wb") as file:
                for piece in fetch(bundle, name):
                    own.update(piece)
                    file.write(piece)
            if own.hexdigest() != digest:
                raise StoreError(f"{path} on {platform.node()}", "something else came than was sent", "run again")
        making.rename(place)
    except OSError as error:
        raise cannot_write(place, error) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _forget_old(cache: Path) -> None:
    """Remove what nothing asked for in a week; who still has it mapped keeps it until they end."""
    for place in cache.iterdir():
        if place.is_dir() and not place.name.startswith(".") and place.stat().st_mtime < time.time() - KEPT:
            shutil.rmtree(place, ignore_errors=True)


def do(work: Work, fetch: Fetch, cache: Path) -> Outcome:
    """Do work here, and return what came of it; errors of ours are told in it, anything else is raised.

    Args:
        work: what to do.
        fetch: gets what this node does not have.
        cache: where that is kept.
    """
    try:
        _same_engine(work)
        places = {bundle.name: have(bundle, cache, fetch) for bundle in work.bundles}
        terms = work.terms
        rules = str(places[terms.rules.name]) if terms.rules else None
        lists, knowledge = _opened(str(places[work.snapshot.name]), rules, terms.threshold, work.threads)
        if digest_of_rules(knowledge) != terms.digest:
            raise ConfigError(
                platform.node(), "its rules are others than the driver's", "install the same engine there"
            )
        mapping = load_mapping(places[terms.mapping.name] / MAPPING) if terms.mapping else None
        _compiled(lists, knowledge, work, cache)
        made = screen_part(work, lists, knowledge, mapping, cache / "spill")
    except OpsHubError as error:
        return Outcome(work.name, trouble=trouble_of(error))
    return Outcome(work.name, made.screened, made.hits)


def digest_of_rules(knowledge: Knowledge) -> str:
    """Return what tells whether a node has the driver's name tables and settings."""
    return knowledge.digest() + knowledge.config.digest


def _same_engine(work: Work) -> None:
    here = engine()
    other = [name for name, version in work.terms.engine.items() if here.get(name) != version]
    if other:
        told = ", ".join(f"{name} {here.get(name)} instead of {work.terms.engine[name]}" for name in other)
        raise ConfigError(
            f"node {platform.node()}", f"another engine is installed there: {told}", "install the same one"
        )


@lru_cache(maxsize=1)
def _opened(snapshot: str, rules: str | None, threshold: float | None, threads: int) -> tuple[Lists, Knowledge]:
    """Open lists, memory-mapped, and rules; a process does so once, for all the work that it gets."""
    folder = Path(rules) if rules else None
    knowledge = Knowledge(name_tables(folder), matching_config(folder, threshold), threads)
    return open_lists(open_snapshot(Path(snapshot)), knowledge), knowledge


def _compiled(lists: Lists, knowledge: Knowledge, work: Work, cache: Path) -> None:
    """Have the kernels compiled by one process of this node, before others load them: two at once would spoil them."""
    done = cache / f"compiled-{work.terms.engine['code']}"
    with locked(cache / "compiled.lock"):
        if done.exists():
            return
        names = lists.parts[0].entries["names"].head(_TRIED).list.first().struct.field("full").to_list()
        asked = [{"record_id": str(at), "source": "", "full_name": name} for at, name in enumerate(names)]
        for threads in {1, knowledge.threads}:
            screen(rows(TRAVELLERS, asked), lists, replace(knowledge, threads=threads), today=work.terms.today)
        done.touch()


def bundle_of(folder: Path) -> Bundle:
    """Return what must be sent of a folder, named by its content."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): (path.stat().st_size, file_digest(path)) for path in found}
    whole = hashlib.blake2b(repr(sorted(files.items())).encode(), digest_size=16)
    return Bundle(whole.hexdigest(), files)
