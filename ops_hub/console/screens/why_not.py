"""The screen of why not."""

from __future__ import annotations
