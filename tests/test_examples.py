"""Examples in docstrings (`>>>`) give what they say."""

import doctest
from importlib import import_module

import pytest

from tests.conftest import ROOT

MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "ops_hub").rglob("*.py"))
    if "    >>> " in path.read_text(encoding="utf-8")
]


def test_some_docstrings_have_examples():
    assert len(MODULES) > 5


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_give_what_they_say(name):
    ran = doctest.testmod(import_module(name), report=True)
    assert ran.attempted
    assert ran.failed == 0
