"""The screen of trends."""

from __future__ import annotations
