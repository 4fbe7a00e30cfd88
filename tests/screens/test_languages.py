"""Four languages in a browser: every screen opens in each, says so, fits a tablet, and has no English in its head."""

import msgspec
import pytest

from ops_hub.access.accounts import Account
from ops_hub.console.nav import _SCREENS
from ops_hub.console.words import speaking
from ops_hub.store import accounts
from tests.console.catalogues import OTHERS

NAV = [words for _, words, _ in _SCREENS]
# Who opens what: a supervisor all that they are led to, the others what is theirs alone.
OPENED = {"sofia": None, "rita": ("/rules", "/rules/new"), "audra": ("/audit",), "adam": ("/accounts", "/health")}
LISTENED_TO = ("/watch", "/audit")


@pytest.fixture
def speaks(hub):
    """Set the language of a person; English again afterwards."""
    changed = set()

    def said(name, language):
        account = msgspec.json.decode(accounts.find(hub, name), type=Account)
        accounts.put(hub, name, msgspec.json.encode(msgspec.structs.replace(account, language=language)))
        changed.add(name)

    yield said
    for name in tuple(changed):
        said(name, "en")


def head(page):
    return page.evaluate("""() => {
      const rows = [...document.querySelectorAll(".head a, .head button, .head input:not([type=hidden])")];
      return { lang: document.documentElement.lang, over: document.documentElement.scrollWidth - innerWidth,
        high: document.querySelector(".head").getBoundingClientRect().height,
        links: [...document.querySelectorAll(".head nav a")].map((each) => [each.getAttribute("href"), each.textContent]),
        small: rows.filter((each) => each.getBoundingClientRect().height < 18).length };
    }""")


@pytest.mark.wide
@pytest.mark.parametrize("language", ["es", "fr", "nl"])
def test_every_screen_speaks_the_language_and_fits_a_tablet(page_of, the_day, speaks, look, language):
    said = {words: speaking(language).gettext(words) for words in NAV}
    page = page_of("sofia")
    page.goto("/watch")
    a_case = page.locator("[data-queue] a").first.get_attribute("href")
    for name, paths in OPENED.items():
        speaks(name, language)
        page = page_of(name, width=820)
        page.goto("/me")
        own = [path for path, _ in head(page)["links"]] + ["/me"]
        for path in paths or [*own, a_case]:
            assert page.goto(path).status == 200, path
            seen = head(page)
            assert seen["lang"] == language, path
            assert seen["over"] <= 0, (path, seen["over"])
            assert seen["high"] < 80, (path, seen["high"])
            shown = {words for _, words in seen["links"]}
            assert shown <= set(said.values()), path
            assert not shown & {words for words in NAV if said[words] != words}, path
            if path in LISTENED_TO:
                look(page, f"{path[1:]}-{language}")
        page.context.close()


@pytest.mark.wide
@pytest.mark.parametrize("width", [1280, 1024, 820])
@pytest.mark.parametrize("language", ["en", *OTHERS])
def test_the_head_has_two_lines_in_every_language(page_of, speaks, language, width):
    speaks("sofia", language)
    page = page_of("sofia", width=width)
    page.goto("/me")
    assert head(page)["high"] < 80
    assert page.locator(".head nav").evaluate("(each) => each.getBoundingClientRect().height") < 40


@pytest.mark.wide
@pytest.mark.parametrize(("language", "own"), [("en", "20/11"), ("es", "20/11"), ("fr", "20/11"), ("nl", "20-11")])
def test_the_readers_own_time_is_written_as_their_language_does_with_a_clock_of_24_hours(
    page_of, speaks, language, own
):
    speaks("sofia", language)
    page = page_of("sofia")
    page.goto("/me")
    page.evaluate("""() => {
      const at = document.createElement("time");
      at.setAttribute("datetime", "2026-11-20T21:05:00+00:00");
      at.id = "tried";
      at.textContent = "2026-11-20 21:05 UTC";
      document.querySelector("main").append(at);
      document.body.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: document.body } }));
    }""")
    said = page.locator("#tried .own-time").text_content()
    assert own in said
    assert "17:05" in said
    assert "PM" not in said
