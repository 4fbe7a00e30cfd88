"""Operations in a browser: the board with its parts as they come, the map, tasks that are done, packages, papers."""

import pytest

from tests.console.operation_scene import centre, operations, the_network, the_operation

__all__ = ["centre", "operations", "the_network", "the_operation"]
AT = "/operations/ALCYON"


@pytest.fixture
def everything(the_day, the_operation, the_network):
    return the_operation


def arrived(page):
    """Wait until all parts of a board have come."""
    for words in ("Counted from cases", "Map: Natural Earth", "All lines, and what to do"):
        page.get_by_text(words).first.wait_for()


def test_the_board_of_the_centre_and_its_parts(page_of, look, everything):
    page = page_of("wanda")
    page.goto("/operations")
    look(page, "operations")
    page.get_by_role("link", name="ALCYON").click()
    arrived(page)
    assert page.locator("svg.map .way").count() == 3
    assert "BGI" in page.locator("svg.map .code").all_text_contents()
    look(page, "operation-board")


@pytest.mark.wide
def test_the_board_on_a_tablet_is_no_wider_than_it(page_of, look, everything):
    page = page_of("lia", width=820, height=1180)
    page.goto(AT)
    arrived(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    look(page, "operation-board-tablet")
    page.goto(AT + "/tasks")
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    look(page, "operation-tasks-tablet")


def test_tasks_are_filtered_and_done_by_keyboard(page_of, look, everything):
    page = page_of("tito")
    page.goto(AT + "/tasks")
    page.get_by_text("Add a task").focus()
    page.keyboard.press("Enter")
    look(page, "operation-tasks")
    page.get_by_role("button", name="Done: check the bookings of BW432").focus()
    page.keyboard.press("Enter")
    page.get_by_text("0 tasks.").wait_for()
    page.get_by_label("Status").select_option("done")
    page.get_by_text("TTO/tito:officer").wait_for()


@pytest.mark.wide
def test_the_map_alone_has_its_figures_beside_it(page_of, look, everything):
    page = page_of("wanda")
    page.goto(AT + "/map")
    assert page.get_by_role("row", name="POS → BGI").get_by_text("43").is_visible()
    assert page.locator("svg.map .land title", has_text="Barbados").count()
    look(page, "operation-map")


@pytest.mark.wide
def test_readiness_says_who_must_do_what(page_of, look, everything):
    page = page_of("tito")
    page.goto(AT + "/readiness")
    assert page.get_by_text("not ready").first.is_visible()
    look(page, "operation-readiness")


@pytest.mark.wide
def test_packages_and_roster_come_when_they_are_made(page_of, look, everything):
    page = page_of("wanda")
    page.goto(AT + "/targets")
    page.get_by_text("BOSS, Bruno").wait_for()
    page.get_by_text("Evidence and terms").first.click()
    look(page, "operation-packages")
    page.goto(AT + "/coverage")
    page.get_by_text("Shifts that are covered").first.wait_for()
    look(page, "operation-roster")


@pytest.mark.wide
def test_a_proposal_is_read_on_the_board(page_of, look, everything):
    page = page_of("wanda")
    page.goto(AT)
    sent = page.evaluate(
        """() => fetch('/api/v1/operations/ALCYON/proposals', {method: 'POST', body: JSON.stringify(
             {nodes: ['person:r-boss'], reason: 'books for others'}),
           headers: {'x-csrf-token': JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRF-Token']}}).then(r => r.status)"""
    )
    assert sent == 200
    page.reload()
    page.get_by_text("books for others").wait_for()
    arrived(page)


def test_somebody_chosen_on_the_chart_arrives_on_the_operations_board(page_of, look, everything):
    page = page_of("wanda")
    page.goto("/network/november")
    page.get_by_text("nodes shown").wait_for()
    page.get_by_role("searchbox", name="Search").fill("BOSS")
    page.keyboard.press("Enter")
    page.locator("#card h2", has_text="BOSS, Bruno").wait_for()
    page.get_by_role("button", name="Choose for an operation").click()
    page.get_by_label("Operation").select_option("ALCYON")
    page.get_by_label("Reason").fill("two bookings of one payer")
    page.get_by_role("button", name="Propose").click()
    page.get_by_text("1 node is proposed for ALCYON.").wait_for()
    look(page, "network-proposed")
    page.get_by_role("link", name="Board of the operation").click()
    page.get_by_text("two bookings of one payer").wait_for()
    assert page.get_by_text("BOSS, Bruno").first.is_visible()
    arrived(page)


@pytest.mark.wide
def test_a_paper_is_taken_for_a_purpose(page_of, look, everything):
    page = page_of("sofia")
    page.goto(AT + "/papers")
    look(page, "operation-papers")
    form = page.get_by_role("region", name="Report")
    form.get_by_label("Purpose of this paper").fill("for the morning meeting")
    with page.expect_download() as taken:
        form.get_by_role("button", name="Write and download").click()
    assert taken.value.suggested_filename == "report-ALCYON-CENTRE.html"


@pytest.mark.wide
def test_the_board_in_the_dark(page_of, look, everything):
    page = page_of("brita")
    page.emulate_media(color_scheme="dark")
    page.goto(AT)
    arrived(page)
    look(page, "operation-board-dark")
