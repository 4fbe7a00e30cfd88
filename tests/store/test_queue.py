"""The queue: urgent ones first, nothing lost, nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ops_hub.store.hub import key
from ops_hub.store.queue import Queue, Unit, is_worn


@pytest.fixture
def queue(hub):
    hub.client.set(key("snapshot"), "S")
    hub.client.set(key("ruleset"), "R")
    return Queue(hub, "one")


def unit(name, departs=None, arrives=None, rows=200):
    return Unit(name, "message", f"{name}.edi", name.encode() * 3, rows, departs=departs, arrives=arrives)


def taken(queue, **options):
    return [item.unit for item in queue.take("S R", **options).items]


def test_after_an_outage_units_come_by_the_time_that_is_left(hub, queue):
    now = hub.now()
    hour = timedelta(hours=1)
    queue.submit(
        [
            unit("long-past", now - 9 * hour, now - 6 * hour),
            unit("in-five-hours", now + 5 * hour, now + 7 * hour),
            unit("just-landed", now - 3 * hour, now - hour),
            unit("in-the-air", now - hour, now + 2 * hour),
            unit("in-one-hour", now + hour, now + 9 * hour),
            unit("unknown"),
            unit("arrival-only", None, now + 3 * hour),
        ]
    )
    expected = ["unknown", "in-one-hour", "in-the-air", "arrival-only", "in-five-hours", "just-landed", "long-past"]
    assert taken(queue) == expected


def test_a_flood_of_units_without_times_does_not_hold_up_the_others(hub, queue):
    hour = timedelta(hours=1)
    queue.submit([unit(f"flood-{k}", rows=1) for k in range(20)])
    queue.submit([unit(f"good-{k}", hub.now() + hour, hub.now() + 2 * hour, rows=1) for k in range(20)])
    found = taken(queue, units=8)
    assert sum(name.startswith("good") for name in found) == 4
    assert len(taken(queue, units=32)) == 32
    assert not taken(queue, units=1)


def test_a_unit_that_is_handed_in_twice_is_queued_once(queue, hub):
    assert queue.submit([unit("a"), unit("b")]) == (2, 0)
    assert queue.submit([unit("a"), unit("c"), unit("c")]) == (1, 2)
    assert sorted(taken(queue)) == ["a", "b", "c"]
    assert hub.client.hget(key("counts"), "duplicates") == b"2"


def test_what_is_stored_in_the_queue_is_sealed(queue, hub):
    queue.submit([unit("SECRETNAME")])
    (item,) = queue.take("S R").items
    assert queue.opened(item) == b"SECRETNAME" * 3
    assert b"SECRETNAMESECRET" not in item.fields[b"payload"]


def test_only_the_first_commit_of_a_unit_stores_anything(queue, hub):
    queue.submit([unit("a")])
    (item,) = queue.take("S R").items
    done = [(item, [(key("screened"), {"receipt": "{}"}), (key("audit"), {"event": "x"})], {"hits": 2})]
    assert queue.commit(done, 1) == [True]
    assert queue.commit(done, 1) == [False]
    assert hub.client.xlen(key("screened")) == 1
    assert hub.client.hget(key("counts"), "hits") == b"2"
    assert not hub.client.exists(key("in", item.bucket))
    assert not hub.client.zcard(key("buckets"))


def test_a_unit_of_a_silent_worker_comes_to_another_one_and_that_of_a_live_one_does_not(hub, queue):
    queue.submit([unit("a"), unit("b")])
    items = queue.take("S R").items
    other = Queue(hub, "two")
    assert other.reclaim() is None
    queue.abandon("one", items[0])
    queue.beat({}, items[1:])
    found = other.reclaim()
    assert found is not None
    assert (found.unit, found.tries) == (items[0].unit, 2)
    assert other.reclaim() is None
    assert not is_worn(found)


def test_all_units_of_a_worker_that_died_are_free_at_once(hub, queue):
    queue.submit([unit("a"), unit("b"), unit("c")])
    assert len(taken(queue)) == 3
    other = Queue(hub, "two")
    assert other.abandon("one") == 3
    found = [other.reclaim() for _ in range(3)]
    assert sorted(item.unit for item in found) == ["a", "b", "c"]
    assert other.reclaim() is None


def test_a_worker_takes_its_share_and_no_more(hub, queue):
    queue.beat({}, [])
    Queue(hub, "two").beat({}, [])
    queue.submit([unit(f"u{k}") for k in range(10)])
    assert len(taken(queue)) == 5
    assert len(taken(queue, rows=400)) == 2


def test_nothing_is_taken_before_the_published_lists_are_held(queue):
    queue.submit([unit("a")])
    assert queue.take("").items == ()
    hand = queue.take("OLD R")
    assert (hand.items, hand.snapshot, hand.ruleset) == ((), "S", "R")
    assert len(queue.take("OLD R", "S R").items) == 1


def test_a_dead_letter_comes_back_with_its_tries_forgotten(hub, queue):
    queue.submit([unit("a")])
    (item,) = queue.take("S R").items
    queue.bury(item, "ValueError in parse:1", 1)
    assert taken(queue) == []
    (letter,) = hub.client.xrange(key("dead"))
    assert queue.requeue([letter[0]]) == 1
    assert queue.requeue([letter[0]]) == 0
    (again,) = queue.take("S R").items
    assert (again.unit, again.tries) == ("a", 1)
    assert again.fields == item.fields
    assert not hub.client.xlen(key("dead"))
