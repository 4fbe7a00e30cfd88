"""A state's mailbox in the hub: what lies in it, how it is sealed, and how the state reads it and asks.

Reach, at a state's desk, for `Credentials`, `ask()`, `notices()` and `case_view()`; at the centre for `place()` and
`mailbox_key()`. A state has two mailboxes: one of its ordinary desk, one of its protection desk, each with a user of
the server and a key of its own. What names people lies in there sealed; the state opens it with the key in its file of
credentials and needs none of the centre's.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import redis
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ops_hub.errors import ConfigError, OpsHubError, StoreError
from ops_hub.store.cluster import client_of, is_cluster
from ops_hub.store.hub import Hub, key, partition_of
from ops_hub.store.keyring import CENTRE

ORDINARY, PROTECTION = "ordinary", "protection"
CHANNELS = (ORDINARY, PROTECTION)
KEYS = key("mailbox-keys")
_NONCE = 12
_MOST = 64 * 1024  # bytes of a request
_ROLES = {
    ORDINARY: ("officer", "supervisor", "prosecutor", "auditor", "list-owner"),
    PROTECTION: ("protection", "services"),
}


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a state's desk needs to use the hub: the file that `hub provision` writes.

    Attributes:
        hub: address of the server.
        state: alpha-3.
        channel: ordinary or protection.
        user: of the server.
        password: its password.
        mailbox: key that the mailbox is sealed with, base64.
    """

    hub: str
    state: str
    channel: str
    user: str
    password: str
    mailbox: str


def user_of(state: str, channel: str) -> str:
    """Return the name of a mailbox's user: BRB, or BRB-protection."""
    return state if channel == ORDINARY else f"{state}-{channel}"


def place(state: str, channel: str, *parts: str | int) -> str:
    """Return the key of something in a mailbox; the two mailboxes of a state share no prefix that a user may read."""
    return key("s", state, *parts) if channel == ORDINARY else key("s", state, channel, *parts)


def roles_of(channel: str) -> tuple[str, ...]:
    """Return the roles that somebody who comes by a mailbox may have."""
    return _ROLES[channel]


def seal(secret: bytes, about: str, data: bytes) -> bytes:
    """Return data sealed for a mailbox; they open only as what they are about."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, data, about.encode())


def unseal(secret: bytes, about: str, sealed: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        StoreError: it was sealed with another key, as something else, or altered.
    """
    try:
        return AESGCM(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, ValueError):
        raise StoreError(
            about, "this does not open with the key of the mailbox", "ask the centre for new credentials"
        ) from None


def mailbox_key(hub: Hub, user: str) -> tuple[bytes, bytes]:
    """Return the key of a mailbox, and the form in which the hub keeps it; it is made when it is first needed."""
    kept = hub.client.hget(KEYS, user)
    if kept is None:
        hub.client.hsetnx(KEYS, user, new_mailbox_key(hub, user)[1])
        kept = hub.client.hget(KEYS, user)
    return hub.keyring.unseal(CENTRE, "mailboxes", kept, user.encode()), kept


def new_mailbox_key(hub: Hub, user: str) -> tuple[bytes, bytes]:
    """Return a new key for a mailbox, and the form in which the hub keeps it; nothing is stored."""
    secret = AESGCM.generate_key(bit_length=256)
    return secret, hub.keyring.seal(CENTRE, "mailboxes", secret, user.encode())


def read_credentials(path: Path) -> Credentials:
    """Read a file of credentials.

    Raises:
        ConfigError: it is none, or others than its owner can read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(str(path), "others can read this file of credentials", f"chmod 600 {path}")
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(
            str(path), f"no file of credentials: {error}", "give the file that hub provision wrote"
        ) from None


def ask(
    credentials: Credentials, verb: str, arguments: dict[str, Any], seconds: float = 30, *, person: str, role: str = ""
) -> dict[str, Any]:
    """Ask the centre to do something with a case and return its answer.

    Args:
        credentials: of the state's desk.
        verb: what to do, e.g. list, show, claim.
        arguments: what the verb needs.
        seconds: how long to wait.
        person: who asks, as the state knows them.
        role: of the person; by default officer, at a protection desk protection.

    Raises:
        StoreError: the hub does not answer or refuses us, or no answer came in time. Whether the request was carried
            out is then not known; the answer waits for an hour.
        OpsHubError: what the centre found wrong.
    """
    name = uuid.uuid4().hex
    secret = base64.b64decode(credentials.mailbox)
    said = {"verb": verb, "arguments": arguments, "person": person, "role": role or roles_of(credentials.channel)[0]}
    body = json.dumps(said, ensure_ascii=False, default=str).encode()
    if len(body) > _MOST:
        raise ConfigError(verb, f"a request has at most {_MOST} bytes", "say it shorter")
    answers = place(credentials.state, credentials.channel, "answers", name)
    with connected(credentials, seconds) as client:
        sealed = seal(secret, f"request {credentials.user} {name}", body)
        client.xadd(place(credentials.state, credentials.channel, "requests"), {"id": name, "sealed": sealed})
        found = client.xread({answers: "0"}, count=1, block=max(1, int(seconds * 1000)))
    if not found:
        raise StoreError(
            f"request {name}", f"the centre did not answer within {seconds:g} s", "look at the case before asking again"
        )
    answer = json.loads(unseal(secret, f"answer {credentials.user} {name}", found[0][1][0][1][b"sealed"]))
    if "error" in answer:
        wrong = answer["error"]
        kind = ConfigError if wrong["kind"] == "ConfigError" else StoreError
        raise kind(wrong["place"], wrong["reason"], wrong["remedy"])
    assert isinstance(answer["answer"], dict)
    return answer["answer"]


def notices(credentials: Credentials, since: str = "0", *, wait: float = 0) -> list[dict[str, str]]:
    """Return the notices of a desk after the one with the id `since`, oldest first; wait so many seconds for one."""
    stream = place(credentials.state, credentials.channel, "notices")
    with connected(credentials, wait) as client:
        options = {"block": int(wait * 1000)} if wait else {}
        found = client.xread({stream: since}, **options)
    return [notice_of(name, fields) for _, items in found for name, fields in items]


def following(credentials: Credentials, since: str = "0") -> Iterator[dict[str, str]]:
    """Yield the notices of a desk as they come, for ever."""
    while True:
        for notice in notices(credentials, since, wait=5):
            since = notice["id"]
            yield notice


def notice_of(name: bytes, fields: dict[bytes, bytes]) -> dict[str, str]:
    """Return an item of a stream of notices as text."""
    return {"id": name.decode()} | {field.decode(): value.decode() for field, value in fields.items()}


def case_numbers(credentials: Credentials) -> list[int]:
    """Return the numbers of the desk's cases, the most urgent first."""
    with connected(credentials) as client:
        return [int(number) for number in client.zrange(place(credentials.state, credentials.channel, "cases"), 0, -1)]


def case_view(credentials: Credentials, number: int) -> dict[str, Any] | None:
    """Return what the desk sees of a case, None where it has no such case."""
    name = place(credentials.state, credentials.channel, "case", number)
    with connected(credentials) as client:
        sealed = client.get(name)
    if sealed is None:
        return None
    found = json.loads(unseal(base64.b64decode(credentials.mailbox), name, sealed))
    assert isinstance(found, dict)
    return found


@contextmanager
def connected(credentials: Credentials, seconds: float = 0) -> Iterator[Any]:
    """Give a connection with a desk's credentials, for commands that wait up to so many seconds.

    Raises:
        StoreError: the hub refuses the desk, or does not answer.
    """
    options: dict[str, Any] = {
        "username": credentials.user, "password": credentials.password, "retry": None, "protocol": 2,
        "socket_timeout": seconds + 10, "socket_connect_timeout": 5,
    }  # fmt: skip
    if is_cluster(credentials.hub):
        client = client_of(credentials.hub, str(partition_of(KEYS)), **options)
    else:
        client = redis.Redis.from_url(credentials.hub, **options)
    try:
        yield client
    except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
        raise StoreError(
            credentials.hub, f"the hub refuses {credentials.user}: {error}", "ask the centre for new credentials"
        ) from None
    except redis.RedisError as error:
        raise StoreError(
            credentials.hub, f"the hub does not answer: {error}", "check the network, then ask again"
        ) from None
    finally:
        client.close()


def told_of(error: OpsHubError) -> dict[str, str]:
    """Return an error as it travels in an answer."""
    return {
        "kind": type(error).__name__,
        "place": getattr(error, "place", getattr(error, "source", "")),
        "reason": getattr(error, "reason", str(error)),
        "remedy": getattr(error, "remedy", ""),
    }
