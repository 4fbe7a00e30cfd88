"""What people send to hurt: in names, purposes, notes, numbers, files, JSON. Over the tables, so that what is added is tried too."""

import datetime
import enum
import inspect
import json
import re
import types
import typing
from collections import Counter
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from ops_hub.access.roles import role_table
from ops_hub.console.app import create_app
from ops_hub.console.asked import _file_name
from ops_hub.console.pages import render
from ops_hub.console.settings import Paces, Settings
from ops_hub.service.index import OPERATIONS
from ops_hub.store import accounts, sessions
from ops_hub.store.throttle import Pace
from tests.console.asking import Person, arguments_of
from tests.console.people import PEOPLE

FREE = Pace(100_000, 100_000)
EVIL = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "' onmouseover='alert(1)", "{{ 7*7 }}",
    "x\r\nSET oh:{0}:evil 1\r\n", "*3\r\n$3\r\nSET\r\n$4\r\nevil\r\n$1\r\n1\r\n", "'; DROP TABLE hits; --", "1) OR (1=1", "return redis.call('FLUSHALL')",
    "../../../../etc/passwd", "..\\..\\x", "/etc/passwd", "%2e%2e%2f", "\x00", "\ud800", "\u202e\u200b", "9" * 400, "-1", "NaN", "1e999", "null", "[]", "{}",
    "x" * 5000, "٣", "İ", "%s%n", "$(id)", "=cmd()", "*", "?", "(a+)+$",
)  # fmt: skip
SIGNS = "aZ09 ._-/:*'\"<>&%{}\\\r\n\t\x00\x7fñßİ٣中\u202e\u200b\ufeff\ud800\U0001f600"
BY = {name: by for by, (_, role) in PEOPLE.items() for name in OPERATIONS if role_table().may(role, name)}


@pytest.fixture(scope="module")
def free(centre):
    return create_app(centre, Settings(paces=Paces(FREE, FREE, FREE)))


@pytest.fixture
def as_they_were(hub):
    """People whose accounts are afterwards what they were: some of what is tried signs them out everywhere."""
    kept = {name: accounts.find(hub, name) for name in PEOPLE}
    yield
    for name, account in kept.items():
        accounts.put(hub, name, account)


@pytest.fixture(scope="module")
def asking(free, hub, the_day):
    """Carry out an operation as somebody whose role may; everybody is signed in anew where an operation ended that."""
    held = {}

    def asked(operation, arguments, raw=None):
        by = BY.get(operation.name)
        if by is None:
            return None
        path, rest = "/api/v1" + operation.path, dict(arguments)
        for name in re.findall(r"{(\w+)(?::\w+)?}", operation.path):
            value = rest.pop(name, "x")
            told = value if isinstance(value, str) else json.dumps(value)
            path = re.sub(
                rf"{{{name}(?::\w+)?}}",
                lambda _, told=told: told.encode("utf-8", "replace").decode().replace("/", "%2F"),
                path,
            )
        query, body = b"", b""
        if operation.method == "GET":
            query = urlencode({name: _text(value) for name, value in rest.items()}, doseq=True).encode()
        else:
            body = raw if raw is not None else json.dumps(rest).encode()
        if by not in held:
            held[by] = sessions.begin(hub, by)
        told = Person(free, held[by][0], held[by][1].csrf).ask(operation.method, path, body, query)
        if operation.name in ("me.sign-out",):
            held.pop(by)
        return told

    return asked


def _text(value):
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return [_text(each) for each in value] if isinstance(value, list) else json.dumps(value)


SKIPPED = {
    "me.sign-out",
    "me.password",
    "accounts.disable",
    "accounts.change",
    "accounts.sign-out",
    "accounts.reset",
}  # they end people's sessions; tried below with names of nobody
TRIED = [each for each in OPERATIONS.values() if each.name not in SKIPPED]


@pytest.mark.parametrize("operation", TRIED, ids=lambda each: each.name)
def test_no_text_breaks_anything_in_any_field(operation, asking):
    least = arguments_of(operation.asked)
    at = TRIED.index(operation)
    for place, field in enumerate(msgspec.structs.fields(operation.asked)):
        for evil in EVIL[(at + place) % 4 :: 4]:  # each operation gets a part; all of them together get everything
            told = asking(operation, least | {field.name: evil})
            if told is None:
                pytest.skip("nobody may")
            assert told.status != 500, (field.name, evil[:50], told.body[:300])
            page = "text/html" in told.headers.get("content-type", "")
            taken_away = told.headers.get("content-disposition", "").startswith("attachment")
            assert taken_away or not page, "the API never shows a page"


@pytest.mark.parametrize("operation", [each for each in TRIED if each.method != "GET"], ids=lambda each: each.name)
def test_no_json_breaks_anything(operation, asking):
    deep = 100_000
    for raw in (
        b"[" * deep, b'{"a":' * deep, b"[" * deep + b"]" * deep, b"{", b"null", b"1", b'"x"', b"[]", b"\xff\xfe", b'{"\\ud800":1}', b'{"a":"\\ud800"}',
        b'{"a":1e400}', b'{"a":' + b"9" * 5000 + b"}", b'{"a":NaN}', b'{"a":1,"a":2}', b'{"__proto__":{"x":1}}', b"<?xml version='1.0'?><!DOCTYPE a>",
    ):  # fmt: skip
        told = asking(operation, arguments_of(operation.asked), raw)
        if told is None:
            pytest.skip("nobody may")
        assert told.status != 500, (raw[:40], told.body[:300])
        assert told.status in range(200, 600)


def words(most):
    return st.text(SIGNS, max_size=most)


def anything(kind):
    """A strategy for values of a type: mostly right, sometimes anything at all."""
    return st.one_of(
        _right(kind),
        _right(kind),
        st.sampled_from(EVIL),
        st.none(),
        st.integers(),
        st.floats(),
        st.lists(words(3), max_size=2),
    )


def _right(kind):
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return _right(typing.get_args(kind)[0])
    if origin is typing.Literal:
        return st.sampled_from(typing.get_args(kind))
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*[_right(each) for each in typing.get_args(kind)])
    if origin in (list, set, frozenset, tuple):
        return st.lists(_right((typing.get_args(kind) or (str,))[0]), max_size=3)
    if origin is dict or kind is dict or origin is typing.get_origin(typing.Mapping[str, str]):
        return st.dictionaries(words(5), words(5), max_size=2)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return given_of(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from([each.value for each in kind])
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.one_of(st.integers(-3, 50), st.integers())
    if kind is float:
        return st.floats()
    if kind in (datetime.date, datetime.datetime):
        return (st.dates() if kind is datetime.date else st.datetimes()).map(lambda each: each.isoformat())
    return st.one_of(st.none(), words(30)) if kind is typing.Any else words(30)


def given_of(asked):
    hints = typing.get_type_hints(asked, include_extras=True)
    needed = {each.name: anything(hints[each.name]) for each in msgspec.structs.fields(asked) if each.required}
    more = {each.name: anything(hints[each.name]) for each in msgspec.structs.fields(asked) if not each.required}
    return st.fixed_dictionaries(needed, optional=more)


@pytest.mark.parametrize("operation", TRIED, ids=lambda each: each.name)
def test_whatever_is_asked_there_is_an_answer_and_no_fault(operation, asking):
    seen = Counter()

    @settings(max_examples=10, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(given_of(operation.asked))
    def tried(arguments):
        told = asking(operation, arguments)
        if told is not None:
            seen[told.status] += 1
            assert told.status != 500, (arguments, told.body[:300])

    tried()
    if not seen:
        pytest.skip("nobody may")


def _words_of(route):
    """The names that a screen reads from addresses and forms, as its module writes them."""
    show = inspect.getclosurevars(route.endpoint).nonlocals.get("show")
    text = inspect.getsource(inspect.getmodule(show)) if show else ""
    return sorted({*re.findall(r"""(?:query|form)(?:\.get\(|\[)"(\w+)\"""", text), "q", "state", "page"})


def test_no_address_and_no_form_of_any_screen_is_a_fault(free, hub, the_day, as_they_were):
    for at, route in enumerate(
        each for each in free.routes if isinstance(each, Route) and not each.path.startswith("/sign-in")
    ):
        for turn, evil in enumerate(EVIL[at % 4 :: 4]):
            by = list(PEOPLE)[(at + turn) % len(PEOPLE)]
            sound = evil.encode("utf-8", "replace").decode()
            fields = urlencode({name: sound for name in _words_of(route)}).encode()
            for path in {
                re.sub(r"{\w+(?::\w+)?}", lambda _, sound=sound: sound.replace("/", "") or "x", route.path),
                re.sub(r"{\w+(?::\w+)?}", "1", route.path),
            }:
                token, session = sessions.begin(hub, by)
                person = Person(free, token, session.csrf)
                if "GET" in route.methods:
                    told = person.ask("GET", path, query=fields)
                else:
                    told = person.ask("POST", path, fields, content_type="application/x-www-form-urlencoded")
                assert told.status != 500, (route.path, by, evil[:40])


def test_names_of_nobody_end_nobodys_session(asking):
    for name in sorted(SKIPPED & {each for each in OPERATIONS if each.startswith("accounts.")}):
        for evil in EVIL:
            told = asking(
                OPERATIONS[name], {"name": evil, "role": "auditor"} if name == "accounts.change" else {"name": evil}
            )
            assert told.status in (404, 405, 422), (name, evil[:40], told.status)


@pytest.mark.parametrize("evil", EVIL[:5])
def test_what_people_type_is_text_on_every_page(as_person, evil):
    client = as_person("adam")
    shown = [
        client.post("/accounts", data={"name": evil, "role": evil, "state": evil}).text,
        client.post("/accounts/adam/token", data={"use": evil, "days": "1"}).text,
        client.get(f"/accounts/{quote(evil, safe='')}").text,
        client.get("/sign-in", params={"next": evil}).text,
        client.get(f"/{quote(evil, safe='')}").text,
    ]
    client.post("/me", data={"purpose": evil, "back": "/me"})
    shown.append(client.get("/me").text)
    for text in shown:
        for tag in re.findall(r"<[^>]*>", text):
            assert not re.search(r"\son\w+=|javascript:|<script>|<img", re.sub(r'"[^"]*"', '""', tag)), tag
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "49" not in re.findall(r"\{\{.*?\}\}|>49<", text)
    if evil.startswith("<script>"):
        assert "&lt;script&gt;" in shown[-1]


def test_a_purpose_keeps_no_sign_that_steers_and_is_cut(as_person):
    client = as_person("wanda")
    client.post("/me", data={"purpose": "a\r\nb\x00\x1b[31m" + "x" * 500, "back": "/me"})
    assert 'value="a b[31m' + "x" * 100 in client.get("/me").text


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=y",
        "\\\\evil",
    ],
)
def test_no_form_leads_elsewhere(as_person, back):
    assert as_person("wanda").post("/me", data={"back": back}).headers["location"] == "/"


@pytest.mark.parametrize(
    ("told", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\list.csv", "list.csv"), ("..", ""), ("a\x00b\r\nc.csv", "abc.csv"), (None, ""), ("x" * 300, "x" * 100), (".hidden", "hidden")],
)  # fmt: skip
def test_the_name_of_a_file_that_is_sent_has_no_folders_and_steers_nothing(told, kept):
    assert _file_name(told) == kept


@pytest.mark.parametrize(
    "body",
    [b"", b"--b", b"--b\r\n\r\n\r\n--b--", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", b"\xff" * 100,
     b'--b\r\nContent-Disposition: form-data; name="\xff"; filename="../x"\r\n\r\nx\r\n--b--\r\n', b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n' + b"x" * 900_000],
)  # fmt: skip
@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=" + "b" * 500,
        "text/plain",
        "multipart/form-data; charset=nope; boundary=b",
        "application/x-www-form-urlencoded; charset=utf-7",
    ],
)
def test_no_form_however_broken_is_a_fault(free, hub, body, kind):
    token, session = sessions.begin(hub, "adam")
    told = Person(free, token, session.csrf).ask("POST", "/accounts", body, content_type=kind)
    assert told.status in (303, 400, 422, 413), told.body[:200]


@pytest.mark.parametrize(
    "cookie",
    [
        "ops_hub_session=",
        "ops_hub_session=\xff\xfe",
        "ops_hub_session=" + "x" * 4000,
        "ops_hub_session=a; ops_hub_session=b",
        "=;=;;",
        "ops_hub_session=\x01",
    ],
)
def test_no_cookie_is_a_fault(free, cookie):
    assert Person(free).ask("GET", "/api/v1/me", cookie=cookie).status == 401


@pytest.mark.parametrize("token", ["", "oht_", "oht_\xff", "x" * 9000, "oht_" + "a" * 43])
def test_no_token_is_a_fault(free, token):
    assert Person(free).ask("GET", "/api/v1/me", authorization=f"Bearer {token}").status == 401


def test_templates_mark_nothing_as_safe():
    assert "&lt;b&gt;" in render("part_lost.html", "en", status=404, detail="<b>")
