"""The case in a browser: compared, decided by two persons, read by keyboard, printed."""

import re

import pytest
from playwright.sync_api import expect

from ops_hub.desk.filing import cases_of


@pytest.fixture
def found(hub, the_day):
    """Return the number of the case that fulfils something."""

    def one(**wanted):
        for number, case in cases_of(hub, the_day).items():
            about = {"owner": case.hits[0].owner, "channel": case.channel, "flight": case.flight}
            if all(about[name] == value for name, value in wanted.items()):
                return number
        raise AssertionError(wanted)

    return one


def opened(page, number):
    page.goto(f"/cases/{number}")
    page.get_by_role("heading", name=f"Case {number}").wait_for()
    expect(page.get_by_text("Looking …")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, pytest.param(820, marks=pytest.mark.wide)])
def test_a_case_is_read_at_a_desk_and_on_a_tablet(page_of, found, look, width):
    page = page_of("lia", width=width)
    opened(page, found(owner="BRB", flight="BW432"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look(page, f"case-{width}")
    opened(page, found(owner="USA", flight="BW449"))
    look(page, f"case-lead-{width}")


def test_a_person_to_be_protected_is_read_with_care(page_of, found, look):
    page = page_of("petra")
    opened(page, found(channel="protection", flight="BW432"))
    look(page, "case-protection")


@pytest.mark.wide
def test_two_people_deny_boarding(page_of, found, look):
    number = found(owner="USA", flight="BW449")
    lia, sofia = page_of("lia"), page_of("sofia")
    opened(lia, number)
    lia.get_by_role("button", name="Claim: I work on it").click()
    expect(lia.locator(".case-head")).to_contain_text("claimed")
    lia.get_by_role("radio", name="denied-boarding two persons").check()
    look(lia, "case-deciding")
    decide = lia.locator("form", has=lia.get_by_role("radio", name="denied-boarding"))
    decide.get_by_role("button", name="Decide").click()  # without a reason nothing is sent
    expect(lia.get_by_text("A second person must agree")).to_have_count(0)
    decide.get_by_label("Reason").fill("the same birth date and place")
    decide.get_by_role("button", name="Decide").click()
    expect(lia.get_by_text("You cannot confirm this one.")).to_be_visible(timeout=20_000)
    look(lia, "case-waits")
    opened(sofia, number)
    look(sofia, "case-confirm")
    sofia.get_by_role("button", name="Confirm, as the second person").click()
    expect(sofia.locator(".case-head")).to_contain_text("closed")
    opened(lia, number)
    expect(lia.locator(".story")).to_contain_text("confirm")


@pytest.mark.wide
def test_what_is_refused_is_told_where_it_was_asked(page_of, found):
    number = found(owner="UN", flight="CM227")
    one, other = page_of("wanda"), page_of("sofia")
    opened(one, number)
    opened(other, number)
    other.get_by_role("button", name="Claim: I work on it").click()
    expect(other.locator(".case-head")).to_contain_text("claimed")
    one.get_by_role("button", name="Claim: I work on it").click()
    expect(one.get_by_role("alert")).to_contain_text("claimed by CENTRE/sofia")


@pytest.mark.wide
def test_the_paper_is_short_and_says_who_printed_it_when_and_why(page_of, found, look):
    page = page_of("lia", purpose="gate 4")
    opened(page, found(owner="BRB", flight="BW432"))
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_contain_text("Printed by BRB/lia on")
    expect(page.locator(".paper")).to_contain_text("for: gate 4")
    expect(page.get_by_role("button")).to_have_count(0)
    look(page, "case-paper")
    made = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", made)) <= 3


@pytest.mark.wide
def test_it_is_readable_at_night(page_of, found, look):
    page = page_of("lia")
    page.emulate_media(color_scheme="dark")
    opened(page, found(owner="BRB", flight="BW432"))
    look(page, "case-night")
