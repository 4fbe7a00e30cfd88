"""The errors that users can meet: one tree, four branches.

    OpsHubError
    ├── FeedError     their data: a whole file or message that cannot be read
    ├── ConfigError   our setting: a rule, list or option that is not allowed
    ├── StoreError    the outside world: disk, network, server
    │   ├── MissingError    what was asked for is not there, or not for who asks
    │   └── ConflictError   somebody else changed it meanwhile
    └── AccessError   who asks may not do this, or is not known

A bad *record* is never an exception: it is a row of REJECTS. A bad *file* raises one of these. Anything
else that is raised is a bug and is allowed to crash.
"""

from __future__ import annotations


class OpsHubError(Exception):
    """Base of all errors meant for a user; `str()` is one line: what, where, what to do."""


class FeedError(OpsHubError):
    """A feed file or message cannot be read at all.

    Args:
        source: file (or stream) that was being read.
        reason: what is wrong, in a few words.
        remedy: what the reader can do about it.
        position: byte offset or line, when known.
    """

    def __init__(self, source: str, reason: str, remedy: str, position: int | None = None) -> None:
        self.source = source
        self.reason = reason
        self.remedy = remedy
        self.position = position
        where = source if position is None else f"{source} at {position}"
        super().__init__(f"{where}: {reason}; {remedy}")


class ConfigError(OpsHubError):
    """A setting, list or rule is not allowed; names the place, the key, the value and what is allowed."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        self.place = place
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{place}: {reason}; {remedy}")


class StoreError(OpsHubError):
    """The outside world did not do what was asked of it: disk full, path not writable, server away."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        self.place = place
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{place}: {reason}; {remedy}")


class MissingError(StoreError):
    """What was asked for is not there, or not for who asks: both in the same words."""


class ConflictError(StoreError):
    """Somebody else changed meanwhile what this was planned on; nothing was done."""


class AccessError(OpsHubError):
    """Who asks may not do this, or is not known."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        self.place = place
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{place}: {reason}; {remedy}")
