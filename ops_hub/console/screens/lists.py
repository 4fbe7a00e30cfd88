"""The screen of lists."""

from __future__ import annotations
