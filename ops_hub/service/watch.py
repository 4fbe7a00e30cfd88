"""The queue of cases as it is now, and what changes in it."""

from __future__ import annotations
