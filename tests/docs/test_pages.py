"""What pages say that commands print is what they print now."""

import difflib

import pytest

from tests.conftest import ROOT
from tests.docs.pages import is_live, masked, pages, written


def _page(path):
    # a hub is nine processes: those pages are for `make wide`
    marks = [pytest.mark.wide] if is_live(path.read_text(encoding="utf-8")) else []
    return pytest.param(path, id=path.relative_to(ROOT).as_posix(), marks=marks)


@pytest.mark.parametrize("path", [_page(each) for each in pages()])
def test_a_page_says_what_its_commands_print(path):
    said = path.read_text(encoding="utf-8")
    now = written(said)
    told = "\n".join(difflib.unified_diff(said.splitlines(), now.splitlines(), "the page", "now", n=1, lineterm=""))
    assert now == said, f"read what changed, then: python -m tests.docs {path.relative_to(ROOT)}\n{told}"


def test_a_changed_figure_is_told_and_a_changed_time_is_not():
    page = "<!-- run -->\n```console\n$ echo 12 hits in 0.52 s\n{}```\n"
    assert written(page.format("12 hits in 0.48 s\n")) == page.format("12 hits in 0.48 s\n")
    assert written(page.format("13 hits in 0.48 s\n")) == page.format("12 hits in 0.52 s\n")


def test_an_exit_code_is_told():
    page = "<!-- run -->\n```console\n$ ops-hub watchlist show nothing\n```\n"
    assert "(exit code 2)" in written(page)


def test_python_in_a_page_is_run():
    page = "<!-- run -->\n```pycon\n>>> 6 * 7\n41\n```\n"
    assert ">>> 6 * 7\n42\n" in written(page)


def test_masks_leave_what_commands_found():
    line = "records in 191 = screened 188 + rejected 3   (notes: 10)"
    assert masked(line) == line.replace("   ", " ")
