"""The site builds whole, and needs nothing from outside."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

_LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\(([^)\s]+)\)")


def test_every_link_of_a_page_leads_somewhere():
    broken = []
    for page in [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")]:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in _LINK.findall(text):
            name = target.partition("#")[0]
            if name and not re.match(r"[a-z]+:", target) and not (page.parent / name).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site; strict, so that any warning raises."""
    pytest.importorskip("mkdocstrings")
    out = tmp_path_factory.mktemp("docs") / "site"
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(out)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return out


@pytest.mark.wide
def test_the_site_builds_without_a_warning_and_fetches_nothing_from_another_host(site):
    fetched = re.compile(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']?(?:https?:)?//""")
    pages = list(site.rglob("*.html"))
    assert len(pages) > 60
    assert [page.name for page in pages if fetched.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.wide
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_opened_from_the_disk_asks_nobody_and_is_searched(site, chromium, width):
    page = chromium.new_page(viewport={"width": width, "height": 844})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "guides" / "watch-officer.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width  # only blocks of code scroll sideways
    if width < 1000:
        page.click("label[for=__search]:visible")
    page.click(".md-search__input")
    page.keyboard.type("protection", delay=30)
    page.wait_for_selector(".md-search-result__item")
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:", "blob:"))] == []
