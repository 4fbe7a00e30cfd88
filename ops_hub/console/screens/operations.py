"""The screen of operations."""

from __future__ import annotations
