"""The lake: what is appended comes back, once; what is damaged is named; what masks hide is gone."""

import contextlib
import os

import polars as pl
import pytest

from ops_hub.errors import StoreError
from ops_hub.schemas import TRAVELLERS
from ops_hub.store import compacting, lake, lakefiles
from ops_hub.store.compacting import compact
from ops_hub.store.lakefiles import LIVE, Writer, files, folder_of
from ops_hub.store.recordindex import index_of
from ops_hub.store.segments import Damage, walk

from .fixtures_keeping import kept, kept_hub, people  # noqa: F401

DAY = "2026-11-23"


def filled(hub, screenings=6, rows=10, state="BRB", day=DAY):
    writer = Writer(hub.home)
    for k in range(screenings):
        writer.append([kept(hub, state, day, f"s{k}", people(k * rows, rows))])
    return writer


def records(hub, **options):
    frames = list(lake.read(hub, identity=True, **options))
    return sorted(pl.concat(frames)["record_id"].to_list()) if frames else []


def wanted(count):
    return [f"P{k:08d}" for k in range(count)]


def test_what_is_appended_comes_back_whole_with_its_screening(kept_hub):  # noqa: F811
    filled(kept_hub)
    frame = pl.concat(lake.read(kept_hub, identity=True)).sort("record_id")
    assert frame.drop("screening_id").equals(people(0, 60))
    assert frame["screening_id"].to_list() == [f"s{k // 10}" for k in range(60)]
    assert lake.counts(kept_hub) == {("BRB", DAY): 60}
    assert lake.days(kept_hub, ["TTO"]) == []


def test_nothing_in_the_files_names_anybody(kept_hub):  # noqa: F811
    filled(kept_hub)
    compact(kept_hub, "BRB", DAY, over=True)
    data = b"".join(path.read_bytes() for path in (kept_hub.home / "lake").rglob("*") if path.is_file())
    assert b"FAMILY" not in data
    assert b"P0000" not in data


def test_an_item_that_comes_again_is_kept_once_before_and_after_merging_and_by_a_new_writer(kept_hub):  # noqa: F811
    writer = filled(kept_hub)
    again = [kept(kept_hub, "BRB", DAY, "s3", people(30, 10))] * 2
    assert writer.append(again) == 0
    assert Writer(kept_hub.home).append(again) == 0
    compact(kept_hub, "BRB", DAY, over=True)
    assert Writer(kept_hub.home).append(again) == 0
    assert records(kept_hub) == wanted(60)


def test_merging_keeps_every_row_and_later_ones_are_merged_with_them(kept_hub):  # noqa: F811
    writer = filled(kept_hub)
    assert compact(kept_hub, "BRB", DAY, over=False) == 0
    assert compact(kept_hub, "BRB", DAY, over=True) == 60
    assert [path.name for path in files(folder_of(kept_hub.home, "BRB", DAY))] == ["000000-000001.seg"]
    assert compact(kept_hub, "BRB", DAY, over=True) == 0
    writer.append([kept(kept_hub, "BRB", DAY, "late", people(60, 5))])
    assert compact(kept_hub, "BRB", DAY, over=True) == 65
    assert records(kept_hub) == wanted(65)
    assert len(list(folder_of(kept_hub.home, "BRB", DAY).iterdir())) == 2


def test_a_merge_that_was_killed_at_any_step_leaves_every_row_once(kept_hub, monkeypatch):  # noqa: F811
    """Every system call that changes a name fails once: what stands then must read the same."""
    rows = 0
    for step in range(12):
        Writer(kept_hub.home).append([kept(kept_hub, "BRB", DAY, f"k{step}", people(rows, 7))])
        rows += 7
        calls = iter(range(100))

        def dies(name, step=step, calls=calls):
            real = getattr(os, name)
            return lambda *args, **more: (
                (_ for _ in ()).throw(KeyboardInterrupt) if next(calls) == step else real(*args, **more)
            )

        with monkeypatch.context() as patch:
            for name in ("rename", "replace", "unlink", "fsync"):
                patch.setattr(os, name, dies(name))
            with contextlib.suppress(KeyboardInterrupt):
                compact(kept_hub, "BRB", DAY, over=True)
        assert records(kept_hub) == wanted(rows), step
    compact(kept_hub, "BRB", DAY, over=True)
    assert records(kept_hub) == wanted(rows)


def test_frames_are_large_and_large_days_are_merged_in_pieces(kept_hub, monkeypatch):  # noqa: F811
    monkeypatch.setattr(lake, "FRAME", 20)
    monkeypatch.setattr(compacting, "FRAME", 20)
    filled(kept_hub)
    compact(kept_hub, "BRB", DAY, over=True)
    assert [frame.height for frame in lake.read(kept_hub, identity=True)] == [20, 20, 20]
    assert lake.find(kept_hub, "P00000045").height == 1


@pytest.mark.parametrize("merged", [False, True])
def test_a_record_is_found_in_whatever_form_it_is_kept(kept_hub, merged):  # noqa: F811
    filled(kept_hub)
    filled(kept_hub, state="TTO", day="2026-11-25", screenings=1)
    if merged:
        compact(kept_hub, "BRB", DAY, over=True)
    found = lake.find(kept_hub, "P00000003")
    assert sorted(found.select("state", "day").rows()) == [("BRB", DAY), ("TTO", "2026-11-25")]
    assert lake.find(kept_hub, "P00000003", "2026-11-25")["state"].to_list() == ["TTO"]
    assert lake.find(kept_hub, "P99999999").height == 0


def test_a_record_is_found_without_an_index_and_with_a_damaged_one(kept_hub):  # noqa: F811
    filled(kept_hub)
    compact(kept_hub, "BRB", DAY, over=True)
    index = index_of(files(folder_of(kept_hub.home, "BRB", DAY))[0])
    whole = bytearray(index.read_bytes())
    whole[-3] ^= 1
    index.write_bytes(whole)
    assert lake.find(kept_hub, "P00000003").height == 1
    index.unlink()
    assert lake.find(kept_hub, "P00000003").height == 1


def test_a_flipped_byte_anywhere_costs_one_piece_and_is_named(kept_hub):  # noqa: F811
    filled(kept_hub, screenings=4, rows=3)
    path = folder_of(kept_hub.home, "BRB", DAY) / LIVE
    whole = path.read_bytes()
    places = [piece.offset for piece in walk(path)]
    for at in range(0, len(whole), 257):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        damaged: list[Damage] = []
        assert len(records(kept_hub, damaged=damaged)) == 9
        assert [(each.file, each.offset) for each in damaged] == [
            (str(path), max(place for place in places if place <= at))
        ]
    with pytest.raises(StoreError, match=r"live\.seg at \d+: damaged"):
        records(kept_hub)


def test_a_segment_that_is_cut_short_is_named_and_left_unmerged(kept_hub):  # noqa: F811
    filled(kept_hub, screenings=4, rows=3)
    path = folder_of(kept_hub.home, "BRB", DAY) / LIVE
    os.truncate(path, path.stat().st_size - 5)
    damaged: list[Damage] = []
    assert len(records(kept_hub, damaged=damaged)) == 9
    assert "cut short" in damaged[0].reason
    assert compact(kept_hub, "BRB", DAY, over=True) == 0
    assert len(records(kept_hub, damaged=[])) == 9


def test_what_a_killed_writer_left_unfinished_is_cut_off_and_comes_again(kept_hub):  # noqa: F811
    filled(kept_hub, screenings=4, rows=3)
    path = folder_of(kept_hub.home, "BRB", DAY) / LIVE
    os.truncate(path, path.stat().st_size - 5)
    assert Writer(kept_hub.home).append([kept(kept_hub, "BRB", DAY, f"s{k}", people(3 * k, 3)) for k in range(4)]) == 3
    assert records(kept_hub) == wanted(12)


def test_a_masked_reader_sees_nothing_that_tells_who_somebody_is(kept_hub):  # noqa: F811
    Writer(kept_hub.home).append(
        [
            kept(kept_hub, "BRB", DAY, "a", people(0, 20)),
            kept(kept_hub, "BRB", DAY, "b", people(20, 3, nationality="ISL", sex="M")),
        ]
    )
    frame = pl.concat(lake.read(kept_hub, identity=False))
    assert frame.select(lake.IDENTITY).null_count().sum_horizontal()[0] == 23 * len(lake.IDENTITY)
    assert frame.schema == {**{name: column.dtype for name, column in TRAVELLERS.items()}, "screening_id": pl.String}
    assert frame["nationality"].drop_nulls().unique().to_list() == ["BRB"]  # three Icelanders on a flight are somebody
    assert frame["flight"].null_count() == 0


def test_one_person_in_ten_records_is_still_one_person(kept_hub):  # noqa: F811
    same = {"family_name": "ONE", "given_names": "SAME", "birth_date": "1970-01-01"}
    Writer(kept_hub.home).append([kept(kept_hub, "BRB", DAY, "a", people(0, 20, **same))])
    assert pl.concat(lake.read(kept_hub, identity=False))["nationality"].null_count() == 20


def test_a_day_whose_key_is_destroyed_opens_no_more_and_others_do(kept_hub):  # noqa: F811
    filled(kept_hub)
    filled(kept_hub, day="2026-11-24", screenings=1)
    kept_hub.keyring.destroy("BRB", DAY)
    damaged: list[Damage] = []
    assert len(records(kept_hub, damaged=damaged)) == 10
    assert "destroyed" in damaged[0].reason
    lakefiles.remove(kept_hub.home, "BRB", DAY)
    assert len(records(kept_hub)) == 10
