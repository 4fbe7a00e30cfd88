"""A watch from the door to the log: signed in, a hit arrives, is opened, decided by key, leaves; the auditor finds it."""

import pytest
from playwright.sync_api import expect

from ops_hub.casework.case import Actor
from ops_hub.desk.filing import case_of
from ops_hub.desk.showing import listed
from ops_hub.engines.live.keeper import Keeper
from ops_hub.service.cases.held import SECONDS
from ops_hub.states import home_states
from tests.console.acts import another_flight
from tests.console.people import PASSWORD

REASON = "the birth date is another one"


@pytest.fixture
def signed_in(chromium, served):
    """Return a page of somebody who came in by the door."""
    opened = []

    def by_the_door(name):
        context = chromium.new_context(viewport={"width": 1280, "height": 860}, base_url=served, timezone_id="America/Barbados")  # fmt: skip
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield by_the_door
    for context in opened:
        context.close()


def kept(hub):
    """Put what the hub's stream of audit holds into the log, as the hub's own service does."""
    keeper = Keeper(hub, home_states())
    keeper.open(lambda: False)
    keeper.finish()
    keeper.close()


def test_a_hit_is_watched_decided_by_key_and_found_by_the_auditor(the_day, hub, signed_in, look):
    wanda, sofia = signed_in("wanda"), signed_in("sofia")
    for page in (wanda, sofia):
        assert page.url.endswith("/watch")
        page.wait_for_selector("#live[data-state=live]")
    another_flight(hub, b"BW459", sample=2)  # leaves in an hour, before all others
    wanda.wait_for_selector("tr.fresh")
    for _ in range(wanda.locator("tr[data-case]").count()):
        wanda.keyboard.press("j")
        row = wanda.locator('tr[aria-selected="true"]')
        if (
            "BW459" in row.inner_text()
            and row.get_attribute("data-handling")
            and row.get_attribute("data-status") == "new"
        ):
            break
    assert "to departure" in row.inner_text()
    number = int(row.get_attribute("data-case"))
    wanda.keyboard.press("Enter")
    wanda.get_by_label(
        "Why do you look?"
    ).wait_for()  # who reads about people says why, and goes on to where they were going
    look(wanda, "purpose")
    wanda.keyboard.type("night watch")
    wanda.keyboard.press("Enter")
    wanda.get_by_role("heading", name=f"Case {number}").wait_for()
    wanda.wait_for_selector("[data-acting]", state="attached")
    wanda.keyboard.press("2")
    wanda.get_by_text(f"Claim case {number} first").wait_for()
    wanda.keyboard.press("c")
    expect(wanda.locator(".case-head .status")).to_have_text("claimed")
    sofia.wait_for_selector(f'tr[data-case="{number}"][data-status="claimed"]')
    # what is decided with stands on the first screenful: the comparison, the outcomes and the reason
    for each in (".hit .compare", ".outcomes", '[data-reason="decide"]'):
        box = wanda.locator(each).first.bounding_box()
        assert box["y"] + box["height"] <= 860, each
    expect(wanda.locator(".outcomes label", has_text="not-the-person").locator("kbd")).to_have_text("2")
    look(wanda, "case-claimed")
    wanda.keyboard.press("2")
    wanda.keyboard.type(REASON)
    wanda.keyboard.press("Enter")
    wanda.get_by_role("button", name="undo for").wait_for()
    assert sofia.locator(".tag.held").count() == 0
    assert case_of(hub, number).status == "claimed"
    wanda.keyboard.press("q")
    wanda.wait_for_url("**/watch")
    wanda.locator(f'tr[data-case="{number}"]').get_by_role("button", name="undo for").wait_for()
    assert wanda.evaluate("document.activeElement.dataset.case") == str(number)  # one is where one was
    sofia.wait_for_selector(f'tr[data-case="{number}"]', state="detached", timeout=(SECONDS + 10) * 1000)
    wanda.wait_for_selector(f'tr[data-case="{number}"].left')
    wanda.keyboard.press("j")
    wanda.wait_for_selector(f'tr[data-case="{number}"]', state="detached")
    assert case_of(hub, number).outcome == "not-the-person"
    kept(hub)
    audra = signed_in("audra")
    audra.goto("/audit")
    audra.get_by_label("About", exact=False).first.fill(f"case {number}")
    audra.keyboard.press("Enter")
    lines = audra.locator("#lines tbody")
    expect(lines).to_contain_text("act-held")
    expect(lines).to_contain_text("night watch")
    expect(lines).to_contain_text("CENTRE/wanda")
    audra.get_by_role("button", name="Check the log").click()
    audra.get_by_text("The log is whole.").wait_for()


@pytest.mark.wide
def test_who_works_fast_sees_the_table_and_takes_back_any_of_what_they_did(the_day, hub, page_of):
    page = page_of("sofia")
    page.goto("/watch")
    page.wait_for_selector("#live[data-state=live]")
    done = []
    while len(done) < 3:
        page.keyboard.press("j")
        row = page.locator('tr[aria-selected="true"]')
        if row.get_attribute("data-status") != "new":
            continue
        done.append(row.get_attribute("data-case"))
        page.keyboard.press("c")
        page.wait_for_selector(f'tr[data-case="{done[-1]}"][data-status="claimed"]')
        page.keyboard.press("3")
        page.keyboard.type("no date")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog[open]", state="detached")
    assert page.locator("#toasts .notice").count() == 1
    page.locator(f'tr[data-case="{done[0]}"]').get_by_role("button", name="undo for").click()
    page.get_by_text(f"Case {done[0]}: taken back").wait_for()
    assert page.locator(f'tr[data-case="{done[0]}"] .tag.held').count() == 0
    for each in done[:0:-1]:
        page.keyboard.press("u")
        page.get_by_text(f"Case {each}: taken back").wait_for()
    assert [case_of(hub, int(each)).status for each in done] == ["claimed"] * 3


def test_who_was_signed_out_is_told_so_when_they_act(the_day, centre, page_of):
    page = page_of("sofia")
    page.goto(f"/cases/{listed(centre.desk, Actor('CENTRE', 'x', 'supervisor'))[0]['case']}")
    page.wait_for_selector("[data-acting]", state="attached")
    other = page.context.new_page()
    other.goto("/me")
    other.locator(".head").get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in")
    page.keyboard.press("c")
    page.get_by_text("You are signed out. Nothing was done").wait_for()
    page.goto("/watch?band=high")
    page.get_by_label("Name").fill("sofia")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/watch?band=high")
