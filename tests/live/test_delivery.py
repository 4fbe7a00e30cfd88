"""Notices leave the hub by e-mail and webhook, hold nothing but number, time and desk, and are tried until they arrive."""

import json
import socketserver
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import msgspec
import pytest

from ops_hub.casework.policy import Delivery, Policy, sharing_policy
from ops_hub.engines.live import delivery
from ops_hub.engines.live.sharing import share
from ops_hub.errors import ConfigError
from ops_hub.store.hub import key
from tests.casework.helpers_sharing import case_of, listed
from tests.live.fixtures_sharing import happened, running, shared_hub

__all__ = ["shared_hub"]
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # apprise's e-mail, under Python 3.11


def policy(**said):
    shipped = sharing_policy()
    return Policy(msgspec.structs.replace(shipped.sharing, delivery=Delivery(**said)), shipped.states)


@contextmanager
def webhook(failures=0):
    """A server that fails so often and then takes what comes."""
    got, left = [], [failures]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            left[0] -= 1
            if left[0] < 0:
                got.append(body)
            self.send_response(500 if left[0] >= 0 else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Sink(socketserver.StreamRequestHandler):
    """An SMTP server that takes everything."""

    def handle(self):
        self.wfile.write(b"220 sink\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                self.server.mails.append(b"".join(lines).decode())
                self.wfile.write(b"250 ok\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.server.told.append(line.decode().strip())
                self.wfile.write(b"250 ok\r\n")


@contextmanager
def mail_sink():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink) as server:
        server.mails, server.told, server.daemon_threads = [], [], True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1], server
        finally:
            server.shutdown()
            thread.join()


def until(true, seconds=8):
    for _ in range(int(seconds / 0.05)):
        if true():
            return
        Event().wait(0.05)
    raise AssertionError("it did not come to that")


def a_case(hub, handling="enforce"):
    soon = hub.now() + timedelta(hours=2)
    case, bundle = case_of(listed(owner="JAM", handling=handling), deadline=soon)
    share(hub, case, bundle, [happened("opened")])


def test_a_notice_arrives_at_a_webhook_and_names_nobody(shared_hub, monkeypatch):
    with webhook() as (address, got):
        monkeypatch.setenv("BRB_HOOK", address)
        a_case(shared_hub)
        with running(delivery.run, shared_hub, policy(states={"BRB": ["$BRB_HOOK"]}), pause=0.05):
            until(lambda: got)
    assert len(got) == 1
    assert got[0]["message"].startswith("case 2031 needs you by ")
    assert not [word for word in ("PEREZ", "NOMBRE", "BW432") if word in json.dumps(got)]


def test_a_notice_arrives_by_mail_at_the_contact_points(shared_hub):
    with mail_sink() as (port, sink):
        a_case(shared_hub)
        said = policy(mail=f"mailto://127.0.0.1:{port}?from=hub@centre.example&to={{email}}&mode=insecure")
        with running(delivery.run, shared_hub, said, pause=0.05):
            until(lambda: len(sink.mails) == 3)
    told = " ".join(sink.told)
    assert all(f"desk-{state}@states.example.org" in told for state in ("tto", "brb", "jam"))


def test_what_does_not_arrive_is_tried_again_and_arrives_once(shared_hub):
    with webhook(failures=2) as (address, got), webhook() as (second, also):
        a_case(shared_hub)
        with running(delivery.run, shared_hub, policy(states={"BRB": [address, second]}), pause=0.05):
            until(lambda: got)
            Event().wait(0.3)
    assert (len(got), len(also)) == (1, 1)
    assert shared_hub.client.xlen(key("dead")) == 0


def test_what_never_arrives_lies_with_the_dead_letters_with_the_reason(shared_hub, monkeypatch):
    monkeypatch.setattr(delivery, "MOST_TRIES", 2)
    with webhook(failures=1000) as (address, _):
        a_case(shared_hub)
        with running(delivery.run, shared_hub, policy(states={"BRB": [address]}), pause=0.05):
            until(lambda: shared_hub.client.xlen(key("dead")) == 1)
    letter = shared_hub.client.xrange(key("dead"))[0][1]
    assert letter[b"reason"] == b"not delivered to BRB in 2 tries"
    assert letter[b"stream"] == key("delivery").encode()
    assert letter[b"f:text"].startswith(b"case 2031")


def test_notices_of_people_to_be_protected_go_to_protection_addresses_alone(shared_hub):
    with webhook() as (ordinary, got), webhook() as (safe, also):
        a_case(shared_hub, "protect")
        said = policy(mail=f"{ordinary}?to={{email}}", states={"JAM": [ordinary]}, protection={"JAM": [safe]})
        with running(delivery.run, shared_hub, said, pause=0.05):
            until(lambda: also)
            until(lambda: shared_hub.client.xlen(key("delivery")) == 0)
    assert (len(got), len(also)) == (0, 1)


def test_an_address_that_cannot_be_used_is_refused_without_showing_it(shared_hub):
    for said in ("nonsense://user:secret@x", "$NOT_SET_ANYWHERE"):
        with pytest.raises(ConfigError) as wrong:
            delivery.run(shared_hub, lambda: False, policy(states={"BRB": [said]}))
        assert "secret" not in str(wrong.value)


def test_without_the_library_it_is_said_how_to_get_it(shared_hub, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(delivery, "import_module", missing)
    with pytest.raises(ConfigError, match="pip install 'ops-hub\\[notify\\]'"):
        delivery.run(shared_hub, lambda: False, policy(states={"BRB": ["json://127.0.0.1:1"]}))


def test_where_nobody_gave_addresses_notices_are_let_go(shared_hub):
    a_case(shared_hub)
    with running(delivery.run, shared_hub, policy(), pause=0.05):
        until(lambda: shared_hub.client.xlen(key("delivery")) == 0)
