"""The audit screen in a browser: lines by keyboard, a search, a verification that ends, and a log that was altered."""

import pytest

from ops_hub.store.chain import files_of
from ops_hub.store.scribe import folder_of


@pytest.mark.wide
def test_an_auditor_reads_searches_and_verifies(page_of, look, hub, the_day):
    page = page_of("audra")
    page.goto("/audit")
    look(page, "audit")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.rowIndex") == 2
    page.keyboard.press("/")
    page.keyboard.type("CENTRE/")
    page.get_by_label("What was done").fill("screened")
    page.keyboard.press("Enter")
    page.locator("#lines td", has_text="screened").first.wait_for()
    assert page.url.endswith("/audit")
    look(page, "audit-search")
    page.get_by_role("button", name="Check the log").click()
    page.get_by_text("The log is whole.").wait_for()
    look(page, "audit-whole")
    path = files_of(folder_of(hub.home))[0]
    path.write_bytes(path.read_bytes().replace(b"screened", b"scroened", 1))
    page.get_by_role("button", name="Check the log").click()
    page.get_by_text("The log is broken.").wait_for()
    path.write_bytes(path.read_bytes().replace(b"scroened", b"screened", 1))
    look(page, "audit-broken")


@pytest.mark.wide
def test_it_fits_a_tablet(page_of, look, the_day):
    page = page_of("audra", width=820, height=1180)
    page.goto("/audit")
    look(page, "audit-820")
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
