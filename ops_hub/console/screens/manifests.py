"""The screen of manifests."""

from __future__ import annotations
