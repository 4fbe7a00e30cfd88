"""The queue: who sees what of it, how it follows the hub, and acts that wait before they are done."""

import json
import threading
import time

import msgspec
import pytest
import redis

from ops_hub.access.accounts import Account, User
from ops_hub.casework.case import Actor
from ops_hub.console import events
from ops_hub.console.pages import render
from ops_hub.desk import sight
from ops_hub.desk.acting import act, check
from ops_hub.desk.filing import bundle_of, case_of
from ops_hub.desk.showing import listed
from ops_hub.errors import ConfigError, ConflictError, MissingError
from ops_hub.service import centre as in_centre
from ops_hub.service.cases import held
from ops_hub.service.table import Caller
from ops_hub.service.watching import queue
from ops_hub.service.watching.queue import Queues, queues_of, readers_of
from ops_hub.service.watching.queue_rows import open_ones
from ops_hub.store import accounts, sessions, waiting
from ops_hub.store import cases as store
from ops_hub.store.audit import STREAM
from tests.console.acts import another_flight

READERS = [("CENTRE", "officer"), ("BRB", "officer"), ("CENTRE", "protection"), ("BRB", "prosecutor"), ("HND", "list-owner")]  # fmt: skip
WANDA = Actor("CENTRE", "wanda", "officer")


def caller(name="wanda", state="CENTRE", role="watch-officer", acts_as="officer"):
    return Caller(User(name, state, role), "inbound check", acts_as)


def queue_of(centre, reader):
    return [row.case for row in queues_of(centre).ordered(reader)[2]]


def a_case(centre, status="new", reader=("CENTRE", "officer")):
    return next(row.case for row in queues_of(centre).ordered(reader)[2] if row.status == status)


@pytest.mark.parametrize("reader", READERS)
def test_the_queue_is_what_the_desk_lists_in_its_order(the_day, centre, reader):
    said = listed(centre.desk, Actor(reader[0], "x", reader[1]))
    rows = queues_of(centre).ordered(reader)[2]
    assert [row.case for row in rows] == [each["case"] for each in said]
    assert [row.status for row in rows] == [each["status"] for each in said]


def test_a_row_names_nobody_and_tells_crime_types_only_where_the_entry_may_be_read(the_day, centre):
    rows = {row.case: row for row in queues_of(centre).ordered(("CENTRE", "officer"))[2]}
    shut = [row for row in rows.values() if "BRB" in row.owners]
    assert shut
    assert all(not row.crime_types and not row.handlings for row in shut)
    assert any(row.crime_types for row in rows.values())
    told = msgspec.json.encode(list(rows.values())).decode().lower()
    for number in rows:
        for person in held_people(centre, number):
            assert person.lower() not in told


def held_people(centre, number):
    travellers = bundle_of(centre.hub, case_of(centre.hub, number)).travellers
    return [name for name in travellers["family_name"].drop_nulls() if len(name) > 3]


def test_what_a_reader_may_not_see_changes_nothing_for_them(the_day, centre):
    queues = queues_of(centre)
    at, version, _ = queues.ordered(("BRB", "officer"))
    mine = set(queue_of(centre, ("BRB", "officer")))
    other = next(each for each in queue_of(centre, ("CENTRE", "officer")) if each not in mine)
    act(centre.desk, other, WANDA, "claim")
    assert queues.ordered(("BRB", "officer"))[1] == version
    delta = queues.after(("BRB", "officer"), at)
    assert (delta.rows, delta.gone) == ([], [])
    assert [row.case for row in queues.after(("CENTRE", "officer"), at).rows] == [other]
    act(centre.desk, other, WANDA, "release-claim")


def test_a_queue_that_cannot_be_followed_is_made_anew(the_day, centre):
    queues = queues_of(centre)
    reader = ("CENTRE", "officer")
    at, _, rows = queues.ordered(reader)
    centre.hub.client.xtrim(store.FEED, maxlen=0)
    assert queues.after(reader, at).is_whole or queues.after(reader, at).rows == []
    number = rows[0].case
    act(centre.desk, number, WANDA, "claim")
    assert queues.ordered(reader)[2][0].status == "claimed"
    assert queues.after(reader, "1-1").is_whole
    act(centre.desk, number, WANDA, "release-claim")
    assert Queues(centre).ordered(reader)[2] == queues.ordered(reader)[2]


def test_a_day_that_is_forgotten_takes_what_was_read_of_it_out_of_memory(the_day, centre, hub, monkeypatch):
    queues, reader = queues_of(centre), ("CENTRE", "officer")
    readable = [row for row in queues.ordered(reader)[2] if row.crime_types]
    case = case_of(hub, readable[0].case)
    kept = hub.client.hget(f"oh:{{0}}:keys:{case.keeper}", case.day)
    monkeypatch.setattr(queues, "_looked", 0.0)
    queues.ordered(reader)
    hub.client.hdel(f"oh:{{0}}:keys:{case.keeper}", case.day)
    monkeypatch.setattr(queues, "_looked", 0.0)
    row = next(row for row in queues.ordered(reader)[2] if row.case == case.id)
    assert row.crime_types == row.handlings == ()
    hub.client.hset(f"oh:{{0}}:keys:{case.keeper}", case.day, kept)
    with queues._lock:
        queues._queues.clear()


def test_the_screen_shows_the_queue_and_the_log_knows_who_looked(the_day, as_person, hub):
    wanda = as_person("wanda")
    page = wanda.get("/watch?band=high")
    assert page.status_code == 200
    assert 'data-band="high' in page.text
    assert "exact-document" in page.text  # a choice
    line = json.loads(hub.client.xrevrange(STREAM, count=1)[0][1][b"event"])
    assert (line["action"], line["purpose"], line["detail"]["filters"]) == ("cases-listed", "inbound check", ["band"])


def test_filters_leave_what_they_say(the_day, as_person):
    wanda = as_person("wanda")
    every = wanda.get("/api/v1/watch").json()
    for name in ("status", "band", "handling", "crime_type", "state", "port"):
        for value in every["choices"][name]:
            some = wanda.get("/api/v1/watch", params={name: value}).json()
            assert 0 < some["found"] <= every["found"]
            assert some["open"] == every["open"]
    flight = every["rows"][0]["flight"]
    some = wanda.get("/api/v1/watch", params={"flight": flight[:3].lower()}).json()
    assert flight in {row["flight"] for row in some["rows"]}
    assert wanda.get("/api/v1/watch", params={"port": "ZZZ"}).json()["rows"] == []


@pytest.mark.parametrize("path", ["/watch", "/api/v1/watch"])
@pytest.mark.parametrize(
    "query", ["page=0", "page=99999999999999999999", "page=x", "status=" + "x" * 100, "flight=a&flight=b", "page=1e400"]
)  # fmt: skip
def test_what_makes_no_sense_is_told_in_words(the_day, as_person, path, query):
    assert as_person("wanda").get(f"{path}?{query}").status_code == 422


def test_odd_signs_in_filters_do_no_harm(the_day, as_person):
    page = as_person("wanda").get("/watch", params={"flight": "<script>\u202e", "port": "'\"><b>", "page": 3})
    assert page.status_code == 200
    assert "<script>\u202e" not in page.text
    assert "'\"><b>" not in page.text


@pytest.mark.parametrize("name", ["rita", "audra", "adam"])
def test_who_has_nothing_to_do_with_cases_is_refused(the_day, as_person, name):
    for path in ("/watch", "/watch/events", "/api/v1/watch/events", "/api/v1/watch/counters", "/api/v1/watch"):
        assert as_person(name).get(path).status_code == 403
    assert as_person(name).get("/acting").status_code in (200, 403)


def test_counters_count_the_readers_own_queue(the_day, as_person):
    wanda, lia = (as_person(name).get("/api/v1/watch/counters").json() for name in ("wanda", "lia"))
    assert wanda["open"] > lia["open"] > 0
    assert wanda["screened"] > 0
    assert wanda["completeness"] == 1.0
    assert wanda["due_soon"] == 0


def test_choices_are_the_outcomes_of_the_rules_in_their_order(the_day, as_person):
    def names(name):
        return [each["name"] for each in as_person(name).get("/api/v1/cases/choices").json()["outcomes"]]

    assert names("wanda")[:4] == ["confirmed", "not-the-person", "insufficient-data", "denied-boarding"]
    assert "refused-entry" not in names("wanda")
    assert "refused-entry" in names("lia")
    assert not {"suppressed", "withdrawn", "merged"} & set(names("wanda"))
    assert "denied-boarding" not in names("petra")
    assert names("pros") == []


# Acts that wait.


@pytest.fixture
def claimed(the_day, centre):
    number = a_case(centre)
    act(centre.desk, number, WANDA, "claim")
    yield number
    case = case_of(centre.hub, number)
    if centre.desk.table.is_done(case.status):
        act(centre.desk, number, WANDA, "reopen", {"reason": "test"})
    elif case.status == "claimed":
        act(centre.desk, number, WANDA, "release-claim")


def decide(centre, number, by=None, outcome="insufficient-data", **detail):
    return held.hold(centre, by or caller(), number, "decide", {"outcome": outcome, "reason": "no date"} | detail)


def make_due(hub):
    for name in hub.client.zrange("oh:{0}:acts:due", 0, -1):
        hub.client.zadd("oh:{0}:acts:due", {name: 1})


def test_a_held_act_is_nobodys_business_until_it_is_done_once(claimed, centre, hub):
    before = case_of(hub, claimed).events
    decide(centre, claimed)
    assert held.carry_out(centre) == 0
    assert case_of(hub, claimed).events == before
    assert b"no date" not in b"".join(hub.client.hvals("oh:{0}:acts:held"))
    make_due(hub)
    assert held.carry_out(centre) == 1
    assert held.carry_out(centre) == 0
    assert case_of(hub, claimed).outcome == "insufficient-data"
    assert case_of(hub, claimed).events == before + 1
    assert not any(hub.client.exists(f"oh:{{0}}:acts:{name}") for name in ("due", "held", "taken", "of", "place"))


def test_an_act_is_taken_back_by_who_did_it_alone(claimed, centre, hub):
    waits = decide(centre, claimed)
    with pytest.raises(MissingError):
        held.undo.run(centre, caller("sofia"), held.Which(waits.id))
    assert [each.case for each in held.held.run(centre, caller(), held.Nothing())] == [claimed]
    assert held.held.run(centre, caller("sofia"), held.Nothing()) == []
    with pytest.raises(ConflictError):
        decide(centre, claimed)
    assert held.undo.run(centre, caller(), held.Which(waits.id)).case == claimed
    make_due(hub)
    assert held.carry_out(centre) == 0
    with pytest.raises(MissingError):
        held.undo.run(centre, caller(), held.Which(waits.id))


def test_what_would_be_refused_now_is_refused_at_once(claimed, centre):
    for wrong in (
        {"outcome": "refused-entry"},
        {"outcome": "nonsense"},
        {"reason": " "},
        {"days": "x"},
        {"days": 10**400},
    ):
        with pytest.raises(ConfigError):
            decide(centre, claimed, **({"outcome": "not-the-person"} | wrong))
    with pytest.raises(ConfigError):
        held.hold(centre, caller(), claimed, "fly", {})
    with pytest.raises(ConfigError):
        decide(centre, claimed, reason="x" * 30_000)
    with pytest.raises(MissingError):
        decide(centre, 4)
    with pytest.raises(MissingError):  # of somebody to be protected it is not told that there is a case
        decide(centre, queue_of(centre, ("CENTRE", "protection"))[0])


def test_many_consoles_do_an_act_once(claimed, centre, hub):
    before = case_of(hub, claimed).events
    decide(centre, claimed)
    make_due(hub)
    done = []
    many = [threading.Thread(target=lambda: done.append(held.carry_out(centre))) for _ in range(6)]
    for each in many:
        each.start()
    for each in many:
        each.join()
    assert sum(done) == 1
    assert case_of(hub, claimed).events == before + 1


def test_an_act_of_a_console_that_died_is_taken_over_and_not_done_twice(claimed, centre, hub):
    before = case_of(hub, claimed).events
    decide(centre, claimed)
    make_due(hub)
    name, token, packed = waiting.due(hub)  # this console dies before it begins ...
    assert waiting.due(hub) is None
    make_due(hub)
    second = waiting.due(hub)  # ... and this one after it was done
    held._do(centre, msgspec.json.decode(second[2], type=held._Act), second[0])
    assert not waiting.finished(hub, name, token)
    make_due(hub)
    assert held.carry_out(centre) == 1
    assert case_of(hub, claimed).events == before + 1
    assert held.held_told.run(centre, caller(), held.Nothing()) == []


def test_what_is_refused_when_its_time_has_come_is_told_to_that_person(claimed, centre, hub):
    decide(centre, claimed)
    act(centre.desk, claimed, Actor("CENTRE", "sofia", "supervisor"), "decide", {"outcome": "confirmed", "reason": "papers"})  # fmt: skip
    make_due(hub)
    assert held.carry_out(centre) == 1
    told = held.held_told.run(centre, caller(), held.Nothing())
    assert [(each.case, each.outcome) for each in told] == [(claimed, "insufficient-data")]
    assert "confirmed" in told[0].why
    assert held.held_told.run(centre, caller("sofia"), held.Nothing()) == []
    act(centre.desk, claimed, WANDA, "decide", {"outcome": "silent-watch", "reason": "agreed"})


def test_rights_are_those_of_the_moment_in_which_it_is_done(claimed, centre, hub):
    decide(centre, claimed)
    kept = accounts.find(hub, "wanda")
    account = msgspec.json.decode(kept, type=Account)
    accounts.put(hub, "wanda", msgspec.json.encode(msgspec.structs.replace(account, disabled=True)))
    make_due(hub)
    assert held.carry_out(centre) == 1
    accounts.put(hub, "wanda", kept)
    assert case_of(hub, claimed).status == "claimed"


def test_checking_does_nothing(claimed, centre, hub):
    before = case_of(hub, claimed)
    check(centre.desk, claimed, WANDA, "decide", {"outcome": "not-the-person", "reason": "x"})
    assert case_of(hub, claimed) == before


# The stream.


def lines_of(streams, listener, wanted, seconds=4.0):
    """Return events of a listener, by name, until one of a name is there."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        listener.loop.run(0.05)
        while not listener.events.empty():
            data = listener.events.get_nowait()
            found += [("end", None)] if data is None else parsed(data)
        if any(name == wanted for name, _ in found):
            return found
    raise AssertionError(f"no {wanted} in {found}")


def parsed(data):
    for block in data.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            yield fields["event"], json.loads(fields["data"])


class Loop:
    """A loop that runs what it is given when it is told to."""

    def __init__(self):
        self._calls = []

    def is_closed(self):
        return False

    def call_soon_threadsafe(self, call, *arguments):
        self._calls.append((call, arguments))

    def run(self, wait):
        time.sleep(wait)
        while self._calls:
            call, arguments = self._calls.pop(0)
            call(*arguments)


@pytest.fixture
def listen(the_day, app, hub):
    streams, opened = app.state.streams, []

    def listening(name, state, role, acts_as, language="en"):
        token, _ = sessions.begin(hub, name)
        listener = events.Listener(User(name, state, role, language), token, False, (state, acts_as, language), Loop())
        at = queues_of(app.state.centre).ordered((state, acts_as))[0]
        streams._join(listener, at)
        opened.append(listener)
        return listener

    yield listening
    with streams._lock:
        streams._listeners -= set(opened)


def test_a_change_is_told_to_who_may_see_it_and_to_nobody_else(listen, centre, app):
    officer = listen("wanda", "CENTRE", "watch-officer", "officer")
    abroad = listen("lia", "BRB", "liaison", "officer", "")
    mine = set(queue_of(centre, ("BRB", "officer")))
    other = next(each for each in queue_of(centre, ("CENTRE", "officer")) if each not in mine)
    lines_of(app.state.streams, officer, "counters")
    lines_of(app.state.streams, abroad, "counters")
    act(centre.desk, other, WANDA, "claim")
    told = lines_of(app.state.streams, officer, "rows")
    row = next(said for name, said in told if name == "rows")["rows"][0]
    assert row["case"] == other
    assert "CENTRE/wanda" in row["html"]
    abroad.loop.run(1.5)
    rest = [each for _ in range(abroad.events.qsize()) for each in parsed(abroad.events.get_nowait())]
    assert not any(name == "rows" for name, _ in rest)
    act(centre.desk, other, WANDA, "release-claim")


def test_a_stream_ends_with_its_session(listen, app, hub):
    listener = listen("wanda", "CENTRE", "watch-officer", "officer")
    sessions.end(hub, listener.token)
    names = [name for name, _ in lines_of(app.state.streams, listener, "end", 8)]
    assert names[-2:] == ["ended", "end"]


def test_a_hub_that_is_away_is_told_and_followed_again_when_it_is_back(listen, app, monkeypatch):
    listener = listen("wanda", "CENTRE", "watch-officer", "officer")
    lines_of(app.state.streams, listener, "counters")
    asked = app.state.streams._changed

    def gone():
        monkeypatch.setattr(app.state.streams, "_changed", asked)
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(app.state.streams, "_changed", gone)
    lines_of(app.state.streams, listener, "away")
    lines_of(app.state.streams, listener, "counters", 9)


def test_who_reads_too_slowly_is_told_to_look_anew():
    listener = events.Listener(User("a", "CENTRE", "x"), "", False, ("CENTRE", "officer", ""), Loop())
    for _ in range(200):
        listener.offer(events.event("rows", {}))
    assert listener.events.qsize() <= 64
    names = [name for _ in range(listener.events.qsize()) for name, _ in parsed(listener.events.get_nowait())]
    assert "whole" in names


def test_a_stream_is_told_what_changed_since_a_place_and_may_not_be_asked_for_nonsense(the_day, as_person):
    assert as_person("wanda").get("/watch/events?since=<x>").status_code == 422
    assert as_person("wanda").get("/watch/events", headers={"last-event-id": "x" * 500}).status_code == 422


def test_new_cases_come_into_the_queue(the_day, centre, hub):
    before = set(queue_of(centre, ("CENTRE", "officer")))
    another_flight(hub)
    assert set(queue_of(centre, ("CENTRE", "officer"))) - before


def test_a_page_holds_a_hundred_and_the_next_goes_on(the_day, centre, as_person):
    queues, reader = queues_of(centre), ("CENTRE", "officer")
    some = queues.ordered(reader)[2][0]
    queue = queues._queues[reader]
    queue.rows |= {number: msgspec.structs.replace(some, case=number) for number in range(1, 251)}
    queue.version += 1
    wanda = as_person("wanda")
    pages = [wanda.get(f"/api/v1/watch?page={page}").json() for page in (1, 2, 3, 9)]
    assert [len(each["rows"]) for each in pages[:2]] == [100, 100]
    assert pages[2] | {"now": 0} == pages[3] | {"now": 0}
    numbers = [row["case"] for each in pages[:3] for row in each["rows"]]
    assert len(numbers) == len(set(numbers)) == pages[0]["found"]
    page = wanda.get("/watch?page=2&status=new").text
    assert "/watch?status=new&amp;page=3" in page
    with queues._lock:
        queues._queues.clear()


def test_the_deciding_part_fetches_itself_where_a_page_does_not_bring_it(as_person):
    assert 'hx-get="/acting"' in render("part_acting.html", "en")
    told = as_person("wanda").get("/acting", headers={"hx-request": "true"}).text
    assert 'data-outcome="not-the-person"' in told
    assert "<html" not in told


def test_queues_are_made_for_all_who_have_accounts_and_each_case_is_opened_once(the_day, centre, hub, monkeypatch):
    opened, real, here = [], sight.opened_bundle, threading.get_ident()

    def counted(hub, case, *more):
        if threading.get_ident() == here:  # streams of other tests may still be at it
            opened.append(case.id)
        return real(hub, case, *more)

    monkeypatch.setattr(sight, "opened_bundle", counted)
    queues = Queues(centre)
    readers = readers_of(centre)
    assert {("CENTRE", "officer"), ("CENTRE", "supervisor"), ("CENTRE", "protection")} <= readers
    queues.expect(readers)
    assert queues.warm() == len(readers)
    assert len(opened) == len(open_ones(centre.desk, "CENTRE"))
    assert queues.warm() == 0
    before = len(opened)
    found = {reader: queues.ordered(reader)[2] for reader in readers}
    assert len(opened) == before  # who looks finds them ready
    for reader, rows in found.items():
        assert rows == Queues(centre).ordered(reader)[2]


def test_who_looks_does_not_wait_for_cases_that_others_open(the_day, centre, monkeypatch):
    queues = Queues(centre)
    queues.ordered(("CENTRE", "officer"))
    act(centre.desk, a_case(centre), WANDA, "claim")
    began, goes_on, real = threading.Event(), threading.Event(), queue.worked_out

    def slow(*args):
        began.set()
        goes_on.wait(20)
        return real(*args)

    monkeypatch.setattr(queue, "worked_out", slow)
    other = threading.Thread(target=queues.ordered, args=(("CENTRE", "officer"),))
    other.start()
    assert began.wait(10)
    assert queues.ordered(("CENTRE", "officer"))[2]  # as it was a moment ago
    assert not goes_on.is_set()
    goes_on.set()
    other.join(20)


def test_a_page_asks_once_which_rules_hold_and_the_next_page_asks_again(the_day, centre, as_person, monkeypatch):
    asked, real = [], in_centre.rules_in_force
    monkeypatch.setattr(in_centre, "rules_in_force", lambda hub: asked.append(1) or real(hub))
    client = as_person("wanda")
    client.get("/watch")
    assert len(asked) == 1
    client.get("/watch")
    assert len(asked) == 2
