"""The screen of rules."""

from __future__ import annotations
