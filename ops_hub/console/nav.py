"""The screens that the head of every page leads to."""

from __future__ import annotations

from collections.abc import Callable

from ops_hub.console.marking import _

# Path, words, and the operation without which the screen is empty.
_SCREENS = (
    ("/watch", _("Watch"), "watch.show"),
    ("/why-not", _("Why not"), "whynot.ask"),
    ("/network", _("Network"), "networks.show"),
    ("/operations", _("Operations"), "operations.list"),
    ("/trends", _("Trends"), "trends.show"),
    ("/manifests", _("Manifests"), "manifests.show"),
    ("/lists", _("Lists"), "lists.show"),
    ("/rules", _("Rules"), "rules.show"),
    ("/audit", _("Audit"), "audit.search"),
    ("/accounts", _("Accounts"), "accounts.list"),
    ("/health", _("Health"), "health.show"),
)


def entries(may: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Return path and words of the screens that somebody may open.

    Args:
        may: whether they may do an operation.
    """
    return [(path, words) for path, words, needed in _SCREENS if may(needed)]
