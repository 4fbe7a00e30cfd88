"""Lists: how they are, and a new state of one put in force.

Everybody whose role may look sees what lists there are. What came of hits, entries and uploads are for whoever answers
for the list: its owner's state, or the centre for owners that are no home states; sums also for those at the centre who
count.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl

from ops_hub.casework.sight import PROTECTIVE
from ops_hub.desk.outcomes import counts
from ops_hub.errors import AccessError, ConfigError, ConflictError
from ops_hub.lists.delta import whole
from ops_hub.lists.info import ListInfo
from ops_hub.service.centre import Centre
from ops_hub.service.lists import previews
from ops_hub.service.lists.health import Figures, Health, Met, figures, health, met, protected
from ops_hub.service.lists.previews import Preview, of_list
from ops_hub.service.lists.publishing import RECORDS, Publication, begin
from ops_hub.service.lists.upload import File
from ops_hub.service.table import Caller, operation
from ops_hub.store import archive, drafts
from ops_hub.store.audit import record

_FRESH = 30  # seconds for which what came of hits is told without counting again
_MOST = 100  # entries a page
_SNAPSHOTS = 50  # of the history


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class ListState(msgspec.Struct, frozen=True):
    """A list; `figures` is None where they are not this reader's, `yours` says whether the reader answers for it."""

    health: Health
    figures: Figures | None
    yours: bool


class Lists(msgspec.Struct, frozen=True):
    """The lists that are screened with, and the snapshot that they stand in."""

    snapshot: str
    published_at: datetime | None
    lists: list[ListState]


@operation("lists.show", "GET", "/lists")
def show(centre: Centre, by: Caller, asked: Nothing) -> Lists:
    """Tell how each list is that is screened with."""
    snapshot, policy = centre.snapshot, centre.desk.policy
    now = centre.hub.now()
    states = centre.kept(
        "list-health", (snapshot.hash, now.date(), centre.rules),
        lambda: health(whole(snapshot), snapshot.lists, policy, now.date()),
    )  # fmt: skip
    own = centre.kept(
        "list-entries", (snapshot.hash, centre.rules),
        lambda: whole(snapshot).select("list_id", "entry_id", protected(policy).alias("protected")).partition_by("list_id", as_dict=True),
    )  # fmt: skip
    found = _met(centre, now)
    sums = counts(by.actor)
    made = []
    for each in states:
        yours = policy.is_custodian(by.user.state, each.owner)
        rows = own.get((each.list_id,), _NO_ENTRIES)
        told = figures(rows, found, each.list_id, sums=sums) if sums or yours else None
        made.append(ListState(each, told, yours))
    latest = centre.hub.client.xrevrange(archive.ANNOUNCED, count=1)
    return Lists(snapshot.hash, _at(latest[0][0]) if latest else None, made)


_NO_ENTRIES = pl.DataFrame(schema={"list_id": pl.String, "entry_id": pl.String, "protected": pl.Boolean})


def _met(centre: Centre, now: datetime) -> dict[tuple[str, bool], Met]:
    return centre.kept("list-met", int(now.timestamp()) // _FRESH, lambda: met(centre.desk, now))


class EntriesAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which entries: of a list, with a text in a name, document number or id, only those that no case met."""

    list_id: str
    text: str = ""
    never_hit: bool = False
    first: int = 0


class Entry(msgspec.Struct, frozen=True):
    """An entry; of one about somebody to be protected only its id and handling, unless the reader protects."""

    entry_id: str
    handling: str
    withheld: bool
    names: list[str] = []
    births: list[str] = []
    nationalities: list[str] = []
    documents: list[str] = []
    caveats: list[str] = []
    crime_types: list[str] = []
    valid_until: str | None = None
    updated_on: str | None = None


class Entries(msgspec.Struct, frozen=True):
    """A page of entries, and how many there are."""

    list_id: str
    title: str
    count: int
    first: int
    entries: list[Entry]


# asked by POST: what is looked for may be somebody's name, and addresses are written down on the way, and in browsers
@operation("lists.entries", "POST", "/lists/{list_id}/entries", personal=True)
def entries(centre: Centre, by: Caller, asked: EntriesAsked) -> Entries:
    """Tell the entries of a list that one answers for."""
    info, own = of_list(centre.snapshot, asked.list_id)
    _answers(centre, by, info)
    policy = centre.desk.policy
    own = own.with_columns(protected(policy).alias("guarded"))
    if by.role in PROTECTIVE:
        own = own.with_columns(pl.lit(value=False).alias("guarded"))
    if asked.text:
        own = own.filter(_holds(asked.text[:200]))
    if asked.never_hit:
        parts = _met(centre, centre.hub.now())
        seen: set[str] = set().union(*(each.entries for (name, _), each in parts.items() if name == info.list_id))
        # what is about people to be protected is neither told as hit nor as never hit: not even who counts learns of one of them
        own = own.filter(~pl.col("entry_id").is_in(list(seen)) & ~pl.col("guarded"))
    first = max(0, min(asked.first, own.height))
    shown = [_entry(row) for row in own.sort("entry_id").slice(first, _MOST).to_dicts()]
    return Entries(info.list_id, info.title, own.height, first, shown)


def _holds(text: str) -> pl.Expr:
    """Return whether an entry has a text: in its id, or where it may be read, in a name or a number."""
    wanted = text.casefold()
    names = pl.col("names").list.eval(pl.element().struct.field("full").str.to_lowercase().str.contains(wanted, literal=True))  # fmt: skip
    papers = pl.col("documents").list.eval(pl.element().struct.field("number").str.to_lowercase().str.contains(wanted, literal=True))  # fmt: skip
    readable = ~pl.col("guarded") & (names.list.any() | papers.list.any()).fill_null(value=False)
    return readable | pl.col("entry_id").str.to_lowercase().str.contains(wanted, literal=True)


def _entry(row: dict[str, Any]) -> Entry:
    if row["guarded"]:
        return Entry(row["entry_id"], row["handling"], withheld=True)
    births = [
        ("~" if each["approximate"] else "")
        + (str(each["from"]) if each["from"] == each["to"] else f"{each['from']} – {each['to']}")
        for each in row["births"] or []
    ]
    papers = [
        " ".join(str(each[part]) for part in ("type", "number", "number_to", "issuer", "status") if each[part])
        for each in row["documents"] or []
    ]
    return Entry(
        row["entry_id"], row["handling"], withheld=False, names=[each["full"] or "" for each in row["names"] or []],
        births=births, nationalities=row["nationalities"] or [], documents=papers, caveats=row["caveats"] or [],
        crime_types=row["crime_types"] or [], valid_until=_said(row["valid_until"]), updated_on=_said(row["updated_on"]),
    )  # fmt: skip


def _said(value: object) -> str | None:
    return None if value is None else str(value)


def _answers(centre: Centre, by: Caller, info: ListInfo) -> None:
    """Let pass whoever answers for a list.

    Raises:
        AccessError: somebody else does.
    """
    if not centre.desk.policy.is_custodian(by.user.state, info.owner):
        record(centre.hub, str(by), "list-refused", info.list_id)
        raise AccessError(info.list_id, f"this list is {info.owner}'s", f"ask {info.owner}")


class PreviewAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The whole new state of a list: files with their bytes (base64), list.toml among them where its terms change."""

    list_id: str
    files: list[File]
    leave_out: bool = False


@operation("lists.preview", "POST", "/lists/{list_id}/uploads", personal=True)
def preview(centre: Centre, by: Caller, asked: PreviewAsked) -> Preview:
    """Tell what an upload would change in a list; nothing is changed. It is kept for an hour."""
    info, _ = of_list(centre.snapshot, asked.list_id)
    _answers(centre, by, info)
    made = previews.preview(centre, by, asked.list_id, asked.files, leave_out=asked.leave_out)
    record(
        centre.hub, str(by), "list-previewed", info.list_id, purpose=by.purpose, added=made.added, changed=made.changed,
        removed=made.removed,
    )  # fmt: skip
    return made


class UploadAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The id of an upload."""

    upload: str


class ReasonAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The id of an upload, and why."""

    upload: str
    reason: str = ""


@operation("lists.uploads", "GET", "/lists/uploads", personal=True)
def uploads(centre: Centre, by: Caller, asked: Nothing) -> list[Preview]:
    """Tell the uploads to lists that one answers for, the latest first."""
    policy = centre.desk.policy
    return [_seen(by, each) for each in previews.every(centre) if policy.is_custodian(by.user.state, each.owner)]


@operation("lists.upload", "GET", "/lists/uploads/{upload}", personal=True)
def upload(centre: Centre, by: Caller, asked: UploadAsked) -> Preview:
    """Tell what an upload changes, and how it stands."""
    return _seen(by, _own(centre, by, asked.upload)[0])


def _seen(by: Caller, found: Preview) -> Preview:
    """Return an upload as this reader may see it: what one with more rights was shown is not shown to others."""
    if by.user.name == found.name or by.role in PROTECTIVE:
        return found
    shown = [each for each in found.examples if each.name is None or not found.health.protected]
    return msgspec.structs.replace(found, examples=shown) if len(shown) < len(found.examples) else found


def _own(centre: Centre, by: Caller, name: str) -> tuple[Preview, drafts.Kept]:
    found, kept = previews.find(centre, name)
    info, _ = of_list(centre.snapshot, found.list_id)
    _answers(centre, by, info)
    return found, kept


@operation("lists.publish", "POST", "/lists/uploads/{upload}/publish")
def publish(centre: Centre, by: Caller, asked: ReasonAsked) -> Preview:
    """Publish an upload, or where one person alone may not, ask for a second one. It takes from a second to some minutes."""
    found, kept = _own(centre, by, asked.upload)
    reason = " ".join(asked.reason.split())[:500]
    if not reason:
        raise ConfigError("reason", "a list is changed for a reason", "say why in a few words")
    _stands(found, "previewed")
    state = "waits" if found.second else "publishing"
    now = centre.hub.now()
    held = previews.DAY if found.second else previews.HOUR
    changed = msgspec.structs.replace(
        found, state=state, reason=reason, published_by=str(by), publisher=by.user.name, until=now + timedelta(seconds=held)
    )  # fmt: skip
    previews.files_of(centre, found)
    previews.keep(centre, kept, changed)
    drafts.keep_aside(centre.hub, previews.FILES, found.id, held)
    if not found.second:
        begin(centre, changed)
    return changed


@operation("lists.confirm", "POST", "/lists/uploads/{upload}/confirm")
def confirm(centre: Centre, by: Caller, asked: UploadAsked) -> Preview:
    """Agree, as the second person, to an upload that waits for one; it is published then."""
    found, kept = _own(centre, by, asked.upload)
    _stands(found, "waits")
    if by.user.name in (found.name, found.publisher):
        raise AccessError(found.list_id, "a second person has to confirm this", "ask somebody else of your desk")
    changed = msgspec.structs.replace(found, state="publishing", confirmed_by=str(by))
    previews.keep(centre, kept, changed)
    begin(centre, changed)
    return changed


@operation("lists.withdraw", "POST", "/lists/uploads/{upload}/withdraw")
def withdraw(centre: Centre, by: Caller, asked: UploadAsked) -> Preview:
    """Give up an upload that is not published."""
    found, kept = _own(centre, by, asked.upload)
    _stands(found, "previewed", "waits", "failed")
    changed = msgspec.structs.replace(found, state="withdrawn")
    previews.keep(centre, kept, changed)
    drafts.drop(centre.hub, previews.KIND, found.id)
    drafts.drop(centre.hub, previews.FILES, found.id)
    return changed


def _stands(found: Preview, *states: str) -> None:
    if found.state not in states:
        raise ConflictError("upload", f"it is {found.state}", "look at it again")


class Published(msgspec.Struct, frozen=True):
    """A state of lists and rules that was put in force; `about` is None where it was not done here."""

    at: datetime
    snapshot: str
    ruleset: str
    lists_changed: bool
    about: Publication | None


@operation("lists.published", "GET", "/lists/published")
def published(centre: Centre, by: Caller, asked: Nothing) -> list[Published]:
    """Tell what was put in force, the latest first."""
    policy, known = centre.desk.policy, drafts.every(centre.hub, RECORDS)
    made = []
    for number, fields in centre.hub.client.xrevrange(archive.ANNOUNCED, count=_SNAPSHOTS):
        told = {name.decode(): value.decode() for name, value in fields.items()}
        kept = known.get(told["snapshot"]) if told["before"] != told["snapshot"] else None
        about = msgspec.json.decode(kept, type=Publication) if kept else None
        if about is not None and not policy.is_custodian(by.user.state, about.owner):
            state = about.by.partition("/")[0]  # another state's people and words are that state's
            second = about.confirmed_by.partition("/")[0]
            about = msgspec.structs.replace(about, by=state, confirmed_by=second, reason="")
        changed = told["before"] != told["snapshot"]
        made.append(Published(_at(number), told["snapshot"], told["ruleset"], changed, about))
    return made


def _at(number: bytes) -> datetime:
    return datetime.fromtimestamp(int(number.split(b"-")[0]) / 1000, UTC)
