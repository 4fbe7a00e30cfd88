"""Rules in a browser: written, refused for an unfair trait, mended, put forward, put in force by another person."""

import pytest

from ops_hub.store import archive
from tests.console.test_rules import GOOD, UNFAIR


@pytest.fixture(scope="module", autouse=True)
def with_a_day(the_day):
    return the_day


def test_the_rules_in_force_are_seen(page_of, look):
    page = page_of("wanda")
    page.goto("/rules")
    page.get_by_role("link", name="Child travels without any adult").click()
    page.get_by_role("heading", name="What it asks").wait_for()
    look(page, "rule")
    page.set_viewport_size({"width": 820, "height": 1100})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.wide
def test_a_rule_is_written_refused_mended_and_put_in_force_by_another_person(page_of, look, hub):
    page = page_of("rita")
    page.goto("/rules/new")
    page.get_by_label("File").fill("late.toml")
    page.get_by_label("Rules in TOML").fill(UNFAIR)
    page.get_by_text("it can fire on nationality alone").wait_for()
    look(page, "rules-unfair")
    page.get_by_label("Reason").fill("asked for by the desk")
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("alert").wait_for()
    page.wait_for_load_state()
    page.get_by_text("it can fire on nationality alone").nth(1).wait_for()  # above, and with its line beside
    page.get_by_label("Rules in TOML").fill(GOOD)
    page.get_by_text("Nothing is wrong.").wait_for()
    page.get_by_role("button", name="Keep draft").click()
    page.get_by_role("button", name="Back-test").click()
    page.get_by_text("of travellers").wait_for()
    look(page, "rules-draft")
    page.get_by_label("Reason").fill("asked for by the desk")
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("somebody else at the centre decides").wait_for()
    assert page.get_by_role("button", name="Put in force").count() == 0
    address = page.url
    before = archive.published_rules(hub)
    other = page_of("sofia", width=820, height=1100)
    other.goto(address)
    look(other, "rules-approve")
    other.get_by_role("button", name="Put in force").click()
    other.wait_for_url("**/rules")
    assert other.get_by_role("link", name="Booked late, one way, no bags").is_visible()
    assert archive.published_rules(hub) != before
    look(other, "rules")


@pytest.mark.wide
def test_the_editor_counts_lines_and_can_be_left_by_keyboard(page_of):
    page = page_of("rita")
    page.goto("/rules/new?file=children.toml")
    text = page.get_by_label("Rules in TOML")
    lines = text.input_value().count("\n") + 1
    assert page.locator("#numbers").inner_text().split("\n")[-1] == str(lines)
    text.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "text"


@pytest.mark.wide
def test_a_back_test_shows_flags_by_day(page_of, as_person, look):
    wide = (
        GOOD.replace("late-and-one-way", "of-two-carriers")
        .replace("one_way AND bags = 0 AND hours_booking_to_departure < 48", "carrier IN ('BW', 'CM') AND NOT is_crew")
        .replace("one_way = true, bags = 0, hours_booking_to_departure = 12.0", "carrier = 'BW', is_crew = false")
    )
    made = as_person("rosa").post("/api/v1/rules/drafts", json={"file": "wide.toml", "text": wide}).json()
    page = page_of("rosa")
    page.goto(f"/rules/drafts/{made['draft']['id']}")
    page.get_by_role("button", name="Back-test").click()
    page.get_by_role("img", name="Flags by day").wait_for()
    page.get_by_text("Figures by day").click()
    look(page, "rules-back-test")
