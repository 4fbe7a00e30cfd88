"""Rules: drafts, tests, back-tests, and switching on by a second person."""

from __future__ import annotations
