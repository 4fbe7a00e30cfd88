"""The link chart in a real browser: searched, walked, expanded, set to a time, and all of it without the picture."""

import shutil
import time
from datetime import timedelta

import pytest

from ops_hub.engines.network import saved
from tests.graph.nets import DAY, a_net

GROUPS = 12
HUB = "window.opsHubChart"


def name_of(k):
    """Return a name that nobody else has: words of letters."""
    return f"FICTIF {chr(65 + k // 26 % 26)}{chr(65 + k // 676)}{chr(65 + k % 26)}Q, ANA"


def invented(people):
    """Return groups of six who share a telephone, over twenty days; one of each group has a hit; one organiser of all."""
    nodes, edges, trips = {}, [], []
    for k in range(people):
        person, when = (
            f"person:{k}",
            {"first_seen": DAY + timedelta(days=k % 20), "last_seen": DAY + timedelta(days=k % 20)},
        )
        nodes[person] = {"label": name_of(k), "birth_date": "1980-02-03", "states": ["BRB"]}
        edges += [(person, f"document:P{k}", "holds", when), (person, f"booking:B{k // 3}", "booked", when)]
        edges.append((person, f"phone:+1246{k // 6:04d}", "contact", when))
        trips.append((str(k), f"BW{400 + k % 9}", k % 20, "POS", "BGI"))
        if k % 6 == 0:
            said = {
                "band": ("high", "review")[k % 12 == 0],
                "handling": ("enforce", "discreet")[k % 12 == 0],
                "owner": "BRB",
                "label": "0.93",
                "states": ["BRB"],
            }
            edges += [(person, f"entry:sample/{k}", "hit", when | said), (person, "payment:one", "paid", when)]
            nodes[f"entry:sample/{k}"] = {"owner": "BRB", "label": f"LISTED {k}"}
    return a_net(edges, trips, nodes, {"name": "invented"})


@pytest.fixture(scope="module")
def kept(hub):
    """Keep a small invented network, and one of about two thousand nodes."""
    for name, people in (("november", GROUPS * 6), ("large", 830)):
        saved(hub.home / "networks" / name, invented(people), name=name, made_at="2026-11-28T09:00:00+00:00")
    yield
    shutil.rmtree(hub.home / "networks")


def until(page, said):
    """Wait until an expression holds in the page; the policy of the console lets no text be run by the page itself."""
    end = time.monotonic() + 15
    while not page.evaluate(f"!!({said})"):
        assert time.monotonic() < end, said
        page.wait_for_timeout(30)


def opened(page, address="/network/november"):
    page.goto(address)
    until(page, f"{HUB} && {HUB}.ready")
    until(page, "document.getElementById('count').textContent")
    return page


def drawn(page):
    return page.evaluate(f"{HUB}.cy.nodes(':visible').not('.box').length")


def chosen(page, label):
    page.locator("#card h2", has_text=label).wait_for()
    return page.evaluate("document.getElementById('cy').dataset.chosen")


def test_somebody_searches_the_chart_and_enter_centres_what_was_found(page_of, kept, look):
    page = opened(page_of("wanda"))
    look(page, "network")
    page.get_by_role("searchbox", name="Search").fill("FICTIF ANA")
    page.keyboard.press("Enter")
    page.locator("#answer ol button").first.wait_for()
    assert page.locator("#answer ol > li").count() == GROUPS * 6
    assert page.evaluate("document.activeElement.closest('#answer') !== null")
    page.keyboard.press("Enter")
    label = page.evaluate("document.activeElement.textContent")
    one = chosen(page, label)
    middle = page.evaluate(
        f"(() => {{ const p = {HUB}.cy.getElementById('{one}').renderedPosition(); return [p.x / {HUB}.cy.width(), p.y / {HUB}.cy.height()]; }})()"
    )
    assert all(abs(each - 0.5) < 0.1 for each in middle), middle  # with its words
    assert "test.edi" in page.locator("#card").inner_text()
    page.get_by_role("searchbox", name="Search").fill("+12460003")
    page.keyboard.press("Enter")
    chosen(page, "+12460003")


@pytest.mark.wide
def test_an_analysis_lists_what_it_found_and_marks_it(page_of, kept, look):
    page = opened(page_of("wanda"))
    page.get_by_label("Find", exact=True).select_option("communities")
    page.locator("#finder button").click()
    page.locator("#answer li [data-mark]").first.click()
    marked = page.evaluate(f"{HUB}.cy.nodes('.found').length")
    assert 0 < marked < drawn(page)
    look(page, "network-find")
    page.get_by_role("link", name="Draw only this").click()
    page.wait_for_url("**/network/november?find=communities")
    until(page, f"{HUB} && {HUB}.ready")


@pytest.mark.wide
def test_a_path_between_two_chosen_nodes_is_told_and_drawn(page_of, kept):
    page = opened(page_of("wanda"))
    page.evaluate("document.querySelector('#pather').closest('details').open = true")
    page.get_by_label("From", exact=True).fill("person:1")
    page.get_by_label("To", exact=True).fill("person:7")
    page.get_by_role("button", name="Show path").click()
    page.locator("#answer li[aria-current]").first.wait_for()
    until(page, f"{HUB}.cy.edges('.path').length > 0")
    path = page.evaluate(f"{HUB}.cy.nodes('.path').map(n => n.id())")
    assert {"person:1", "person:7", "payment:one"} <= set(path)
    assert page.evaluate(f"{HUB}.cy.edges('.path').length") == len(path) - 1


@pytest.mark.wide
def test_neighbours_that_are_not_drawn_are_brought_in_by_key_and_by_button(page_of, kept):
    page = opened(page_of("wanda"), "/network/november?around=document:P3&hops=1")
    before = drawn(page)
    assert before < 10
    page.locator("#cy").focus()
    page.keyboard.press("]")
    page.locator("#card [data-card]").wait_for()
    page.get_by_role("searchbox", name="Search").fill(name_of(3))
    page.keyboard.press("Enter")
    until(page, "document.getElementById('cy').dataset.chosen === 'person:3'")
    page.locator("#cy").focus()
    page.keyboard.press("e")
    until(page, f"{HUB}.nodes.size > {before}")
    between = drawn(page)
    page.get_by_role("searchbox", name="Search").fill("+12460000")
    page.keyboard.press("Enter")
    chosen(page, "+12460000")
    page.get_by_role("button", name="Expand", exact=True).click()
    until(page, f"{HUB}.nodes.size > {between}")
    assert page.evaluate(f"{HUB}.cy.getElementById('person:5').nonempty()")


@pytest.mark.wide
def test_the_time_slider_is_moved_by_keys_and_says_how_many_links_are_left(page_of, kept):
    page = opened(page_of("wanda"))
    whole = page.evaluate(f"{HUB}.cy.edges(':visible').length")
    page.get_by_label("to", exact=True).focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    until(page, f"{HUB}.cy.edges(':visible').length < {whole}")
    assert "links" in page.locator("#window").inner_text()
    assert page.evaluate(f"{HUB}.quiet()") > 0


def test_the_signs_of_the_legend_and_of_the_details_are_no_larger_than_a_line(page_of, kept):
    page = page_of("wanda")
    for address in ("/network/november", "/network/november/table"):
        page.goto(address)
        page.locator("main .swatch").first.wait_for()
        sizes = page.locator("main .swatch").evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
        assert 8 < max(sizes) < 30


@pytest.mark.wide
def test_kinds_and_bands_are_filtered(page_of, kept):
    page = opened(page_of("wanda"))
    before = drawn(page)
    page.locator("#types label", has_text="phone").locator("input").uncheck()
    assert drawn(page) == before - GROUPS
    page.locator("#types label", has_text="phone").locator("input").check()
    assert page.locator("#bands input").count() == 2
    page.locator("#bands input").first.uncheck()
    assert drawn(page) < before


@pytest.mark.wide
def test_chosen_nodes_are_not_proposed_without_a_reason(page_of, kept, look):
    page = opened(page_of("wanda"))
    page.get_by_role("searchbox", name="Search").fill(name_of(6))
    page.keyboard.press("Enter")
    chosen(page, name_of(6))
    page.get_by_role("button", name="Choose for an operation").click()
    assert page.locator("#chosen li").count() == 1
    look(page, "network-propose")
    told = page.evaluate("""async () => { const form = new URLSearchParams(new FormData(document.querySelector('#adding form'))); form.set('operation', 'alcyon');
        const answer = await fetch(document.querySelector('#adding form').action, { method: 'POST', body: form, headers: { 'HX-Request': 'true' } }); return [answer.status, await answer.text()]; }""")
    assert told[0] == 422
    assert "write a reason" in told[1]


@pytest.mark.wide
def test_everything_is_reached_without_the_picture(page_of, kept, look):
    page = page_of("lia")
    page.goto("/network")
    look(page, "networks")
    page.get_by_role("link", name="november").click()
    page.get_by_role("link", name="As tables").click()
    page.get_by_role("heading", name="Links of these nodes").wait_for()
    look(page, "network-table")
    page.get_by_role("link", name=name_of(0)).click()
    page.get_by_role("heading", name="Links and who says so").wait_for()


@pytest.mark.wide
def test_two_thousand_nodes_are_drawn_and_searched(page_of, kept):
    page = opened(page_of("wanda"), "/network/large")
    assert 1_800 < page.evaluate(f"{HUB}.nodes.size") <= 2_000
    page.get_by_role("searchbox", name="Search").fill(name_of(777))
    page.keyboard.press("Enter")
    chosen(page, name_of(777))


@pytest.mark.wide
def test_the_chart_fits_a_tablet_and_a_printed_page(page_of, kept, look):
    page = opened(page_of("wanda", width=820, height=1100))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    look(page, "network-tablet")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#paper svg").is_visible()
    assert not page.locator(".tools").is_visible()


@pytest.mark.wide
def test_without_a_purpose_the_chart_asks_for_one_first(page_of, kept, look):
    page = page_of("wanda", purpose="")
    page.goto("/network/november")
    look(page, "network-purpose")
    page.locator("form.panel").get_by_label("Purpose, for the audit log").fill("who pays for whom")
    page.get_by_role("button", name="Show the chart").click()
    until(page, f"{HUB} && {HUB}.ready")


@pytest.mark.wide
def test_the_small_chart_around_a_case_is_drawn_by_the_server(page_of, the_day, look):
    page = page_of("wanda")
    for number in the_day:
        told = page.goto(f"/cases/{number}/chart")
        if told.status == 200 and page.locator(".case-chart circle, .case-chart polygon").count() > 12:
            break
    assert page.get_by_role("img", name="Link chart").is_visible()
    look(page, "network-case")
