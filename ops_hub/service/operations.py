"""Operations: the board, packages, tasks, readiness, routes, results."""

from __future__ import annotations
