"""Cases and retention: what a hold keeps is still seen, nothing that it keeps is replaced, and what ends, ends for all."""

from datetime import timedelta

import msgspec
import polars as pl
import pytest

from ops_hub.casework.case import Actor
from ops_hub.desk.acting import act
from ops_hub.desk.filing import open_desk, story_of
from ops_hub.desk.showing import listed, shown
from ops_hub.engines.live import holds
from ops_hub.engines.live.requests import masking
from ops_hub.engines.live.retention import run
from ops_hub.store import lake
from ops_hub.store.lakefiles import Writer

from .fixtures_cases import ANA, BEN, all_cases, entry, hub, office, screened, server, told, traveller, worked
from .fixtures_keeping import STATES, kept, people

__all__ = ["hub", "office", "server", "told"]

FAR = timedelta(days=4000)


@pytest.fixture
def desk(hub, office):  # noqa: F811
    """Case 1, of one traveller to BRB, with a note that names her."""
    screened(hub, 1, [(traveller(hub, "r1"), entry(caveats=("content-to-concerned",)))])
    worked(office)
    made = open_desk(hub)
    act(made, 1, ANA, "note", {"reason": "she travels with her sister"})
    worked(office)
    return made


def over(desk):
    """Let all that is due be forgotten, as in eleven years."""
    return run(desk.hub, STATES, (desk.hub.now() + FAR).date())


def seen(desk, reader=ANA):
    return shown(desk, 1, reader, masked=masking(desk)(1, reader))


def test_of_a_case_under_hold_content_and_words_are_seen_after_its_day_was_forgotten(desk):
    hold = holds.hold_case(desk.hub, 1, "court", BEN)
    assert over(desk).deleted
    assert seen(desk)["traveller"][0]["family_name"] == "GOMEZ"
    assert "she travels with her sister" in [each.get("reason") for each in seen(desk)["story"]]
    holds.release(desk.hub, hold.id, "over", BEN)
    assert seen(desk)["traveller"] == []
    assert "no_content_because" in seen(desk)
    assert [each["case"] for each in listed(desk, ANA, done=True)] == [1]
    assert story_of(desk.hub, all_cases(desk.hub)[1])[-1].detail["reason"] == "(deleted)"


def test_what_joins_a_held_case_later_is_kept_beside_what_the_hold_kept(desk, office):  # noqa: F811
    holds.hold_case(desk.hub, 1, "court", BEN)
    over(desk)
    other = entry("E2", name="GOMEZ, Ana Maria", caveats=("content-to-concerned",))
    screened(desk.hub, 2, [(traveller(desk.hub, "r1"), other)])
    worked(office)
    over(desk)
    assert {each["entry_id"] for each in seen(desk)["content"]} == {"E1", "E2"}
    assert seen(desk)["traveller"][0]["family_name"] == "GOMEZ"


def test_rows_that_come_again_for_a_forgotten_day_do_not_replace_what_a_hold_kept(hub):  # noqa: F811
    day = "2026-01-10"
    writer = Writer(hub.home)
    writer.append([kept(hub, "BRB", day, "a", people(0, 10))])
    hold = holds.hold_record(hub, "P00000003", "court", BEN)
    run(hub, STATES, (hub.now() + FAR).date())
    again = people(0, 10).with_columns(family_name=pl.lit("OTHER"))
    Writer(hub.home).append([kept(hub, "BRB", day, "b", again)])
    run(hub, STATES, (hub.now() + FAR).date())
    assert sorted(lake.find(hub, "P00000003")["family_name"].to_list()) == ["FAMILY3", "OTHER"]
    assert lake.rows(hub, "BRB", hold.period) == 2
    run(hub, STATES, (hub.now() + FAR).date())
    assert lake.rows(hub, "BRB", hold.period) == 2


def test_a_case_under_hold_is_not_masked_by_a_record_that_joined_it_after_the_hold(desk):
    holds.hold_case(desk.hub, 1, "court", BEN)
    case = msgspec.structs.replace(all_cases(desk.hub)[1], day="2020-01-01", records=("r1", "r9"))
    desk.hub.client.hset("oh:{0}:case:1", "case", msgspec.json.encode(case))
    assert not masking(desk)(1, ANA)
    assert not masking(desk)(1, Actor("TTO", "jo"))
