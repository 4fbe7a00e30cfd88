"""What an upload would change in a list: worked out, told, and kept for a while with the files.

Reach for `preview()`, `find()`, `every()` and `keep()`. What may not be done by one person alone is told in `second`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import polars as pl

from ops_hub.casework.policy import Policy
from ops_hub.casework.sight import PROTECTIVE
from ops_hub.errors import ConfigError, ConflictError, MissingError
from ops_hub.lists.delta import whole
from ops_hub.lists.diff import diff
from ops_hub.lists.info import TERMS, ListInfo, ListRead
from ops_hub.lists.snapshot import Snapshot
from ops_hub.service.centre import Centre
from ops_hub.service.lists.health import Health, health, protected
from ops_hub.service.lists.upload import File, read_upload
from ops_hub.service.table import Caller
from ops_hub.store import drafts

KIND, FILES = "list-previews", "list-files"
HOUR, DAY = 3600, 24 * 3600  # seconds that a preview waits for its author, and for a second person
MANY = 0.2  # share of entries that may go without a second person
_SHOWN = 8  # examples of a kind of change
_TOLD = 50  # faults
_RANK = {"protect": 0, "discreet": 1, "enforce": 2}


class Told(msgspec.Struct, frozen=True):
    """Something that a person should know: a code for programs, words, and how many it concerns."""

    code: str
    words: str
    count: int = 0


class Fault(msgspec.Struct, frozen=True):
    """A place in the files that could not be read as it stands; `lost`: its entry was left out."""

    place: str
    detail: str
    lost: bool


class Example(msgspec.Struct, frozen=True):
    """An entry that changes; name and columns are None where it is about somebody to be protected."""

    change: str
    entry_id: str
    name: str | None
    columns: list[str] | None


class Preview(msgspec.Struct, frozen=True):
    """What an upload would change.

    Attributes:
        state: previewed, waits (for a second person), publishing, published, failed or withdrawn.
        was: digest of the list that it was compared with.
        second: why a second person must confirm; empty where none must.
    """

    id: str
    list_id: str
    title: str
    owner: str
    state: str
    by: str
    name: str
    at: datetime
    until: datetime
    files: list[str]
    was: str
    before: int
    after: int
    added: int
    changed: int
    removed: int
    health: Health
    second: list[Told] = []
    warnings: list[Told] = []
    terms: list[str] = []
    faults: list[Fault] = []
    more_faults: int = 0
    examples: list[Example] = []
    reason: str = ""
    published_by: str = ""
    publisher: str = ""
    confirmed_by: str = ""
    snapshot: str = ""
    failure: str = ""


def of_list(snapshot: Snapshot, name: str) -> tuple[ListInfo, pl.DataFrame]:
    """Return what is said about a list, and its ENTRIES.

    Raises:
        MissingError: it is not among those that are published.
    """
    info = next((each for each in snapshot.lists if each.list_id == name), None)
    if info is None:
        raise MissingError("list", "there is no such list among those published", "see the screen Lists")
    return info, whole(snapshot).filter(pl.col("list_id") == name)


def digest(info: ListInfo, entries: pl.DataFrame) -> str:
    """Return what names a list's state: its terms and entries."""
    said = repr([getattr(info, term) for term in TERMS]).encode()
    rows = entries.select(pl.concat_str("entry_id", "entry_hash", separator="\x1f").sort()).to_series().str.join("\n")
    return hashlib.blake2b(said + b"\0" + (rows.item() or "").encode(), digest_size=16).hexdigest()


def preview(centre: Centre, by: Caller, name: str, files: Sequence[File], *, leave_out: bool) -> Preview:
    """Return what files would change in a list; they are kept for an hour.

    Args:
        centre: whose list.
        by: who asks; answers for the list.
        name: of the list.
        files: its whole new state.
        leave_out: what cannot be read may be left out; else it is refused.

    Raises:
        ConfigError: the files cannot be used, or change nothing.
    """
    info, before = of_list(centre.snapshot, name)
    read = read_upload(files, info, centre.hub.home)
    faults = [_fault(row) for row in read.rejects.head(_TOLD).to_dicts()]
    lost = read.rejects.filter(pl.col("kind") == "record")
    if lost.height and not leave_out:
        said = "; ".join(f"{each.place}: {each.detail}" for each in map(_fault, lost.head(5).to_dicts()))
        more = f"; and {lost.height - 5} more" if lost.height > 5 else ""
        raise ConfigError(
            "upload",
            f"entries that cannot be read: {lost.height}. {said}{more}",
            "correct them, or say that they are left out",
        )
    now = centre.hub.now()
    made = _compared(by, info, before, read, centre.desk.policy, now)
    made = msgspec.structs.replace(made, faults=faults, more_faults=read.rejects.height - len(faults), files=[_plain(each.name) for each in files])  # fmt: skip
    if not (made.added or made.changed or made.removed or made.terms):
        raise ConfigError("upload", "it changes nothing in the list", "choose the new state of the list")
    packed = msgspec.msgpack.encode(list(files))
    drafts.aside(centre.hub, FILES, made.id, packed, HOUR)
    drafts.replace(centre.hub, KIND, made.id, None, msgspec.json.encode(made))
    return made


def files_of(centre: Centre, found: Preview) -> list[File]:
    """Return the files of a preview.

    Raises:
        ConflictError: its time is over.
    """
    kept = drafts.from_aside(centre.hub, FILES, found.id)
    if kept is None:
        raise ConflictError("upload", "its time is over", "upload the list again")
    return msgspec.msgpack.decode(kept, type=list[File])


def find(centre: Centre, name: str) -> tuple[Preview, drafts.Kept]:
    """Return a preview, and how it is kept.

    Raises:
        MissingError: there is none, or its time is over.
    """
    kept = drafts.find(centre.hub, KIND, name)
    if kept is None:
        raise MissingError("upload", "there is no such upload, or its time is over", "upload the list again")
    return msgspec.json.decode(kept.data, type=Preview), kept


def every(centre: Centre) -> list[Preview]:
    """Return all previews, the latest first; those whose time is over are kept no longer."""
    found, now = [], centre.hub.now()
    for name, kept in drafts.every(centre.hub, KIND).items():
        each = msgspec.json.decode(kept, type=Preview)
        grace = timedelta(seconds=HOUR if each.state == "publishing" else 0)  # a console may have died over it
        if each.until + grace < now:
            drafts.drop(centre.hub, KIND, name)
        else:
            found.append(each)
    return sorted(found, key=lambda each: each.at, reverse=True)


def keep(centre: Centre, was: drafts.Kept, found: Preview) -> None:
    """Keep a preview as it stands now.

    Raises:
        ConflictError: somebody else was quicker.
    """
    if not drafts.replace(centre.hub, KIND, found.id, was, msgspec.json.encode(found)):
        raise ConflictError("upload", "somebody else changed it meanwhile", "look at it again")


def _compared(
    by: Caller, info: ListInfo, before: pl.DataFrame, read: ListRead, policy: Policy, now: datetime
) -> Preview:  # fmt: skip
    after, day = read.entries, now.date()
    changes = diff(before, after)
    counts = dict(changes["change"].value_counts().iter_rows())
    _owners(info, after.join(before, on=["entry_id", "entry_hash"], how="anti"), policy)
    state = health(after, [read.info], policy, day)[0]
    warnings = _warnings(health(before, [info], policy, day)[0], state, policy, after)
    if state.persons and state.without_birth == state.persons:
        warnings.append(Told("no-birth-date", "no person has a birth date", state.persons))
    return Preview(
        id=secrets.token_urlsafe(12), list_id=info.list_id, title=read.info.title, owner=info.owner, state="previewed",
        by=str(by), name=by.user.name, at=now, until=now + timedelta(seconds=HOUR), files=[], was=digest(info, before),
        before=before.height, after=after.height, added=counts.get("added", 0), changed=counts.get("changed", 0),
        removed=counts.get("removed", 0), health=state, warnings=warnings,
        second=_second(before, after, counts.get("removed", 0)), terms=_terms(info, read.info),
        examples=_examples(changes, before, after, policy, open_=by.role in PROTECTIVE),
    )  # fmt: skip


def _owners(info: ListInfo, new: pl.DataFrame, policy: Policy) -> None:
    """Refuse entries in the name of others: whoever owns an entry is told of its hits, and answers for it.

    Raises:
        ConfigError: a home state's list has an entry of somebody else.
    """
    if info.owner not in policy.states.by_code:
        return
    others = new.filter(pl.col("owner") != info.owner)
    if others.height:
        entry, owner = others.select("entry_id", "owner").row(0)
        raise ConfigError(f"entry {entry[:80]}", f"its owner is {owner[:40]}, the list's is {info.owner}", "a state lists in its own name only")  # fmt: skip


def _second(before: pl.DataFrame, after: pl.DataFrame, removed: int) -> list[Told]:
    """Return why one person alone may not publish this."""
    told = []
    if before.height and removed / before.height > MANY:
        told.append(Told("removed-many", "more than a fifth of the entries go", removed))
    both = before.select("entry_id", "handling", "caveats").join(
        after.select("entry_id", "handling", "caveats"), on="entry_id", how="inner", suffix="_new"
    )
    rank = [
        pl.col(name).replace_strict(_RANK, default=0, return_dtype=pl.Int8) for name in ("handling", "handling_new")
    ]
    if n := both.filter(rank[1] > rank[0]).height:
        told.append(Told("sharper", "entries are to be handled more sharply than before", n))
    if n := both.filter(pl.col("caveats").list.sort().ne_missing(pl.col("caveats_new").list.sort())).height:
        told.append(Told("caveats", "who may be told of entries changes", n))
    return told


def _warnings(was: Health, now: Health, policy: Policy, after: pl.DataFrame) -> list[Told]:
    told = []
    names = after["caveats"].explode().drop_nulls().unique().sort().to_list()
    unknown = [each for each in names if each.partition(":")[0] not in policy.sharing.caveats]
    if unknown:
        told.append(Told("unknown-caveats", "caveats that nobody here knows: only the owner is told of such hits", len(unknown)))  # fmt: skip
    if now.expiry in ("expired", "soon"):
        told.append(Told("expiry", "the list has expired, or expires within a month", 1))
    if now.not_valid:
        told.append(Told("not-valid", "entries that are not valid today: they meet nobody", now.not_valid))
    if _share(now.without_birth, now.persons) > _share(was.without_birth, was.persons) + 0.05:
        told.append(Told("less-birth", "a larger share than before has no birth date: more wrong hits", now.without_birth))  # fmt: skip
    if now.only_weak:
        told.append(Told("only-weak", "persons with weak names only", now.only_weak))
    return told


def _share(part: int, all_: int) -> float:
    return part / all_ if all_ else 0.0


def _terms(was: ListInfo, now: ListInfo) -> list[str]:
    return [f"{name}: {getattr(was, name)} → {getattr(now, name)}" for name in TERMS if getattr(was, name) != getattr(now, name)]  # fmt: skip


def _examples(
    changes: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, policy: Policy, *, open_: bool
) -> list[Example]:  # fmt: skip
    shown = pl.concat([changes.filter(pl.col("change") == each).head(_SHOWN) for each in ("removed", "changed", "added")])  # fmt: skip
    both = pl.concat([before, after]).join(shown, on="entry_id", how="semi").filter(protected(policy))
    guarded = set(both["entry_id"]) if not open_ else set()
    return [
        Example(change, entry, None, None) if entry in guarded else Example(change, entry, name, columns or [])
        for change, entry, name, columns in shown.select("change", "entry_id", "name", "columns").iter_rows()
    ]


def _fault(row: dict[str, object]) -> Fault:
    place = str(row["source"]) if row["position"] is None else f"{row['source']}:{row['position']}"
    return Fault(place, _plain(str(row["detail"])), row["kind"] == "record")


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:300]
