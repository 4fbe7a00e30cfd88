"""What stands around a case: co-travellers, seats, earlier journeys."""

from __future__ import annotations
