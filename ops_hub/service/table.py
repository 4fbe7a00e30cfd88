"""The table of operations: what can be asked, by whom, and what is told to the audit log.

Reach for `@operation` to declare one, and `call()`, the only way to carry one out: it asks the role, wants a purpose for
personal data, and writes the audit log before anything is read. Screens and the JSON API are both made of this table, so
neither can do what the other cannot, nor what the role does not allow.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, get_type_hints

import msgspec

from ops_hub.access.accounts import User
from ops_hub.casework.case import Actor
from ops_hub.errors import AccessError, ConfigError
from ops_hub.service.centre import Centre
from ops_hub.store.audit import record

Method = Literal["GET", "POST", "PUT", "DELETE"]
Asked = TypeVar("Asked", bound=msgspec.Struct)
Told = TypeVar("Told")
_DEEPEST = 40
_LONGEST = 200  # signs of a purpose
_IN_PATH = re.compile(r"{(\w+)")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Caller:
    """Who asks, and why.

    Attributes:
        user: the account.
        purpose: in words, for the audit log; '' where none was given.
        role: role in rules/cases.toml that the account acts as; '' where cases are none of its business.
    """

    user: User
    purpose: str
    role: str

    @property
    def actor(self) -> Actor:
        """The person, as cases know them.

        Raises:
            AccessError: cases are none of this account's business.
        """
        if not self.role:
            raise AccessError(self.user.role, "this role does nothing with cases", "sign in with another account")
        return Actor(self.user.state, self.user.name, self.role)

    def __str__(self) -> str:
        return str(self.user)


@dataclass(frozen=True)
class Document:
    """A file that is told: its name, what it is, and the bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Operation(Generic[Asked, Told]):
    """Something that can be asked.

    Attributes:
        name: as rules/roles.toml names it, such as cases.show.
        method: of HTTP; GET changes nothing.
        path: under /api/v1, with {fields} of what is asked.
        asked: what must be told to ask it.
        told: what comes back; a `Document` is a download.
        does: in words; the first line is its title.
        personal: who somebody is can be read from what comes back: a purpose is needed.
        export: what comes back leaves the centre: a purpose of its own is needed, that of the session will not do.
        audited: the function writes its own line to the audit log; else `call` writes one for everything personal and
            everything that changes something.
        about: fields, of ids alone, that the line of `call` names what was read or changed by: those of the path, and others
            that the declaration names.
    """

    name: str
    method: Method
    path: str
    run: Callable[[Centre, Caller, Asked], Told]
    asked: type[Asked]
    told: Any
    does: str
    personal: bool = False
    export: bool = False
    audited: bool = False
    fields: tuple[str, ...] = field(default=())
    about: tuple[str, ...] = ()


def operation(
    name: str,
    method: Method,
    path: str,
    *,
    personal: bool = False,
    export: bool = False,
    audited: bool = False,
    about: tuple[str, ...] = (),
) -> Callable[[Callable[[Centre, Caller, Asked], Told]], Operation[Asked, Told]]:
    """Declare a function `(centre, caller, asked)` as an operation; see `Operation` for the rest."""

    def declared(run: Callable[[Centre, Caller, Asked], Told]) -> Operation[Asked, Told]:
        said = get_type_hints(run)
        asked = said["asked"]
        return Operation(
            name, method, path, run, asked, said.get("return", Any), (run.__doc__ or name).strip(), personal, export,
            audited, tuple(each.name for each in msgspec.structs.fields(asked)), (*_IN_PATH.findall(path), *about),
        )  # fmt: skip

    return declared


def call(
    centre: Centre, user: User, asked_for: Operation[Any, Told], arguments: Mapping[str, Any], purpose: str = ""
) -> Told:
    """Carry out an operation for somebody and return what it tells.

    Args:
        centre: what it is done with.
        user: who asks.
        asked_for: the operation.
        arguments: of it, as a form, a query or JSON has them; texts are read as what they stand for.
        purpose: why.

    Raises:
        AccessError: the role does not allow it; that is in the audit log.
        ConfigError: the arguments are not as they must be, or the purpose is missing.
        OpsHubError: what the operation itself refuses.
    """
    role = centre.roles.find(user.role)
    if role is None or not centre.roles.may(user.role, asked_for.name):
        record(centre.hub, str(user), "operation-refused", asked_for.name)
        raise AccessError(asked_for.name, f"the role {user.role} may not do this", "ask somebody whose role may")
    purpose = " ".join(purpose.split())
    if (asked_for.personal or asked_for.export) and not purpose:
        raise ConfigError("purpose", "who reads about people says why", "name a purpose in a few words")
    if len(purpose) > _LONGEST or not purpose.isprintable():  # it stands in the audit log, for people to read
        raise ConfigError("purpose", f"it is no line of at most {_LONGEST} printable signs", "say why in a few words")
    asked = read(asked_for, arguments)
    if not asked_for.audited and (asked_for.personal or asked_for.export or asked_for.method != "GET"):
        record(centre.hub, str(user), "operation", asked_for.name, purpose=purpose, **_about(asked_for, asked))
    return asked_for.run(centre, Caller(user, purpose, role.acts_as), asked)


def _about(asked_for: Operation[Any, Any], asked: Any) -> dict[str, Any]:
    """Return, for the audit log, which thing an operation is about: ids as they were given, never what was searched for."""
    said = {name: getattr(asked, name, None) for name in asked_for.about}
    ids = {name: str(each)[:120] for name, each in said.items() if each not in (None, "", [])}
    return {"of": ids} if ids else {}


def read(asked_for: Operation[Any, Any], arguments: Mapping[str, Any]) -> Any:
    """Return what is asked in the form of the operation; what was left empty is as if it were not there.

    Raises:
        ConfigError: it is not as it must be.
    """
    given = {name: value for name, value in arguments.items() if value not in ("", None)}
    try:
        _sound(given)
        made = msgspec.convert(given, asked_for.asked, strict=False)
        for each in msgspec.structs.fields(asked_for.asked):  # texts may have become numbers
            _sound(getattr(made, each.name))
        return made
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        said = str(error).removeprefix("Object ").replace("`$.", "`").replace(" - at `$`", "")
        raise ConfigError(asked_for.name, f"what is asked is not as it must be: {said}", "see /api/v1/docs") from None


def _sound(value: Any, depth: int = 0) -> None:
    """Check that a value is one that stores and frames can hold, however it came.

    Raises:
        ConfigError: a number of more than 64 bits, or one that is none; a text with signs that stand for nothing; too deep.
    """
    if depth > _DEEPEST:
        raise ConfigError("what is asked", "it is nested too deeply", f"at most {_DEEPEST} levels are read")
    if isinstance(value, str):
        if "\0" in value or _SURROGATE.search(value):
            raise ConfigError("what is asked", "a text holds signs that stand for nothing", "send UTF-8 without NUL")
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ConfigError("what is asked", "a number is too large", "send one of at most 64 bits")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ConfigError("what is asked", "a number is none", "send a finite one")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            _sound(name, depth + 1)
            _sound(each, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            _sound(each, depth + 1)
    elif isinstance(value, msgspec.Struct):
        for field_ in value.__struct_fields__:
            _sound(getattr(value, field_), depth + 1)
