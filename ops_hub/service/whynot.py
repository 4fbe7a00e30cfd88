"""Why a passenger and a list entry did not meet."""

from __future__ import annotations
