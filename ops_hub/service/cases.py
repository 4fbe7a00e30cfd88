"""Cases: shown, and acted on."""

from __future__ import annotations
