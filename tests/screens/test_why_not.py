"""Why not, in a browser: asked by keyboard, answered beside the form, and a wrong question told in words."""

import pytest


@pytest.mark.wide
def test_an_officer_asks_why_not_by_keyboard(page_of, look, the_day):
    page = page_of("wanda")
    page.goto("/why-not")
    look(page, "why-not")
    page.keyboard.press("/")
    page.keyboard.type("QUINTANILLA ORDAZ, Heriberto")
    page.keyboard.press("Tab")
    page.keyboard.type("1990-01-01")
    page.keyboard.press("Enter")
    page.get_by_text("The first thing that kept them apart").wait_for()
    page.locator(".comparison:focus").wait_for()
    assert page.url.endswith("/why-not")
    look(page, "why-not-answer")
    page.get_by_label("Birth date").fill("1971-08-12")
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("Nothing keeps them apart").wait_for()
    look(page, "why-not-met")
    page.get_by_label("Nationality").fill("Narnia")
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("this is no state known here").wait_for()
    look(page, "why-not-refused")


@pytest.mark.wide
def test_it_fits_a_tablet_and_a_dark_room(page_of, look, the_day):
    page = page_of("wanda", width=820, height=1180)
    page.emulate_media(color_scheme="dark")
    page.goto("/why-not")
    page.locator("#question [name=name]").fill("Heriberto Quintanila")
    page.get_by_role("button", name="Compare").click()
    page.locator(".comparison").first.wait_for()
    look(page, "why-not-820-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
