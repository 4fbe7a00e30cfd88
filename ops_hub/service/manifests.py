"""Completeness of manifests, and compliance of carriers."""

from __future__ import annotations
