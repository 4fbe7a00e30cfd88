"""How the hub is doing, in figures."""

from __future__ import annotations
