"""Too large, too slow, too many, by the wrong name: with real connections."""

import contextlib
import logging
import socket
import threading
import time

import pytest
import redis
from starlette.responses import Response
from starlette.testclient import TestClient

from ops_hub.console.app import create_app
from ops_hub.console.serving import server_of
from ops_hub.console.settings import Paces, Settings
from ops_hub.console.signed_in import COOKIE
from ops_hub.store import sessions
from ops_hub.store.throttle import Pace

FREE = Pace(10_000, 10_000)
SHORT = Settings(
    hosts=frozenset({"localhost"}), header_seconds=0.6, body_seconds=0.6, body_rate=1_000_000, max_json=50_000, max_body=40_000,
    max_upload=90_000, unread_seconds=0.5, paces=Paces(FREE, FREE, FREE),
)  # fmt: skip


@pytest.fixture(scope="module")
def port(centre):
    """The console behind its own server, impatient."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    server = server_of(create_app(centre, SHORT), SHORT, "127.0.0.1", number)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield number
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def signed(hub):
    token, session = sessions.begin(hub, "adam")
    return f"Cookie: {COOKIE}={token}\r\nX-CSRF-Token: {session.csrf}\r\n"


@contextlib.contextmanager
def connected(port):
    with socket.create_connection(("127.0.0.1", port), timeout=8) as line:
        yield line


def answer(line):
    """All that comes until the other side closes, or a whole answer is there."""
    told = b""
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(65536):
            told += part
            head, found, body = told.partition(b"\r\n\r\n")
            length = [each for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:")]
            if found and length and len(body) >= int(length[0].split(b":")[1]):
                break
    return told


def asked(port, text, body=b""):
    with connected(port) as line:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(text.encode("latin-1") + body)
        return answer(line)


def status(told):
    return int(told.split(b" ")[1]) if told else None


def closed_within(line, seconds):
    line.settimeout(seconds)
    try:
        return line.recv(1000) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_the_console_answers_by_its_own_names_only(port):
    for host, expected in (
        ("localhost", 200), (f"localhost:{port}", 200), ("LOCALHOST", 200), ("127.0.0.1", 200), ("evil.example", 400), ("localhost.evil.example", 400),
        ("127.0.0.2", 400), ("localhost@evil.example", 400), ("", 400), ("[::1]", 400), ("evil.example:localhost", 400),
    ):  # fmt: skip
        assert status(asked(port, f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\n\r\n")) == expected, host
    assert status(asked(port, "GET /sign-in HTTP/1.1\r\n\r\n")) == 400
    assert status(asked(port, "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")) == 400


def test_what_says_that_it_is_too_large_is_refused_before_it_is_read(port, signed):
    told = asked(
        port,
        f"POST /accounts HTTP/1.1\r\nHost: localhost\r\n{signed}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000000\r\n\r\n",
    )
    assert status(told) == 413
    assert b"connection: close" in told.lower()


def test_what_is_too_large_in_pieces_is_refused_as_well(port, signed):
    with connected(port) as line:
        line.sendall(
            f"POST /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\n{signed}Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(100):
                line.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        assert status(answer(line)) == 413


def test_who_does_not_read_what_was_asked_for_is_cut_off(port):
    """Whoever asks much and reads nothing would keep the connection, and what waits for them, for ever."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", port))
        line.settimeout(8)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(400):
                line.sendall(b"GET /static/vendor/basemap.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        begun, told = time.monotonic(), 0
        time.sleep(1.5)
        with contextlib.suppress(ConnectionResetError):
            while part := line.recv(65536):
                told += len(part)
        assert time.monotonic() - begun < 6
        assert told < 20_000_000


def test_one_session_has_so_many_requests_at_once_and_others_go_on(centre, hub, monkeypatch):
    gone, waiting_ = threading.Event(), threading.Semaphore(0)

    def slow(*_):
        waiting_.release()
        gone.wait(10)

    app = create_app(centre, Settings(paces=Paces(FREE, FREE, FREE), at_once=3))
    monkeypatch.setattr("ops_hub.console.screens.home.Asked.page", lambda asked, *_, **__: slow() or Response("x"))
    with TestClient(app) as client:
        greedy, other = (f"{COOKIE}={sessions.begin(hub, 'wanda')[0]}" for _ in range(2))
        crowd = [
            threading.Thread(target=client.get, args=("/me",), kwargs={"headers": {"cookie": greedy}}) for _ in range(3)
        ]
        for each in crowd:
            each.start()
        assert all(waiting_.acquire(timeout=5) for _ in crowd)
        refused = client.get("/api/v1/me", headers={"cookie": f"x=y; {greedy}"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert client.get("/api/v1/me", headers={"cookie": other}).status_code == 200
        gone.set()
        for each in crowd:
            each.join()
        assert client.get("/api/v1/me", headers={"cookie": greedy}).status_code == 200


def test_a_large_file_is_refused_and_one_within_the_limit_is_read(port, hub):
    token, session = sessions.begin(hub, "luis")
    signed = f"Cookie: {COOKIE}={token}\r\nX-CSRF-Token: {session.csrf}\r\n"

    def upload(size):
        body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + b"x" * size + b"\r\n--b--\r\n"
        head = f"POST /lists/none HTTP/1.1\r\nHost: localhost\r\n{signed}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
        return status(asked(port, head, body))

    assert upload(80_000) in (404, 422)  # there is no such list, but it was read
    assert upload(200_000) == 413


def test_strangers_are_not_listened_to(port):
    for path in ("/accounts", "/api/v1/accounts"):
        told = asked(port, f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000\r\n\r\n")
        assert status(told) in (303, 401), "the answer comes before the body"
        assert b"connection: close" in told.lower()
    assert (
        status(
            asked(
                port,
                "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 30000\r\n\r\n",
            )
        )
        == 413
    )


def test_a_request_whose_head_does_not_come_to_an_end_is_cut_off(port):
    with connected(port) as silent, connected(port) as dripping, connected(port) as second:
        second.sendall(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status(answer(second)) == 200
        second.sendall(b"GET /sig")  # the next one on the same connection
        begun = time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for sign in b"GET /sign-in HTTP/1.1\r\nX-A: " + b"b" * 20:
                dripping.sendall(bytes([sign]))
                time.sleep(0.05)
        assert closed_within(dripping, 3)
        assert closed_within(silent, 3)
        assert closed_within(second, 3)
        assert time.monotonic() - begun < 8


def test_a_body_that_drips_is_told_so_and_cut_off(port, signed):
    with connected(port) as line:
        line.sendall(
            f"POST /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\n{signed}Content-Length: 1000\r\n\r\n{{".encode()
        )
        told = answer(line)
        assert status(told) == 408
        assert b"problem+json" in told
        assert closed_within(line, 3)


def test_two_lengths_are_no_request(port, caplog):
    with caplog.at_level(logging.CRITICAL):
        both = asked(
            port, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc"
        )
        assert status(both) == 400
        wrong = asked(port, "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: -3\r\n\r\nabc")
        assert status(wrong) == 400


def test_a_head_of_any_length_is_not_kept(port):
    told = asked(port, "GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX-A: " + "a" * 200_000 + "\r\n\r\n")
    assert status(told) in (400, 431, None)


def test_headers_are_not_split_by_what_was_asked(port):
    told = asked(port, "GET /me%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"\r\nset-cookie: a=b" not in told.lower()
    told = asked(port, "GET /sign-in?next=/%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"\r\nset-cookie" not in told.lower().partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    "path",
    ["../console.py", "..%2f..%2fapp.py", "%2e%2e/app.py", "....//app.py", "/etc/passwd", "..%5capp.py", "%00", "a%00.css", "x" * 5000, "%ff", "vendor", "console.css/x"],
)  # fmt: skip
def test_static_files_are_those_of_the_folder(port, path):
    told = asked(port, f"GET /static/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert status(told) in (404, 405, 400, 414)


def test_unknown_paths_and_methods_are_told_as_such(app, as_person):
    client = as_person("wanda")
    page = client.get("/nowhere/<script>")
    assert page.status_code == 404
    assert "There is no such page" in page.text
    assert "<script>" not in page.text
    assert client.get("/api/v1/nowhere").headers["content-type"] == "application/problem+json"
    assert client.delete("/me").status_code == 405
    assert client.patch("/api/v1/me").status_code == 405
    assert TestClient(app).get("/nowhere", headers={"accept-language": "xx;q=a,fr"}).status_code == 404


def test_a_hub_that_is_away_is_told_as_such(centre, hub, capsys):
    def away(*_):
        raise redis.ConnectionError("no secret words of the address")

    broken = create_app(centre)
    broken.state.centre = type("Broken", (), {"hub": property(away)})()
    for path in ("/me", "/sign-in", "/api/v1/me"):
        told = TestClient(broken).get(path)
        assert told.status_code == 503, path
        assert "retry-after" in told.headers
        assert "secret" not in told.text
    assert "secret" not in capsys.readouterr().err


def test_a_fault_of_ours_tells_a_number_and_nobodys_data(centre, hub, capsys, as_person):
    broken = create_app(centre)
    token, _ = sessions.begin(hub, "wanda")

    def falls(*_):
        raise KeyError("Maria Perez 1980-01-01")

    client = TestClient(broken, cookies={COOKIE: token})
    broken.state.centre = type("Broken", (), {"hub": property(falls)})()
    for path in ("/me", "/api/v1/me"):
        told = client.get(path)
        assert told.status_code == 500
        assert "Maria" not in told.text
        assert told.headers["x-content-type-options"] == "nosniff"
    said = capsys.readouterr().err
    assert "fault" in said
    assert "KeyError" in said
    assert "Maria" not in said
    assert told.json()["detail"].split("number ")[1][:8] in said
