"""Users of the hub's server: one for each desk of a state, who reads its own mailbox and nothing else.

Reach for `provision()`, `revoke()` and `provisioned()`. A user may do six things with named keys of its mailbox; it has
no command that lists, counts or searches keys, runs scripts or looks at the server, so that nothing tells it what else
there is. Users are saved in the server's own file (aclfile) and survive its death; in a cluster
each server has them. Paths touched: the folder that
credentials are written to.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
import redis

from ops_hub.errors import ConfigError, StoreError
from ops_hub.store.cluster import is_cluster
from ops_hub.store.hub import Hub
from ops_hub.store.mail import (
    CHANNELS,
    KEYS,
    Credentials,
    mailbox_key,
    new_mailbox_key,
    place,
    seal,
    unseal,
    user_of,
)
from ops_hub.store.private import write_private
from ops_hub.store.server import socket_of


def rules_of(state: str, channel: str) -> list[str]:
    """Return what a desk's user may do, in the server's words: commands, each with the keys that it is for."""

    def keys(*parts: str) -> str:
        return place(state, channel, *parts)

    return [
        "resetkeys", "resetchannels", "clearselectors", "-@all", "+ping", "+time",
        f"(%R~{keys('case', '*')} +get)",
        f"(%R~{keys('cases')} +zrange)",
        f"(%R~{keys('notices')} %R~{keys('answers', '*')} +xread)",
        f"(%W~{keys('requests')} +xadd)",
    ]  # fmt: skip


def provision(hub: Hub, state: str, channel: str, out: Path, *, rotate: bool = False) -> Path:
    """Make the user of a desk and write its file of credentials, which only the caller can read; return its path.

    Args:
        hub: the hub.
        state: alpha-3 of a home state.
        channel: ordinary or protection.
        out: folder of the file.
        rotate: the desk has credentials: replace password and key of the mailbox. The old ones end at once.

    Raises:
        ConfigError: the desk has credentials already, or has none to replace.
        StoreError: the file cannot be written, or the server takes no users.
    """
    user = user_of(state, channel)
    if (user in provisioned(hub)) != rotate:
        raise (
            ConfigError(user, "has no credentials yet", "leave out --rotate")
            if rotate
            else ConfigError(user, "has credentials already", "replace them with --rotate")
        )
    password = secrets.token_urlsafe(32)
    secret = _new_key(hub, state, channel) if rotate else mailbox_key(hub, user)[0]
    held = Credentials(
        hub=_address(hub), state=state, channel=channel, user=user, password=password,
        mailbox=base64.b64encode(secret).decode(),
    )  # fmt: skip
    path = out / f"{user}.json"
    # The file first: a user whose password nobody has would be in the way of the next try.
    write_private(path, msgspec.json.format(msgspec.json.encode(held), indent=1) + b"\n")
    digest = hashlib.sha256(password.encode()).hexdigest()
    _acl(hub, "SETUSER", user, "reset", "on", f"#{digest}", *rules_of(state, channel), *finding(hub))
    if rotate:
        for server in hub.servers():
            server.execute_command("CLIENT", "KILL", "USER", user)
    _save(hub)
    return path


def finding(hub: Hub) -> list[str]:
    """Return what a user needs besides to find the server of a cluster that its mailbox is on; nothing else of it."""
    return ["+cluster|slots"] if is_cluster(hub.address) else []


def revoke(hub: Hub, state: str, channel: str) -> bool:
    """Take a desk's credentials away: its user, its connections, the key of its mailbox; return whether it had any."""
    user = user_of(state, channel)
    had = bool(_acl(hub, "DELUSER", user))
    if had:
        _new_key(hub, state, channel)
        _save(hub)
    return had


def provisioned(hub: Hub) -> set[str]:
    """Return the names of the server's users."""
    return {user.decode() for user in _acl(hub, "USERS")}


def weaknesses(hub: Hub) -> list[str]:
    """Return what makes credentials worth less than they look, a line each; nothing where all is well."""
    found = []
    default = _acl(hub, "GETUSER", "default")
    flags = default[default.index(b"flags") + 1] if default else []
    if not hub.embedded and b"on" in flags and b"nopass" in flags:
        found.append("the server's default user has no password: whoever reaches the server reads everything")
    try:
        if not all(server.config_get("aclfile").get("aclfile") for server in hub.servers()):
            found.append("the server has no aclfile: users are gone when it restarts")
    except redis.ResponseError:
        found.append("the server does not say whether it keeps its users (aclfile)")
    return found


def _new_key(hub: Hub, state: str, channel: str) -> bytes:
    """Give a mailbox a new key and seal its views with it, all at once; return the key."""
    user = user_of(state, channel)
    old, _ = mailbox_key(hub, user)
    secret, kept = new_mailbox_key(hub, user)
    cases = place(state, channel, "cases")

    def swap(pipe: Any) -> None:
        names = [place(state, channel, "case", int(number)) for number in pipe.zrange(cases, 0, -1)]
        if names:
            pipe.watch(*names)
        views = {name: sealed for name in names if (sealed := pipe.get(name)) is not None}
        pipe.multi()
        pipe.hset(KEYS, user, kept)
        for name, sealed in views.items():
            pipe.set(name, seal(secret, name, unseal(old, name, sealed)))

    hub.client.transaction(swap, cases, KEYS)
    return secret


def _address(hub: Hub) -> str:
    """Return the server's address as a state may have it: without the centre's own user and password."""
    if hub.address is None:
        return f"unix://{socket_of(hub.home.resolve())}"
    parts = urlsplit(hub.address)
    query = "" if is_cluster(hub.address) else parts.query  # replicas and files are the centre's
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query))


def _acl(hub: Hub, *words: str) -> Any:
    """Give a command to each server; return what the first one answers."""
    try:
        return [server.execute_command("ACL", *words) for server in hub.servers()][0]
    except redis.ResponseError as error:
        raise StoreError(
            "users of the hub",
            f"the server refuses: {error}",
            "use a server of version 7 or later, as its administrator",
        ) from None


def _save(hub: Hub) -> None:
    """Save the users; a server without aclfile keeps them only while it runs, which `weaknesses` tells."""
    try:
        for server in hub.servers():
            server.execute_command("ACL", "SAVE")
    except redis.ResponseError as error:
        if "aclfile" not in str(error).lower() and "acl file" not in str(error).lower():
            raise StoreError("users of the hub", f"not saved: {error}", "check the server's aclfile") from None


__all__ = ["CHANNELS", "provision", "provisioned", "revoke", "rules_of", "weaknesses"]
