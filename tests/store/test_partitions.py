"""Partitions: a flight in one, each unit once, results and log whole wherever somebody dies, on one server as on several."""

from __future__ import annotations

import signal

import pytest
import redis

from benchmarks.servers import a_cluster, until
from ops_hub.errors import ConfigError, StoreError
from ops_hub.feeds.heading import heading
from ops_hub.store.audit import line
from ops_hub.store.chain import lines
from ops_hub.store.cluster import client_of
from ops_hub.store.hub import grow, key, open_hub
from ops_hub.store.queue import Queue, Unit, place_of
from ops_hub.store.scribe import Scribe, folder_of, hub_head, verified
from tests.conftest import ROOT

SAMPLE = ROOT / "sample_feeds"


@pytest.fixture
def parted(hub):
    hub.client.set(key("snapshot"), "S")
    hub.client.set(key("ruleset"), "R")
    return grow(hub, 4)


def unit(name, flight=""):
    return Unit(name, "message", f"{name}.edi", name.encode() * 3, 1, flight=flight)


def in_partition(wanted, many=4):
    return next(unit(f"u{k}") for k in range(1000) if place_of(unit(f"u{k}"), many) == wanted)


@pytest.mark.parametrize(
    ("text", "flight"),
    [
        ("TDT+20+BW432+++BW'LOC+125+POS'DTM+189:2611201045:201'", "BW432 2026-11-20"),
        ("TDT+20+BW0432'LOC+125+POS'DTM+189:2611202345:201'", "BW432 2026-11-20"),
        ("TDT+20+432+++BW'LOC+125+POS'DTM+189:2611201045:201'", "BW432 2026-11-20"),
        ("TDT+20+BW432+++BW'LOC+125+POS'", ""),
        ("LOC+125+POS'DTM+189:2611201045:201'", ""),
    ],
)
def test_a_flight_is_told_by_carrier_number_and_day_in_the_bytes(text, flight):
    assert heading(f"UNH+1+PAXLST:D:05B:UN:IATA'BGM+745'{text}".encode()).journey == flight


def test_a_booking_and_a_passenger_list_of_a_flight_have_the_same_place():
    booking = heading((SAMPLE / "AV640_BOG-SDQ_2026-11-22.pnrgov.edi").read_bytes()).journey
    listed = heading(b"UNH+1+PAXLST'TDT+20+AV640'LOC+125+BOG'DTM+189:2611220925:201'").journey
    assert booking == listed == "AV640 2026-11-22"
    assert place_of(unit("a", booking), 16) == place_of(unit("b", listed), 16)


def test_units_of_many_flights_are_in_all_partitions_and_each_is_done_once(parted):
    made = [unit(f"u{k}", f"BW{k} 2026-11-20") for k in range(60)]
    assert Queue(parted).submit(made) == (60, 0)
    assert Queue(parted).submit(made) == (0, 60)
    workers = [Queue(parted, "one"), Queue(parted, "two")]
    done, places = [], set()
    while items := [item for worker in workers for item in worker.take("S R", units=5).items]:
        for worker in workers:  # both say that they did it
            worker.commit([(item, [(key("screened", partition=item.partition), {"a": 1})], {}) for item in items], 1)
        done += [item.unit for item in items]
        places |= {item.partition for item in items}
    assert sorted(done) == sorted(each.id for each in made)
    assert places == {0, 1, 2, 3}
    assert sum(parted.client.xlen(stream) for stream in parted.streams("screened")) == 60


def test_no_partition_waits_while_another_has_more_than_its_workers_can_do(parted):
    worker = Queue(parted, "only")
    worker.submit([unit(f"u{k}") for k in range(100)])
    first = [worker.take("S R", units=1).items[0].partition for _ in range(4)]
    assert sorted(first) == [0, 1, 2, 3]


def test_a_unit_of_a_silent_worker_is_found_in_every_partition(parted):
    for partition in parted.partitions:
        Queue(parted).submit([in_partition(partition)])
    dying = Queue(parted, "dying")
    held = [dying.take("S R").items[0] for _ in parted.partitions]
    dying.beat({}, held)
    other = Queue(parted, "other")
    assert other.reclaim() is None
    assert other.abandon("dying") == 4
    assert {other.reclaim().partition for _ in parted.partitions} == {0, 1, 2, 3}


def test_a_dead_letter_of_any_partition_comes_back_where_it_was(parted):
    queue = Queue(parted, "one")
    queue.submit([in_partition(2)])
    (item,) = queue.take("S R").items
    queue.bury(item, "ValueError", 1)
    ((letter, _),) = parted.client.xrange(key("dead", partition=2))
    assert queue.requeue([letter]) == 0  # that is a letter of partition 0
    assert queue.requeue([f"{letter.decode()}@9", "nonsense@2"]) == 0
    assert queue.requeue([f"{letter.decode()}@2"]) == 1
    (again,) = queue.take("S R").items
    assert (again.unit, again.partition, again.tries) == (item.unit, 2, 1)


def test_a_carriers_question_is_asked_anew_in_whatever_partition_it_is(parted):
    asked = Unit("q", "message", "q.edi", b"q", reply_to="BW", flight="BW1 2026-11-20")
    assert Queue(parted).submit([asked, asked]) == (1, 1)
    Queue(parted).forget("BW", ["q"])
    assert Queue(parted).submit([asked]) == (1, 0)


def test_partitions_grow_and_never_shrink(parted):
    Queue(parted).submit([in_partition(3)])
    assert not parted.has_grown()
    more = grow(parted, 8)
    assert parted.has_grown()
    assert len(open_hub(parted.home).partitions) == 8
    assert len(Queue(more, "one").take("S R").items) == 1  # what waited is served where it is
    with pytest.raises(StoreError, match="would be lost"):
        grow(more, 4)


@pytest.mark.parametrize("dies", ["append", "acknowledge", "head"])
def test_a_scribe_that_dies_at_any_step_writes_events_of_all_partitions_once(parted, monkeypatch, dies):
    def events(first, last):
        for number in range(first, last):
            stream = key("audit", partition=number % 4)
            parted.client.xadd(
                stream, line("CENTRE/test:system", "tried", f"case {number}"), id=f"1795000000000-{number}"
            )

    scribe = Scribe(parted)
    scribe.open()
    events(1, 9)
    scribe.drain()
    events(9, 17)
    if dies == "head":
        monkeypatch.setattr(parted.client, "hset", _dies)
    else:
        part = scribe._chain if dies == "append" else scribe._readers[2]
        monkeypatch.setattr(part, "append" if dies == "append" else "done", _dies)
    with pytest.raises(RuntimeError):
        scribe.drain()
    monkeypatch.undo()
    scribe.close()
    events(17, 25)
    for _ in range(2):  # the second one finds nothing to do
        again = Scribe(parted)
        again.open()
        again.drain()
        again.close()
    about = [each["event"]["about"] for each in lines(folder_of(parted.home))]
    assert sorted(about) == sorted(f"case {number}" for number in range(1, 25))
    assert verified(parted).faults == ()
    assert hub_head(parted).seq == 24


def _dies(*_, **__):
    raise RuntimeError("killed")


def test_an_address_of_a_cluster_is_read_or_refused():
    client = client_of("redis-cluster://ann:p%40w@one:7001,two", "0", protocol=2)
    told = client.connection_pool.connection_kwargs
    assert told["seeds"] == (("one", 7001), ("two", 6379))
    assert (told["username"], told["password"]) == ("ann", "p@w")
    for wrong in ("redis-cluster://", "redis-cluster://one:port", "redis://one"):
        with pytest.raises(ConfigError, match="no address of a cluster"):
            client_of(wrong, "0")


def test_a_slot_that_moves_to_another_server_loses_and_doubles_nothing(tmp_path):
    with a_cluster(2) as made:
        hub = grow(open_hub(tmp_path, made.address), 4)
        stream = key("screened", partition=1)
        slot = hub.client.execute_command("CLUSTER", "KEYSLOT", stream)
        old = made.holder(slot)
        new = next(each for each in made.servers if each is not old)
        for number in range(20):
            hub.of(stream).xadd(stream, {"number": number})
            if number == 9:
                old.ask("CLUSTER MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", new.ask("CLUSTER MYID"))
                until(lambda: _holds(new, stream))
        with hub.of(stream).pipeline(transaction=True) as pipe:
            pipe.xadd(stream, {"number": 20})
            pipe.xlen(stream)
            assert pipe.execute()[1] == 21
        found = [int(fields[b"number"]) for _, fields in hub.of(stream).xrange(stream)]
        assert found == list(range(21))
        hub.close()


def test_a_command_whose_answer_did_not_come_is_not_sent_again(tmp_path):
    with a_cluster(1) as made:
        hub = open_hub(tmp_path, made.address)
        client = client_of(made.address, "0", protocol=2, socket_timeout=0.3)
        client.xadd(key("audit"), {"number": 0})
        made.servers[0].process.send_signal(signal.SIGSTOP)
        with pytest.raises(redis.TimeoutError):
            client.xadd(key("audit"), {"number": 1})
        made.servers[0].process.send_signal(signal.SIGCONT)
        assert hub.client.xlen(key("audit")) == 2
        client.close()
        hub.close()


def test_what_was_accepted_with_a_replica_outlives_the_server_and_readers_go_on(tmp_path):
    with a_cluster(1) as made:
        replica = made.add_replica(made.servers[0])
        hub = open_hub(tmp_path, f"{made.address}?replicas=1")
        hub.client.set(key("snapshot"), "S")
        hub.client.set(key("ruleset"), "R")
        queue = Queue(hub, "one")
        assert queue.submit([unit("a"), unit("b")]) == (2, 0)
        assert len(queue.take("S R", units=1).items) == 1
        made.servers[0].kill()
        with pytest.raises(redis.ConnectionError):
            queue.submit([unit("c")])
        replica.ask("CLUSTER FAILOVER", "TAKEOVER")
        until(lambda: _goes_on(hub))
        assert len(queue.take("S R").items) + queue.abandon("one") >= 2
        assert not hub.client.exists(key("seen", "c"))
        with pytest.raises(redis.ConnectionError, match="is on 0 replicas"):
            queue.submit([unit("d")])
        hub.close()


def _goes_on(hub):
    try:
        return bool(hub.client.set(key("x"), 1))
    except redis.RedisError:
        return False


def _holds(server, stream):
    try:
        server.ask("XLEN", stream)
    except redis.exceptions.MovedError:
        return False
    return True
