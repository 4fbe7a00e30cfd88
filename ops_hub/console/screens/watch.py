"""The screen of watch."""

from __future__ import annotations
