"""Requests of desks are carried out once, for the state whose mailbox they came by, whatever they say."""

import json
import uuid
from threading import Event

import pytest

from ops_hub.engines.live.mailbox import run
from ops_hub.errors import ConfigError, StoreError
from ops_hub.store.hub import key
from ops_hub.store.mail import ask, mailbox_key, place, read_credentials, seal, unseal
from ops_hub.store.users import provision
from tests.live.fixtures_sharing import running, shared_hub

__all__ = ["shared_hub"]


@pytest.fixture
def brb(shared_hub, tmp_path):
    return read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path))


def test_who_asks_is_told_by_the_mailbox(shared_hub, brb, tmp_path):
    heard = []

    def act(actor, verb, arguments):
        heard.append((str(actor), verb, arguments))
        return {"done": verb}

    with running(run, shared_hub, act):
        assert ask(brb, "claim", {"case": 2031, "state": "JAM"}, 20, person="jane") == {"done": "claim"}
        safe = read_credentials(provision(shared_hub, "BRB", "protection", tmp_path))
        ask(safe, "show", {"case": 1}, 20, person="joan")
        with pytest.raises(ConfigError, match="nobody has it"):
            ask(brb, "show", {"case": 1}, 20, person="jane", role="protection")
        with pytest.raises(ConfigError, match="a name has"):
            ask(brb, "show", {"case": 1}, 20, person="JAM/joan:protection")
    assert heard == [
        ("BRB/jane:officer", "claim", {"case": 2031, "state": "JAM"}),
        ("BRB/joan:protection", "show", {"case": 1}),
    ]


def test_what_the_centre_finds_wrong_is_told_as_if_one_sat_there(shared_hub, brb):
    def act(actor, verb, arguments):
        if verb == "show":
            raise StoreError("case 7", "there is no case 7", "see those you have")
        raise RuntimeError("PEREZ")

    with running(run, shared_hub, act):
        with pytest.raises(StoreError, match="there is no case 7; see those you have"):
            ask(brb, "show", {}, 20, person="jane")
        with pytest.raises(StoreError, match="failed on this request") as wrong:
            ask(brb, "boom", {}, 20, person="jane")
        assert "PEREZ" not in str(wrong.value)
        assert not [each for each in shared_hub.client.xrange(key("audit")) if b"PEREZ" in each[1][b"event"]]


def put(hub, name, verb="claim"):
    body = json.dumps({"verb": verb, "arguments": {}, "person": "jane", "role": "officer"}).encode()
    sealed = seal(mailbox_key(hub, "BRB")[0], f"request BRB {name}", body)
    hub.client.xadd(place("BRB", "ordinary", "requests"), {"id": name, "sealed": sealed})


def answer(hub, name):
    found = hub.client.xread({place("BRB", "ordinary", "answers", name): "0"}, block=20_000)
    return json.loads(unseal(mailbox_key(hub, "BRB")[0], f"answer BRB {name}", found[0][1][0][1][b"sealed"]))


def test_a_request_that_is_sent_again_is_not_done_again(shared_hub):
    done, name, last = [], uuid.uuid4().hex, uuid.uuid4().hex
    for each in (name, name, last):
        put(shared_hub, each)

    def act(actor, verb, arguments):
        done.append(verb)
        return {"times": len(done)}

    with running(run, shared_hub, act):
        assert answer(shared_hub, last) == {"answer": {"times": 2}}
        assert answer(shared_hub, name) == {"answer": {"times": 1}}
    assert shared_hub.client.xlen(place("BRB", "ordinary", "requests")) == 0
    assert 0 < shared_hub.client.ttl(place("BRB", "ordinary", "answers", name)) <= 3600


def test_after_a_death_in_the_middle_the_desk_is_told_that_nobody_knows(shared_hub, monkeypatch):
    monkeypatch.setattr("ops_hub.engines.live.mailbox._IDLE_MS", 50)
    name = uuid.uuid4().hex
    put(shared_hub, name)

    def dies(actor, verb, arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(shared_hub, lambda: False, dies)
    Event().wait(0.1)
    with running(run, shared_hub, lambda *_: {"done": True}, name="another"):
        assert "not known" in answer(shared_hub, name)["error"]["reason"]


def test_a_request_that_another_key_sealed_or_that_has_no_id_is_not_carried_out(shared_hub):
    done = []
    stream = place("BRB", "ordinary", "requests")
    name = uuid.uuid4().hex
    shared_hub.client.xadd(stream, {"id": "../x", "sealed": b"abc"})
    shared_hub.client.xadd(
        stream, {"id": name, "sealed": seal(mailbox_key(shared_hub, "JAM")[0], f"request BRB {name}", b"{}")}
    )
    with running(run, shared_hub, lambda *each: done.append(each) or {}):
        assert "does not open" in answer(shared_hub, name)["error"]["reason"]
    assert not done


def test_who_gets_no_answer_is_told_that_it_is_not_known(brb):
    with pytest.raises(StoreError, match="did not answer within"):
        ask(brb, "claim", {}, 0.1, person="jane")
