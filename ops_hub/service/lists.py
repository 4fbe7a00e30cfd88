"""Lists: how they are, and a new state of one put in force."""

from __future__ import annotations
