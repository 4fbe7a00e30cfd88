"""How screens look where it is dark, and on paper: read by the accessibility engine, and not wider than a page."""

import pytest
from axe_playwright_python.sync_playwright import Axe

PAPER, LYING = 688, 1030  # pixels across, of A4 between its margins
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
WHOSE = {"sofia": ("/watch", "/manifests", "/lists", "/trends"), "audra": ("/audit",), "adam": ("/accounts", "/health")}


@pytest.mark.wide
@pytest.mark.parametrize("name", WHOSE)
def test_screens_are_read_in_the_dark_and_on_paper(page_of, the_day, look, name):
    page = page_of(name)
    for path in WHOSE[name]:
        page.set_viewport_size({"width": 1280, "height": 860})
        page.emulate_media(color_scheme="dark", media="screen")
        page.goto(path)
        look(page, f"dark{path.replace('/', '-')}")
        page.emulate_media(color_scheme="dark", media="print")
        across = LYING if path in ("/manifests", "/lists") else PAPER
        page.set_viewport_size({"width": across, "height": 1000})
        found = Axe().run(page, options=CONTRAST).response["violations"]
        assert not found, (path, [each["html"][:150] for each in found[0]["nodes"][:3]])
        assert page.evaluate("document.documentElement.scrollWidth") <= across, path
        assert not page.locator(".head").is_visible()
