"""Lists in a browser: looked at, a bad upload refused in readable words, a good one previewed, confirmed, in force."""

import msgspec
import pytest

from ops_hub.access.accounts import Account
from ops_hub.store import accounts, archive
from tests.conftest import ROOT
from tests.console.people import _HASHED

WANTED = (ROOT / "watchlists" / "HND" / "wanted" / "entries.toml").read_bytes()


@pytest.fixture(scope="module", autouse=True)
def more_people(hub, the_day):
    accounts.put(hub, "lena", msgspec.json.encode(Account("lena", "HND", "supervisor", _HASHED, hub.now())))


def chosen(page, content, name="entries.toml"):
    page.get_by_label("The whole list").set_input_files({"name": name, "mimeType": "text/plain", "buffer": content})


@pytest.mark.wide
def test_the_lists_are_seen_with_their_gaps_and_ages(page_of, look):
    page = page_of("sofia")
    page.goto("/lists")
    assert page.get_by_role("row").filter(has_text="hnd-wanted").is_visible()
    look(page, "lists")
    page.set_viewport_size({"width": 820, "height": 1100})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look(page, "lists-tablet")


def test_a_bad_list_is_refused_with_a_readable_message(page_of, look):
    page = page_of("luis")
    page.goto("/lists/hnd-wanted")
    look(page, "list")
    chosen(page, b'entry_id,name,handling\nH-1,"ONE, A",enforce\n,"TWO, B",enforce\n', "bad.csv")
    page.get_by_role("button", name="Preview").click()
    told = page.get_by_role("alert")
    told.wait_for()
    assert "bad.csv:3" in told.inner_text()
    assert "correct them" in told.inner_text()
    look(page, "list-refused")


def test_a_good_list_is_previewed_published_and_screened_with(page_of, look, hub):
    before = archive.published(hub)
    page = page_of("luis")
    page.goto("/lists/hnd-wanted")
    chosen(page, WANTED + '\n[[entry]]\nentry_id = "HND-NEW"\nname = "<script>alert(1)</script> NUEVO, Ñandú"\n'.encode())  # fmt: skip
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="Difference").wait_for()
    assert "HND-NEW" in page.content()
    look(page, "list-preview")
    page.get_by_label("Reason").fill("warrant of today")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Screened with from now on").wait_for()
    assert archive.published(hub) != before
    page.goto("/lists")
    assert page.get_by_text("warrant of today").is_visible()
    page.goto("/lists/hnd-wanted")
    page.get_by_label("Name, number or id").fill("HND-NEW")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**/lists/hnd-wanted/entries")
    assert page.get_by_text("<script>alert(1)</script> NUEVO").first.is_visible()


@pytest.mark.wide
def test_a_list_that_shrinks_waits_for_a_second_person(page_of, look):
    page = page_of("luis")
    page.goto("/lists/hnd-wanted")
    chosen(page, b'entry_id,name,birth_date,handling\nH-1,"ONE, A",1970-01-01,enforce\n', "short.csv")
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("Reason").fill("old warrants are withdrawn")
    page.get_by_role("button", name="Ask a second person").click()
    page.get_by_text("Somebody else of your desk").wait_for()
    second = page_of("lena")
    second.goto("/lists")
    second.get_by_role("link", name="Wanted persons").first.click()
    second.get_by_role("button", name="Confirm").wait_for()
    second.set_viewport_size({"width": 820, "height": 1100})
    look(second, "list-second-person")
    second.get_by_role("button", name="Confirm").click()
    second.get_by_text("Screened with from now on").wait_for()
