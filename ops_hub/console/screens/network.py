"""The screen of network."""

from __future__ import annotations
