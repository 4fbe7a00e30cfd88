"""The queue in a browser: cases arrive, are walked through by keys, claimed, decided, taken back, and leave."""

import http.client
import json
import threading

import pytest

from ops_hub.casework.case import Actor
from ops_hub.console.signed_in import COOKIE
from ops_hub.desk.acting import act
from ops_hub.desk.filing import case_of
from ops_hub.service.cases import held
from ops_hub.service.watching.queue import queues_of
from ops_hub.store import sessions
from tests.console.acts import another_flight


def queue(centre, reader=("CENTRE", "officer")):
    return queues_of(centre).ordered(reader)[2]


def watch(page, query=""):
    page.goto(f"/watch{query}")
    page.wait_for_selector("#live[data-state=live]")
    return page


def numbers(page):
    return [
        int(each) for each in page.locator("tbody tr[data-case]").evaluate_all("all => all.map(e => e.dataset.case)")
    ]


def test_the_queue_is_walked_through_filtered_and_read(the_day, page_of, centre, look):
    page = watch(page_of("wanda"))
    assert numbers(page) == [row.case for row in queue(centre)]
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator('tr[aria-selected="true"]').get_attribute("data-case") == str(numbers(page)[1])
    assert page.evaluate("document.activeElement.dataset.case") == str(numbers(page)[1])
    page.keyboard.press("k")
    look(page, "watch")
    page.keyboard.press("?")
    look(page, "watch-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("cm2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/watch?flight=cm2")
    page.get_by_label("Band").select_option("high")
    page.wait_for_url("**/watch?band=high&flight=cm2")
    page.goto("/watch?port=ZZZ")
    assert page.get_by_text("No open case is as the filters say.").is_visible()
    page.wait_for_selector("#live[data-state=live]")
    look(page, "watch-nothing")


@pytest.mark.wide
def test_it_is_usable_on_a_tablet_in_the_dark_and_by_the_protection_desk(the_day, page_of, look):
    page = page_of("lia", width=820, height=1180)
    page.emulate_media(color_scheme="dark")
    watch(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    look(page, "watch-tablet")
    page = watch(page_of("petra"))
    assert page.locator('tbody tr[data-channel="protection"]').count() > 0
    assert "suspect" not in page.content()
    look(page, "watch-protection")


def test_a_hit_arrives_while_one_looks_and_the_selected_row_stays(the_day, page_of, hub, centre, look):
    page = watch(page_of("wanda"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator('tr[aria-selected="true"]').get_attribute("data-case")
    top = page.locator('tr[aria-selected="true"]').bounding_box()["y"]
    before = len(numbers(page))
    another_flight(hub)
    page.wait_for_selector("tr.fresh")
    page.wait_for_function("document.getElementById('news').textContent.includes('new')")
    look(page, "watch-arrived")
    assert len(numbers(page)) > before
    assert page.locator('tr[aria-selected="true"]').get_attribute("data-case") == chosen
    assert page.evaluate("document.activeElement.dataset.case") == chosen
    assert abs(page.locator('tr[aria-selected="true"]').bounding_box()["y"] - top) < 2
    assert numbers(page) == [row.case for row in queue(centre)]


def test_a_case_is_claimed_decided_taken_back_decided_again_and_leaves(
    the_day, page_of, hub, centre, look, monkeypatch
):
    page, other = watch(page_of("wanda")), watch(page_of("sofia"))
    page.keyboard.press("j")
    number = int(page.locator('tr[aria-selected="true"]').get_attribute("data-case"))
    page.keyboard.press("2")
    page.get_by_text(f"Claim case {number} first").wait_for()
    page.keyboard.press("c")
    for each in (page, other):
        each.wait_for_selector(f'tr[data-case="{number}"][data-status="claimed"]')
        assert "CENTRE/wanda" in each.locator(f'tr[data-case="{number}"]').inner_text()
    page.keyboard.press("2")
    page.wait_for_selector("dialog[open]")
    assert page.get_by_label("Outcome").input_value() == "not-the-person"
    look(page, "watch-deciding")
    page.keyboard.press("Enter")
    assert page.locator("dialog[open]").count() == 1  # not without a reason
    page.keyboard.type("the birth date is another one")
    page.keyboard.press("Enter")
    page.wait_for_selector(f'tr[data-case="{number}"] .tag.held')
    look(page, "watch-held")
    assert other.locator(".tag.held").count() == 0
    page.keyboard.press("u")
    page.get_by_text(f"Case {number}: taken back").wait_for()
    assert page.locator(".tag.held").count() == 0
    assert case_of(hub, number).status == "claimed"
    monkeypatch.setattr(held, "SECONDS", 1)
    page.keyboard.press("2")
    page.get_by_label("Reason").fill("the birth date is another one")
    page.keyboard.press("Enter")
    other.wait_for_selector(f'tr[data-case="{number}"]', state="detached")
    page.wait_for_selector(f'tr[data-case="{number}"].left')  # under the selection it stays until one goes on
    page.keyboard.press("j")
    page.wait_for_selector(f'tr[data-case="{number}"]', state="detached")
    assert case_of(hub, number).outcome == "not-the-person"


@pytest.mark.wide
def test_what_could_not_be_done_is_told_and_a_lost_stream_comes_back(
    the_day, page_of, hub, centre, served, monkeypatch
):
    monkeypatch.setattr(held, "SECONDS", 3)
    number = next(row.case for row in queue(centre) if row.status == "new")
    act(centre.desk, number, Actor("CENTRE", "wanda"), "claim")
    page = watch(page_of("wanda"))
    page.locator(f'tr[data-case="{number}"]').click()
    page.keyboard.press("3")
    page.get_by_label("Reason").fill("no date")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")  # it waits now; who comes meanwhile is quicker
    act(centre.desk, number, Actor("CENTRE", "sofia", "supervisor"), "decide", {"outcome": "confirmed", "reason": "x"})
    page.get_by_text(f"Case {number}: insufficient-data was not done.").wait_for()
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    page.context.set_offline(False)
    page.wait_for_selector("#live[data-state=live]")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


def stream(served, hub, name, path="/api/v1/watch/events", since=""):
    """Open a stream and return its connection, answer and the first events."""
    token, _ = sessions.begin(hub, name)
    connection = http.client.HTTPConnection(served.removeprefix("http://"), timeout=10)
    connection.request("GET", f"{path}?since={since}", headers={"Cookie": f"{COOKIE}={token}", "X-Purpose": "check"})
    return connection, connection.getresponse()


def next_event(answer, wanted):
    """Return id and content of the next event of a name."""
    fields = {}
    while line := answer.readline().decode():
        name, _, value = line.strip().partition(": ")
        if name:
            fields[name] = value
        elif fields.get("event") == wanted:
            return fields.get("id"), json.loads(fields["data"])
        else:
            fields = {}
    raise AssertionError(f"no {wanted}")


def test_the_api_streams_json_and_goes_on_from_where_one_was(the_day, served, hub, centre):
    number = next(row.case for row in queue(centre) if row.status == "new")
    opened, answer = stream(served, hub, "wanda")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    next_event(answer, "counters")
    act(centre.desk, number, Actor("CENTRE", "sofia", "supervisor"), "claim")
    place, told = next_event(answer, "rows")
    assert [(row["case"], row["status"]) for row in told["rows"]] == [(number, "claimed")]
    opened.close()
    act(centre.desk, number, Actor("CENTRE", "sofia", "supervisor"), "release-claim")
    opened, answer = stream(served, hub, "wanda", since=place)
    assert [row["status"] for row in next_event(answer, "rows")[1]["rows"]] == ["new"]
    opened.close()
    opened, answer = stream(served, hub, "wanda", since="1-1")
    next_event(answer, "whole")
    opened.close()


@pytest.mark.wide
def test_fifty_streams_need_no_thread_each_and_a_person_has_no_more_than_twenty(the_day, served, hub, centre):
    before = threading.active_count()
    names = ["wanda"] * 17 + ["sofia"] * 17 + ["petra"] * 17
    opened = [stream(served, hub, name, "/watch/events") for name in names]
    for _, answer in opened:
        next_event(answer, "counters")
    assert threading.active_count() - before < 45  # the pool of requests, and one that follows the hub
    number = next(row.case for row in queue(centre) if row.status == "new")
    act(centre.desk, number, Actor("CENTRE", "sofia", "supervisor"), "claim")
    for _, answer in opened[:34]:
        assert [row["case"] for row in next_event(answer, "rows")[1]["rows"]] == [number]
    more = [stream(served, hub, "wanda", "/watch/events") for _ in range(5)]
    assert [answer.status for _, answer in more].count(429) >= 1
    for connection, _ in opened + more:
        connection.close()
