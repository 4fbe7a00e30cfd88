"""The door and the account page."""

from tests.console.people import PASSWORD


def test_somebody_signs_in(page_of, chromium, served, hub, look):
    page = chromium.new_page(base_url=served)
    page.goto("/me")
    look(page, "sign-in")
    page.get_by_label("Name").fill("wanda")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/me")
    page.close()


def test_the_account_page_is_readable(page_of, look):
    page = page_of("wanda")
    page.goto("/me")
    look(page, "account")
