"""Networks and their charts, cut to who asks."""

from __future__ import annotations
