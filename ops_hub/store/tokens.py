"""Tokens of the API in the hub: kept as hashes, so that nobody who reads the hub can use one.

Reach for `make()`, `held()`, `of()` and `end()`. Keys: console:tokens, a hash by the token's hash, sealed; and
console:tokens:used, when each was last used.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

import msgspec

from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

_TOKENS, _USED = key("console", "tokens"), key("console", "tokens", "used")
_MARK = "oht_"  # so that a token is known for one where it lies around
_ID = 16  # signs of the hash that name a token; they do not help to find it


class Token(msgspec.Struct, frozen=True):
    """A token, without what opens.

    Attributes:
        id: names it.
        account: whose rights it has.
        use: what it is for, in words.
        made_by: who made it.
        made_at: when.
        expires_at: when it ends.
        used_at: when it was last used; None where it never was.
    """

    id: str
    account: str
    use: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def make(hub: Hub, account: str, use: str, made_by: str, days: int) -> tuple[str, Token]:
    """Make a token and return it, this once, and what is kept of it."""
    told = _MARK + secrets.token_urlsafe(32)
    field, now = _hash(told), hub.now()
    token = Token(field[:_ID], account, use, made_by, now, now + timedelta(days=days))
    hub.client.hset(
        _TOKENS, field, hub.keyring.seal(CENTRE, "tokens", msgspec.json.encode(token), about=field.encode())
    )
    return told, token


def held(hub: Hub, told: str) -> Token | None:
    """Return a token by what its owner sent, and note that it was used; None where there is none, or it ended."""
    if not told.startswith(_MARK):
        return None
    field = _hash(told)
    with hub.client.pipeline(transaction=False) as pipe:
        pipe.hget(_TOKENS, field)
        pipe.time()
        kept, (now, _) = pipe.execute()
    if kept is None:
        return None
    token = msgspec.json.decode(hub.keyring.unseal(CENTRE, "tokens", kept, about=field.encode()), type=Token)
    if datetime.fromtimestamp(now, UTC) >= token.expires_at:
        return None
    hub.client.hset(_USED, field, now)
    return token


def of(hub: Hub, account: str) -> list[Token]:
    """Return the tokens of an account, oldest first; those that expired as well, until somebody ends them."""
    return sorted((token for _, token in _every(hub) if token.account == account), key=lambda each: each.made_at)


def end(hub: Hub, account: str, token_id: str | None = None) -> int:
    """End one token of an account, or all of them; return how many."""
    fields = [field for field, token in _every(hub) if token.account == account and token_id in (None, token.id)]
    if not fields:
        return 0
    hub.client.hdel(_USED, *fields)
    return int(hub.client.hdel(_TOKENS, *fields))


def _every(hub: Hub) -> list[tuple[bytes, Token]]:
    kept = hub.client.hgetall(_TOKENS)
    if not kept:
        return []
    used, opener = hub.client.hgetall(_USED), hub.keyring.opener(CENTRE, "tokens")
    made = []
    for field, sealed in kept.items():
        token = msgspec.json.decode(opener(sealed, field), type=Token)
        at = datetime.fromtimestamp(int(used[field]), UTC) if field in used else None
        made.append((field, msgspec.structs.replace(token, used_at=at)))
    return made


def _hash(told: str) -> str:
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
