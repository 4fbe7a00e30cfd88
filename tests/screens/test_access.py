"""Accounts, tokens, health and passwords as people see them; what no page may do to another."""

import re

import pytest

from ops_hub.service.people import staff
from tests.console.people import PASSWORD


@pytest.mark.wide
def test_an_administrator_adds_an_account_and_its_owner_takes_their_own_password(page_of, chromium, served, look):
    page = page_of("adam")
    page.goto("/accounts")
    page.get_by_role("textbox", name="Name").fill("nora.diaz")
    page.get_by_role("combobox", name="Role").select_option("liaison")
    page.get_by_role("combobox", name="State").select_option("BRB")
    look(page, "accounts")
    page.get_by_role("button", name="Add").click()
    given = page.locator("code.secret").inner_text()
    look(page, "account-new")
    theirs = chromium.new_page(base_url=served)
    theirs.goto("/sign-in")
    theirs.get_by_label("Name").fill("nora.diaz")
    theirs.get_by_label("Password").fill(given)
    theirs.get_by_role("button", name="Sign in").click()
    theirs.wait_for_url("**/password")
    look(theirs, "password-first")
    theirs.get_by_label("Old password").fill(given)
    for label in ("New password", "New password again"):
        theirs.get_by_label(label, exact=True).fill("five terns at noon")
    theirs.get_by_role("button", name="Take this password").click()
    theirs.wait_for_url("**/sign-in")
    theirs.get_by_label("Name").fill("nora.diaz")
    theirs.get_by_label("Password").fill("five terns at noon")
    theirs.get_by_role("button", name="Sign in").click()
    theirs.wait_for_url(re.compile(r".*/(?!sign-in|password).*$"))
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Enable").wait_for()
    theirs.goto("/me")
    theirs.wait_for_url("**/sign-in?next=/me")
    theirs.close()


@pytest.mark.wide
def test_a_token_is_made_shown_once_and_ended(page_of, look):
    page = page_of("adam", width=820, height=1100)
    page.goto("/accounts/lia")
    page.get_by_label("Use").fill("case system of BRB, reads the queue")
    page.get_by_role("button", name="Make a token").click()
    assert page.locator("code.secret").inner_text().startswith("oht_")
    look(page, "account-token")
    page.goto("/accounts/lia")
    assert page.locator("code.secret").count() == 0
    page.get_by_role("button", name="End case system").click()
    page.get_by_text("This account has no tokens.").wait_for()


@pytest.mark.wide
def test_accounts_fit_a_tablet(page_of, look):
    page = page_of("adam", width=820, height=1100)
    page.goto("/accounts")
    look(page, "accounts-tablet")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.wide
def test_health_is_told_in_figures_and_words(page_of, the_day, look):
    page = page_of("adam")
    page.goto("/health")
    page.get_by_text("No worker runs").wait_for()
    look(page, "health")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_form_of_another_page_signs_nobody_in(chromium, served, hub):
    """A page elsewhere (another port is another origin) sends the form of the door: the browser says where it is from."""
    page = chromium.new_page()
    elsewhere = "http://evil.localhost:9"
    form = f'<form method="post" action="{served}/sign-in"><input name="name" value="wanda"><input name="password" value="{PASSWORD}"><button>go</button></form>'
    page.route(f"{elsewhere}/", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto(f"{elsewhere}/")
    with page.expect_response("**/sign-in") as told:
        page.get_by_role("button").click()
    assert told.value.status == 403
    assert not page.context.cookies(served)
    page.close()


@pytest.mark.wide
def test_too_many_wrong_passwords_are_told_in_words(chromium, served, hub, look):
    staff.add(hub, None, "t", "typo", "auditor", "CENTRE", password="five terns at noon", must_change=False)
    page = chromium.new_page(base_url=served)
    for _ in range(6):
        page.goto("/sign-in")
        page.get_by_label("Name").fill("typo")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
    assert "Wait" in page.get_by_role("alert").inner_text()
    look(page, "sign-in-shut")
    page.close()


@pytest.mark.wide
def test_a_page_that_is_not_there_says_so(page_of, look):
    page = page_of("wanda")
    page.goto("/nowhere")
    look(page, "lost")
    assert page.get_by_role("heading", level=1).inner_text() == "There is no such page"
