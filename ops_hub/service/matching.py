"""Matching of many persons at once, in the manner that users of matching services know."""

from __future__ import annotations
