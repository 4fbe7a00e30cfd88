"""The bulletin as it stands now."""

from __future__ import annotations
