# ruff: noqa: F811
import threading
from datetime import timedelta

import polars as pl
import pytest

from ops_hub.engines.live.changes import between
from ops_hub.engines.live.rescreen import REMOVED, REPLACED, run, screened_slice
from ops_hub.engines.live.rescreen_progress import Progress, status
from ops_hub.errors import StoreError
from ops_hub.lists.delta import whole
from ops_hub.lists.entries import finished
from ops_hub.pipeline import add_lists, open_lists, screen
from ops_hub.store import audit
from ops_hub.store.hub import key
from tests.live.fixtures_looking_back import DAYS, exercise, past_hub, states, with_entries, world  # noqa: F401

VERSION = ["list_id", "entry_id", "entry_hash"]


def follow(world, holder="one"):
    """Do all steps there are."""
    done = 0
    while world.step(holder):
        done += 1
    return done


def begun_with(world, snapshot):
    world.publish(snapshot)
    assert follow(world) == 0


def audited(world, action):
    events = [fields[b"event"].decode() for _, fields in world.hub.client.xrange(audit.STREAM)]
    return [event for event in events if f'"action": "{action}"' in event]


def test_what_is_found_equals_what_the_whole_new_list_finds(world, states, knowledge):
    old, new = states
    begun_with(world, old)
    world.publish(new)
    assert follow(world) == 1
    found = world.office.hits()
    today = world.hub.now().date()
    everything = screen(world.past.travellers, open_lists(new, knowledge), knowledge, today=today)
    wanted = everything.join(between(old, new, since=today, today=today).entries, on=VERSION, how="semi")
    assert wanted.height > 20
    order = ["record_id", "list_id", "entry_id"]
    assert found.sort(order).equals(wanted.sort(order))  # every score, id and explanation
    receipts = world.office.receipts()
    assert {each.kind for each in receipts} == {"retrospective"}
    assert {each.snapshot for each in receipts} == {new.hash}
    assert sum(each.screened for each in receipts) == world.past.travellers.height
    assert sum(each.hits for each in receipts) == found.height
    assert set(world.office.travellers()["record_id"]) == set(found["record_id"])
    assert set(world.office.entries().select(VERSION).rows()) == set(found.select(VERSION).rows())
    assert status(world.hub)["screened_against"] == new.hash
    assert len(audited(world, "rescreened-day")) == DAYS
    assert len(audited(world, "rescreened")) == 1


def test_a_snapshot_that_stands_on_the_old_one_is_followed_as_well(world, states, exercise, knowledge):
    old, _ = states
    rest = exercise[1].entries.join(whole(old), on=VERSION, how="anti")
    new = add_lists(old, [type(exercise[1])(exercise[1].info, rest, exercise[1].rejects)], knowledge)
    begun_with(world, old)
    world.publish(new)
    follow(world)
    assert set(world.office.hits()["entry_id"]) <= set(rest["entry_id"])
    assert status(world.hub)["last"]["entries"] == 100
    assert world.past.withdrawn == []


def test_the_first_publication_asks_for_nothing(world, states):
    begun_with(world, states[0])
    assert world.past.asked == []
    assert world.office.receipts() == []
    assert status(world.hub)["state"] == "idle"


def test_after_a_crash_the_next_worker_goes_on_with_the_day_that_broke(world, states):
    begun_with(world, states[0])
    world.publish(states[1])
    world.past.breaks_at = world.past.days()[3]
    with pytest.raises(KeyboardInterrupt):
        follow(world)
    assert status(world.hub)["under_way"]["days_done"] == 3
    world.past.breaks_at = None
    assert follow(world, "two") == 1
    assert world.past.asked == world.past.days()  # none of them twice
    found = world.office.hits()
    assert found["hit_id"].n_unique() == found.height
    assert sum(each.screened for each in world.office.receipts()) == world.past.travellers.height


def test_a_worker_whose_lease_went_to_another_stores_nothing(world, states, knowledge):
    begun_with(world, states[0])
    world.publish(states[1])
    late, first = Progress(world.hub, "late"), Progress(world.hub, "first")
    assert late.hold()
    begun = late.next()
    late.begin(begun, {})
    late.release()
    assert first.hold()
    assert not late.hold()
    lists = open_lists(states[0], knowledge)
    found = [screened_slice(world.hub, begun, "slice", world.past.travellers[:10], lists, knowledge)]
    with pytest.raises(StoreError, match="taken it over"):
        late.day(begun, "2026-11-20", found)
    assert first.day(begun, "2026-11-20", found)
    assert not first.day(begun, "2026-11-20", found)  # nor anything twice
    assert world.hub.client.xlen(key("screened")) == 1


def test_only_one_works_at_a_time(world, states):
    begun_with(world, states[0])
    world.publish(states[1])
    other = Progress(world.hub, "other")
    assert other.hold()
    assert not world.step("one")
    other.release()
    assert world.step("one")


def test_removed_entries_are_withdrawn_at_once_and_changed_ones_after_the_new_hits_came_in(world, states):
    old, new = states
    begun_with(world, old)
    world.publish(new)
    taken = []
    withdraw = world.past.withdraw

    def watched(*given):
        taken.append(len(world.office.taken))
        withdraw(*given)

    object.__setattr__(world.ways, "withdraw", watched)
    follow(world)
    today = world.hub.now().date()
    changed = between(old, new, since=today, today=today)
    assert (len(changed.removed), len(changed.replaced)) == (50, 50)
    assert world.past.withdrawn == [
        (changed.removed, REMOVED, {}),
        (changed.removed, REMOVED, {}),
        (list(changed.replaced), REPLACED, changed.replaced),
    ]
    now = {(row["list_id"], row["entry_id"]): row["entry_hash"] for row in whole(new).iter_rows(named=True)}
    assert all(now[pair] == still for pair, still in changed.replaced.items())
    assert taken[0] == 0
    assert taken[2] == len(world.office.receipts())


def test_every_publication_is_followed_also_one_that_was_soon_replaced(world, states, exercise, knowledge):
    old, new = states
    short = with_entries(exercise[1], whole(new)[:-40], knowledge)
    begun_with(world, old)
    for each in (new, short):
        world.publish(each)
    assert status(world.hub)["queued"] == 2
    assert follow(world) == 2
    last = [set(keys) for keys, *_ in world.past.withdrawn][-1]
    assert last == set(whole(new).select("list_id", "entry_id")[-40:].rows())  # live screening met them meanwhile
    assert status(world.hub)["screened_against"] == short.hash


def test_an_entry_is_looked_for_in_the_past_when_its_first_day_comes(world, states, exercise, knowledge):
    listed, today = exercise[1], world.hub.now().date()
    begins = finished(whole(states[0]).with_columns(pl.lit(today).alias("valid_from")).drop("entry_hash"), listed.info)
    begun_with(world, with_entries(listed, begins, knowledge))
    assert world.office.hits().is_empty()
    world.hub.client.hset(key("rescreened"), "day", str(today - timedelta(days=1)))
    assert follow(world) == 1
    assert world.office.hits().height > 20
    assert world.past.withdrawn == []
    assert follow(world) == 0


def test_it_waits_until_what_was_screened_before_is_retained(world, states):
    begun_with(world, states[0])
    waits = world.hub.client.xadd(key("kept"), {"state": "BRB"})
    world.publish(states[1])
    world.office.take = lambda: world.office.set()  # ends the service while it waits
    assert follow(world) == 0
    assert "keeper" in status(world.hub)["trouble"]
    assert world.past.asked == []
    world.hub.client.xdel(key("kept"), waits)
    del world.office.take
    world.office.clear()
    assert follow(world) == 1
    assert world.past.asked == world.past.days()


def test_the_service_goes_on_after_an_error_and_says_what_it_was(world, states, monkeypatch):
    monkeypatch.setattr("os.nice", lambda by: 0)
    world.publish(states[0])
    stop = threading.Event()
    service = threading.Thread(target=run, args=(world.hub, "service", stop.is_set, world.ways), kwargs={"poll": 0.01})
    service.start()
    try:
        wait_for(lambda: status(world.hub)["screened_against"] == states[0].hash)
        from_archive = world.ways.snapshot

        def gone(name):
            raise StoreError(name, "it is not in the archive", "put it back")

        object.__setattr__(world.ways, "snapshot", gone)
        world.publish(states[1])
        wait_for(lambda: "not in the archive" in (status(world.hub)["trouble"] or ""))
        object.__setattr__(world.ways, "snapshot", from_archive)
        wait_for(lambda: world.office.receipts() and status(world.hub)["screened_against"] == states[1].hash)
    finally:
        stop.set()
        service.join()
    assert world.office.hits().height > 0


def wait_for(is_so, seconds=20.0):
    until = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if is_so():
            return
        until.wait(0.02)
    raise AssertionError("it did not happen")


def test_nothing_about_people_stands_unsealed_in_the_hub(world, states):
    begun_with(world, states[0])
    world.publish(states[1])
    follow(world)
    hits = world.office.hits()
    stored = b"".join(b"".join(fields.values()) for fields in world.office.taken)
    stored += b"".join(fields[b"event"] for _, fields in world.hub.client.xrange(audit.STREAM))
    assert hits.height
    for name in hits["family_name"].unique():
        assert len(name) < 4 or name.encode() not in stored
