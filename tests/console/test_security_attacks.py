"""What an attacker would try who knows a name, has an account, or only a line to us."""

import json
import re
import threading
import time
import zlib
from types import SimpleNamespace
from urllib.parse import urlencode

import msgspec
import polars as pl
import pytest
from starlette.testclient import TestClient

from ops_hub.access.accounts import Account
from ops_hub.access.roles import role_table
from ops_hub.casework.case import Actor
from ops_hub.console import background, events
from ops_hub.console.app import create_app
from ops_hub.console.settings import Paces, Settings
from ops_hub.desk.filing import cases_of
from ops_hub.desk.sight import seen_of
from ops_hub.errors import AccessError
from ops_hub.service.cases import held
from ops_hub.service.index import OPERATIONS
from ops_hub.service.people import entering, staff
from ops_hub.service.rules import backtest as rule_backtest
from ops_hub.service.rules import drafts as rule_drafts
from ops_hub.service.table import call
from ops_hub.service.watching.queue import queues_of
from ops_hub.store import accounts, browsers, drafts, sessions, waiting
from ops_hub.store.audit import STREAM
from ops_hub.store.hub import key
from ops_hub.store.throttle import Pace
from tests.console.asking import Person, arguments_of
from tests.console.people import PEOPLE
from tests.console.test_access_table import sent

GOOD = "four kites over sand"
FREE = Paces(*(Pace(100_000, 100_000),) * 3)
SQL = (
    "' OR '1'='1", "1; DROP TABLE cases;--", "' UNION SELECT password FROM accounts--", '") OR 1=1 --', "admin'/*", "1' AND SLEEP(5)='",
    "\r\nFLUSHALL\r\n", "*1\r\n$8\r\nFLUSHALL\r\n", "x\r\nDEL console:accounts\r\n", "return redis.call('FLUSHALL')", "{console}:accounts",
    "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "....//....//x", "/etc/passwd", "file:///etc/passwd", "C:\\Windows\\win.ini",
    "{{7*7}}", "${7*7}", "%(name)s", "%s%n", "$(id)", "`id`", "|id", "=cmd|' /C calc'!A0",
)  # fmt: skip


@pytest.fixture(scope="module")
def free(centre):
    return create_app(centre, Settings(paces=FREE))


@pytest.fixture
def person(hub, request):
    name = f"a{zlib.crc32(request.node.name.encode()) % 10**9}"
    staff.add(hub, None, staff.KEYBOARD, name, "watch-officer", "CENTRE", password=GOOD, must_change=False)
    return name


def browser(centre, number):
    return TestClient(create_app(centre), follow_redirects=False, client=(f"198.51.101.{number}", 1))


def enter(client, name, password=GOOD):
    return client.post("/sign-in", data={"name": name, "password": password, "next": "/me"})


def lines(hub, since="-"):
    return [json.loads(fields[b"event"]) for _, fields in hub.client.xrange(STREAM, since, "+")]


def now_in(hub):
    found = hub.client.xrevrange(STREAM, "+", "-", count=1)
    return "(" + found[0][0].decode() if found else "-"


def test_who_knows_a_name_cannot_keep_its_owner_out(centre, hub, person):
    own, stranger = browser(centre, 1), browser(centre, 2)
    assert enter(own, person).status_code == 303
    own.cookies.delete("ops_hub_session")
    for _ in range(7):
        enter(stranger, person, "wrong")
    assert enter(stranger, person).status_code == 429
    assert enter(browser(centre, 3), person).status_code == 429, "a browser that nobody knows waits like others"
    assert enter(own, person).status_code == 303, "their own browser is let in"


def test_a_browser_that_is_known_has_no_more_tries_than_others_and_opens_nothing(centre, hub, person):
    own = browser(centre, 4)
    enter(own, person)
    own.cookies.delete("ops_hub_session")
    assert own.get("/me").status_code == 303
    told = [enter(own, person, "wrong").status_code for _ in range(6)]
    assert told == [401] * 5 + [429]
    staff.give_password(hub, staff.KEYBOARD, person, "five terns at noon", must_change=False)
    assert enter(own, person, "five terns at noon").status_code == 303


def test_a_browser_is_known_for_one_account_alone_and_by_its_whole_token(hub, person):
    token = browsers.remember(hub, "", person)
    assert browsers.known(hub, token, person)
    assert not browsers.known(hub, token, "adam")
    assert not browsers.known(hub, token[:-1], person)
    assert not browsers.known(hub, "", person)
    assert browsers.remember(hub, token, person) == token
    assert browsers.remember(hub, token, "adam") != token


def test_strangers_do_not_keep_somebody_inside_from_taking_another_password(centre, hub, person):
    own, stranger = browser(centre, 5), browser(centre, 6)
    enter(own, person)
    for _ in range(7):
        enter(stranger, person, "wrong")
    csrf = own.get("/password").text.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": csrf, "old": GOOD, "new": "five terns at noon", "again": "five terns at noon"}
    assert own.post("/password", data=form).status_code == 303


def test_a_crowd_at_the_door_leaves_threads_to_those_inside(centre, hub, person, monkeypatch):
    gone = threading.Event()
    monkeypatch.setattr(entering, "matches", lambda *_: not gone.wait(10))
    with TestClient(create_app(centre, Settings(paces=FREE)), follow_redirects=False) as client:
        token, _ = sessions.begin(hub, "wanda")
        crowd = [threading.Thread(target=enter, args=(client, f"n{n}", "x")) for n in range(60)]
        for each in crowd:
            each.start()
        time.sleep(0.3)
        begun = time.monotonic()
        assert client.get("/me", headers={"cookie": f"ops_hub_session={token}"}).status_code == 200
        assert time.monotonic() - begun < 5
        gone.set()
        for each in crowd:
            each.join()


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS.values() if each.personal or each.export], ids=lambda each: each.name
)
def test_whatever_is_read_about_people_stands_in_the_log_with_its_purpose(operation, hub, free, the_day):
    path, query, body = sent(operation)
    path = path.replace("/lists/x", "/lists/jam-missing")
    for role in role_table().role:
        if not role_table().may(role.name, operation.name):
            continue
        state = "CENTRE" if "centre" in role.at else "BRB"
        accounts.put(hub, "reader", msgspec.json.encode(Account("reader", state, role.name, "", hub.now())))
        token, session = sessions.begin(hub, "reader")
        for case in the_day if "{case}" in operation.path else (1,):
            since = now_in(hub)
            told = Person(free, token, session.csrf).ask(
                operation.method, path.replace("/cases/1", f"/cases/{case}"), body, query
            )
            said = [each for each in lines(hub, since) if each["purpose"] == "check" and "/reader:" in each["by"]]
            assert said or told.status >= 400, (role.name, told.body[:200])
            own = [each for each in said if each["about"] == operation.name]
            if not operation.audited and told.status != 422:
                assert set(own[0]["detail"].get("of", ())) >= set(re.findall(r"{(\w+)", operation.path)), (
                    "and what it was"
                )


def test_the_log_says_whose_manifest_was_read(hub, as_person, the_day):
    since = now_in(hub)
    as_person("wanda").get("/api/v1/manifests/people", params={"manifest_id": "BW432/2026-11-20/POS-BGI"})
    said = next(each for each in lines(hub, since) if each["about"] == "manifests.people")
    assert said["detail"] == {"of": {"manifest_id": "BW432/2026-11-20/POS-BGI"}}
    assert said["purpose"] == "inbound check"


def test_what_was_searched_for_is_not_in_the_log(hub, as_person, the_day):
    since = now_in(hub)
    as_person("luis").post("/api/v1/lists/hnd-wanted/entries", json={"text": "Zebedee Quux"})
    as_person("wanda").post("/api/v1/networks/live/search", json={"text": "Zebedee Quux"})
    as_person("wanda").post("/api/v1/why-not", json={"name": "Zebedee Quux", "entry_name": "Zebedee Quux"})
    assert len(lines(hub, since)) >= 3
    assert "zebedee" not in json.dumps(lines(hub, since)).lower()


@pytest.mark.parametrize("purpose", ["x" * 201, "one\x1b[2J", "right\u202eleft", "x" * 100_000])
def test_no_purpose_floods_the_log_or_steers_who_reads_it(as_person, the_day, purpose):
    client = as_person("wanda")
    told = client.post(
        "/network/live/export", data={"form": "csv", "why": purpose, "csrf": client.headers["x-csrf-token"]}
    )
    assert told.status_code == 422


def test_names_that_people_type_are_in_no_address(free, the_day):
    """An address is written down by proxies and browsers: what takes free text about somebody takes it by POST."""
    for name in ("networks.search", "networks.path", "lists.entries", "whynot.ask", "match.batch", "match.all"):
        assert OPERATIONS[name].method == "POST", name


def test_every_case_that_is_not_theirs_looks_like_none_at_all(the_day, hub, centre, free):
    asked = [each for each in OPERATIONS.values() if "{case}" in each.path]
    for name, (state, role) in PEOPLE.items():
        acts_as = role_table().find(role).acts_as
        if not acts_as:
            continue
        mine = set(seen_of(centre.desk, the_day, Actor(state, name, acts_as)))
        others = [each for each in the_day if each not in mine][:3]
        token, session = sessions.begin(hub, name)
        one = Person(free, token, session.csrf)
        for operation in asked:
            if not role_table().may(role, operation.name):
                continue
            body = {} if operation.method == "GET" else {"verb": "note", "detail": {"reason": "x"}}
            body = {key: value for key, value in body.items() if key in operation.fields}
            sent_ = json.dumps(body).encode() if body else b""
            told = []
            for number in (987654321, *others):
                path = "/api/v1" + operation.path.replace("{case}", str(number))
                got = one.ask(operation.method, path, sent_, urlencode({}).encode())
                told.append((got.status, got.body.decode().replace(str(number), "N")))
            assert len(set(told)) == 1, (name, operation.name, told)


def test_a_state_reaches_no_case_of_others_by_any_screen(the_day, hub, centre, free):
    mine = set(seen_of(centre.desk, the_day, Actor("BRB", "lia", "officer")))
    others = [each for each in the_day if each not in mine]
    assert others
    token, session = sessions.begin(hub, "lia")
    sessions.change(hub, token, msgspec.structs.replace(session, purpose="inbound check"))
    for route in free.routes:
        path = getattr(route, "path", "")
        if "{case}" in path and "GET" in getattr(route, "methods", ()):
            told = Person(free, token, session.csrf).ask("GET", path.replace("{case}", str(others[0])))
            assert told.status in (403, 404), path


@pytest.mark.wide
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda each: each.name)
def test_no_injected_word_is_more_than_a_word(operation, hub, free, the_day):
    if operation.name.startswith(("me.", "accounts.")) and operation.method != "GET":
        pytest.skip("they change accounts: names are held against a pattern")
    role = next(each for each in role_table().role if role_table().may(each.name, operation.name))
    state = "CENTRE" if "centre" in role.at else "BRB"
    accounts.put(hub, "typist", msgspec.json.encode(Account("typist", state, role.name, "", hub.now())))
    token, session = sessions.begin(hub, "typist")
    people, keys = hub.client.hlen(key("console", "accounts")), hub.client.dbsize()
    least, texts = arguments_of(operation.asked), [f.name for f in msgspec.structs.fields(operation.asked)]
    for place, evil in enumerate(SQL):
        given = {name: value for name, value in least.items() if f"{{{name}}}" not in operation.path}
        if texts and (field := texts[place % len(texts)]) and f"{{{field}}}" not in operation.path:
            given[field] = evil
        path = "/api/v1" + re.sub(
            r"{\w+}", lambda _, evil=evil: evil.replace("/", "%2F").replace("\r\n", " "), operation.path
        )
        query = urlencode(given, doseq=True).encode() if operation.method == "GET" else b""
        body = json.dumps(given).encode() if operation.method != "GET" else b""
        told = Person(free, token, session.csrf).ask(operation.method, path, body, query)
        assert told.status not in (500, 502), (evil, told.body[:200])
        assert b"root:" not in told.body
    assert hub.client.hlen(key("console", "accounts")) == people > 10
    assert hub.client.dbsize() >= keys - 20  # nothing was emptied; some keys go by themselves


def test_files_that_leave_are_saved_and_never_pages_of_ours(as_person, the_day):
    client, number = as_person("pros"), the_day
    made = next(
        told
        for case in number
        if (
            told := client.post(f"/api/v1/cases/{case}/package", headers={"x-purpose": "for the prosecutor"})
        ).status_code
        == 200
    )
    assert made.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in made.headers["content-security-policy"]


def test_one_act_that_nobody_foresaw_does_not_keep_others_waiting(centre, hub, monkeypatch, capsys):
    told, ending = [], threading.Event()

    def carry_out(_):
        told.append(1)
        if len(told) == 1:
            raise KeyError("secret words of somebody")
        ending.set()

    monkeypatch.setattr(background, "carry_out", carry_out)
    monkeypatch.setattr(background, "_EVERY", 0.01)
    background._carrying_out(centre, ending)
    assert len(told) == 2
    said = capsys.readouterr().err
    assert "KeyError" in said
    assert "secret" not in said


def test_a_fault_while_following_does_not_end_all_streams(centre, hub, the_day, monkeypatch, capsys):
    streams = events.Streams(centre)
    told = []

    def count():
        told.append(1)
        if len(told) < 3:
            raise KeyError("odd")
        with streams._lock:
            streams._listeners.clear()

    monkeypatch.setattr(events, "_COUNTERS", 0.0)
    monkeypatch.setattr(events, "_PACE", 0.01)
    monkeypatch.setattr(streams, "_changed", lambda: None)
    monkeypatch.setattr(streams, "_count", count)
    monkeypatch.setattr(streams, "_send", lambda *_: None)
    streams._listeners.add(object())
    streams._following = True
    streams._follow()
    assert len(told) == 3
    assert "streams of events" in capsys.readouterr().err


def test_a_draft_that_is_being_put_in_force_cannot_be_rejected_meanwhile(centre, hub, monkeypatch):
    monkeypatch.setattr(rule_drafts, "_PATIENCE", 0.05)
    rita = Account("rita", "CENTRE", "rule-author", "", hub.now()).user
    with drafts.alone(hub, "draft abc"):
        for name in ("rules.reject", "rules.approve"):
            with pytest.raises(Exception, match="somebody else is at it"):
                call(centre, rita, OPERATIONS[name], {"draft": "abc", "version": 1, "reason": "no"})


def test_an_administrator_who_reads_about_people_is_refused_by_every_way(free, hub):
    token, session = sessions.begin(hub, "adam")
    for operation in OPERATIONS.values():
        if operation.personal or operation.export:
            path, query, body = sent(operation)
            assert Person(free, token, session.csrf).ask(operation.method, path, body, query).status == 403, (
                operation.name
            )


def test_only_lists_take_files(as_person):
    big = b"x" * 1_500_000
    client = as_person("luis")
    assert client.post("/me", files={"f": ("x.csv", big)}).status_code == 413
    assert client.post("/lists/hnd-wanted", files={"f": ("x.csv", big)}).status_code != 413


def test_a_wrong_password_is_told_alike_for_who_has_an_account_and_who_has_not(centre, hub, person):
    with pytest.raises(AccessError) as one:
        entering.enter(hub, person, "wrong", "198.51.101.90")
    with pytest.raises(AccessError) as other:
        entering.enter(hub, "nobody-at-all", "wrong", "198.51.101.91", "a-browser")
    assert str(one.value) == str(other.value)


def a_held(centre, by="wanda"):
    """Hold a note of somebody on a case, and let it be due."""
    actor = Account(by, *PEOPLE[by], "", centre.hub.now()).user
    case = next(row.case for row in queues_of(centre).ordered(("CENTRE", "officer"))[2])
    told = call(
        centre,
        actor,
        OPERATIONS["cases.act"],
        {"case": case, "verb": "note", "detail": {"reason": "seen"}, "hold": True},
        "check",
    )
    centre.hub.client.zadd(key("acts", "due"), {told.held.id: 0})
    return case


def test_an_act_that_falls_over_is_told_of_and_does_not_come_back(centre, hub, the_day, monkeypatch):
    case = a_held(centre)
    monkeypatch.setattr(held, "_do", lambda *_: {}["nobody foresaw"])
    assert held.carry_out(centre) == 1
    mine = call(centre, Account("wanda", *PEOPLE["wanda"], "", hub.now()).user, OPERATIONS["cases.held_told"], {})
    assert any(each.case == case and "a fault of ours" in each.why and "foresaw" not in each.why for each in mine)
    assert held.carry_out(centre) == 0


def test_an_act_of_another_release_is_let_go(centre, hub):
    name = waiting.put(hub, b'{"another": "form"}', "1 x", 0.0)
    assert held.carry_out(centre) == 1
    assert waiting.find(hub, name) is None


def test_a_back_test_of_few_travellers_does_not_tell_what_came_of_them():
    people = pl.DataFrame(
        {
            "record_id": [f"r{n}" for n in range(12)],
            "day ": [None] * 12,
            "few": [n == 3 for n in range(12)],
            "many": [True] * 12,
        }
    )
    outcomes = pl.DataFrame(
        {"record_id": ["r3"], "rule_id": [None], "outcome": ["confirmed"]}, schema_overrides={"rule_id": pl.String}
    )

    def told(name):
        rule = SimpleNamespace(
            id=name, condition=SimpleNamespace(columns=["bags"]), written=SimpleNamespace(title=name)
        )
        return rule_backtest._figures(people, rule, ["few", "many"], outcomes)

    few, many = told("few"), told("many")
    assert few.flags == 1
    assert (few.confirmed, few.cleared, few.undecided, few.precision) == (None,) * 4
    assert (many.flags, many.confirmed) == (12, 1)


def test_a_back_test_counts_no_case_about_somebody_to_be_protected(centre, the_day, monkeypatch):
    desk = centre.desk
    cases = cases_of(desk.hub, the_day)
    guarded = {
        each for case in cases.values() for each in case.records if any(hit.handling == "protect" for hit in case.hits)
    }
    assert guarded
    monkeypatch.setattr(rule_backtest, "confirms", lambda *_: True)
    said = set(rule_backtest._outcomes(desk)["record_id"])
    assert said
    assert not said & guarded


def test_who_answers_for_a_list_does_not_learn_which_protected_entry_was_met(as_person, hub, the_day):
    accounts.put(hub, "sue", msgspec.json.encode(Account("sue", "JAM", "supervisor", "", hub.now())))
    client = as_person("sue")
    told = client.post("/api/v1/lists/jam-missing/entries", json={"never_hit": True})
    assert told.status_code == 200
    assert all(not each["withheld"] for each in told.json()["entries"])
