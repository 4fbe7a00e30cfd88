"""The screen of trends in a browser."""

import pytest

from tests.console import day, history


@pytest.fixture(scope="module")
def told(hub, tmp_path_factory):
    place = tmp_path_factory.mktemp("history")
    day.publish(hub, place)
    history.hand_in(hub, place)
    day.worked(hub)


@pytest.mark.wide
def test_trends_are_readable_and_what_changed_stands_in_words(told, page_of, look):
    page = page_of("wanda")
    page.goto("/trends")
    page.get_by_role("heading", name="What changed").wait_for(timeout=60_000)  # the first is worked out behind
    row = page.get_by_role("row", name="HAV-MGA").first
    assert "up from" in " ".join(row.inner_text().split())
    look(page, "trends")
    page.locator("summary").first.click()
    page.get_by_role("link", name="28 days").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What changed").wait_for(timeout=60_000)
    small = page_of("wanda", width=820)
    small.goto("/trends")
    small.get_by_role("heading", name="What changed").wait_for(timeout=60_000)
    assert small.evaluate("document.documentElement.scrollWidth") <= 820
    look(small, "trends-820")
