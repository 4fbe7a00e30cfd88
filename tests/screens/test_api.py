"""The API's page for people: readable at a desk and on a tablet."""

import pytest


@pytest.mark.wide
def test_the_page_of_the_api_is_readable(page_of, look):
    page = page_of("wanda", width=820, height=1180)
    page.goto("/api/v1/docs")
    page.get_by_role("link", name="match.batch").click()
    page.get_by_text("What is asked and answered").first.click()
    look(page, "api")
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
