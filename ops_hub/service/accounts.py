"""Accounts, for administrators."""

from __future__ import annotations
