"""The audit log: searched and verified."""

from __future__ import annotations
