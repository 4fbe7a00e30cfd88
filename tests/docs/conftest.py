"""A real browser, where the machine has one."""

from tests.screens.browsing import chromium

__all__ = ["chromium"]
