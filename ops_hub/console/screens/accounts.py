"""The screen of accounts."""

from __future__ import annotations
