# ruff: noqa: F811
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import polars as pl
import pytest

from ops_hub.engines.replay_live import Kept, replayed, screening_of
from ops_hub.errors import StoreError
from ops_hub.pipeline import open_lists, screen
from ops_hub.store.code import code_digest, package_versions
from ops_hub.store.receipt import Receipt, digest_of, digest_of_records, receipt_line, receipt_of_line, screening_id
from tests.conftest import TODAY
from tests.live.fixtures_looking_back import exercise, states  # noqa: F401

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def live(exercise, states, knowledge):
    """A unit of 400 travellers as a worker screened it: receipt, hits, and what the lake holds."""
    travellers, new = exercise[0].head(400), states[1]
    hits = screen(travellers, open_lists(new, knowledge), knowledge, today=TODAY)
    assert hits.height > 10
    configuration, code = knowledge.config.digest, code_digest()
    receipt = Receipt(
        screening_id=screening_id("unit", new.hash, configuration, "rules", code), unit="unit", source="message.edi",
        kind="message", snapshot=new.hash, configuration=configuration, ruleset="rules", code=code,
        versions=package_versions(), threshold=knowledge.config.bands.threshold, today=TODAY, screened=400, rejected=0,
        hits=hits.height, records=digest_of_records(travellers), result=digest_of(hits), accepted_at=AT, screened_at=AT,
    )  # fmt: skip
    return travellers, hits, receipt


@pytest.fixture
def kept(live, states, knowledge):
    """Retained on two days, in another order and beside travellers of another unit."""
    travellers, hits, receipt = live
    mixed = travellers.sample(fraction=1, shuffle=True, seed=5).with_columns(
        pl.lit(receipt.screening_id).alias("screening_id")
    )
    other = mixed.head(5).with_columns(
        ("X" + pl.col("record_id")).alias("record_id"), pl.lit("another").alias("screening_id")
    )
    days = {"2026-11-20": other, "2026-11-23": mixed[:300], "2026-11-24": pl.concat([other, mixed[300:]])}

    def find(record_id, day):
        found = [frame.with_columns(pl.lit(name).alias("day")) for name, frame in days.items() if day in (None, name)]
        return pl.concat(found).filter(pl.col("record_id") == record_id)

    made = Kept(
        find, lambda: list(days), lambda day: days[day].iter_slices(100), {receipt.screening_id: receipt}.get,
        lambda receipt, records: hits, {states[1].hash: states[1]}.__getitem__, lambda ruleset, threshold: knowledge,
    )  # fmt: skip
    return made, days


def test_a_screening_repeated_is_identical_although_the_lake_keeps_it_in_pieces(live, kept):
    _, hits, receipt = live
    for record in (hits["record_id"][0], hits["record_id"][-1]):
        done = replayed(screening_of(record, None, kept[0]), kept[0])
        assert done.identical
        assert (done.found, done.differences, done.notes) == (receipt.hits, [], ())
        assert done.of_record == hits.filter(pl.col("record_id") == record).height


def test_a_record_that_retention_deleted_is_refused_itself_and_as_part_of_its_unit(live, kept):
    ways, days = kept
    record = live[1]["record_id"][0]
    asked = screening_of(record, None, ways)
    for day, frame in days.items():
        days[day] = frame.filter(pl.col("record_id") != record)
    with pytest.raises(StoreError, match="no such record is retained"):
        screening_of(record, None, ways)
    with pytest.raises(StoreError, match="1 of its 400 records are no longer retained"):
        replayed(asked, ways)


def test_records_that_are_not_those_of_then_are_refused(live, kept):
    ways, days = kept
    days["2026-11-23"] = days["2026-11-23"].with_columns(
        pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("invented")).otherwise("record_id").alias("record_id")
    )
    with pytest.raises(StoreError, match="not those that were screened"):
        replayed(screening_of(live[1]["record_id"][-1], None, ways), ways)


def test_a_screening_without_receipt_is_refused(live, kept):
    ways = replace(kept[0], receipt_of=lambda screening: None)
    with pytest.raises(StoreError, match="no receipt of its screening"):
        screening_of(live[1]["record_id"][0], None, ways)


def test_lists_or_settings_that_are_others_under_the_same_name_are_refused(live, kept, states, knowledge):
    asked = screening_of(live[1]["record_id"][0], None, kept[0])
    with pytest.raises(StoreError, match=f"what is kept there is {states[0].hash}"):
        replayed(asked, replace(kept[0], snapshot=lambda name: states[0]))
    other = replace(knowledge, config=replace(knowledge.config, digest="other"))
    with pytest.raises(StoreError, match="settings are not those of then"):
        replayed(asked, replace(kept[0], knowledge=lambda ruleset, threshold: other))


def test_what_differs_is_told_hit_by_hit_and_names_nobody(live, kept):
    _, hits, receipt = live
    asked = screening_of(hits["record_id"][0], None, kept[0])
    first, second = hits["hit_id"][0], hits["hit_id"][1]
    stored = hits.filter(pl.col("hit_id") != first).with_columns(
        pl.when(pl.col("hit_id") == second).then(0.1).otherwise("score").alias("score"),
        pl.when(pl.col("hit_id") == second).then(pl.lit("SOMEBODY")).otherwise("family_name").alias("family_name"),
    )
    lied = replace(asked, receipt=msgspec.structs.replace(receipt, result=digest_of(stored), hits=stored.height))
    done = replayed(lied, replace(kept[0], hits_of=lambda receipt, records: stored))
    assert not done.identical
    assert done.differences == [
        {"what": "additional", "row": {"hit_id": first}},
        {"what": "changed", "row": {"hit_id": second}, "column": "score", "then": 0.1, "now": hits["score"][1]},
        {
            "what": "changed", "row": {"hit_id": second}, "column": "family_name", "then": "(not told)",
            "now": "(not told)",
        },
    ]  # fmt: skip
    one_held = replayed(
        lied, replace(kept[0], hits_of=lambda receipt, records: stored.filter(pl.col("hit_id") == second))
    )
    assert [each["column"] for each in one_held.differences] == ["score", "family_name", "hits", "result"]
    nothing_held = replayed(lied, replace(kept[0], hits_of=lambda receipt, records: None))
    assert [each["column"] for each in nothing_held.differences] == ["hits", "result"]


def test_a_case_that_holds_another_hit_than_was_found_is_told_even_where_the_receipt_agrees(live, kept):
    _, hits, _ = live
    stored = hits.head(3).with_columns(pl.lit("high").alias("band"), pl.lit("other").alias("entry_hash"))
    asked = screening_of(hits["record_id"][0], None, kept[0])
    done = replayed(asked, replace(kept[0], hits_of=lambda receipt, records: stored))
    assert not done.identical
    assert {each["column"] for each in done.differences} >= {"entry_hash"}
    assert "cases hold 3 of" in done.notes[0]


def test_a_unit_in_which_nothing_was_found_is_proved_by_its_receipt(live, kept):
    travellers, hits, receipt = live
    nobody = travellers.join(hits, on="record_id", how="anti")
    quiet = msgspec.structs.replace(
        receipt, screened=nobody.height, hits=0, records=digest_of_records(nobody), result=digest_of(hits.clear())
    )
    ways, days = kept
    for day, frame in days.items():
        days[day] = frame.join(hits, on="record_id", how="anti")
    ways = replace(ways, receipt_of={receipt.screening_id: quiet}.get, hits_of=lambda receipt, records: None)
    done = replayed(screening_of(nobody["record_id"][0], None, ways), ways)
    assert (done.identical, done.found, done.notes) == (True, 0, ())


def test_digests_know_no_order_and_every_change(live):
    travellers, hits, _ = live
    assert digest_of(hits) == digest_of(hits.reverse())
    assert digest_of_records(travellers) == digest_of_records(travellers.reverse())
    assert digest_of(hits) != digest_of(hits[1:])
    assert digest_of(hits) != digest_of(hits.with_columns(pl.col("score") - 0.00001))
    assert digest_of(hits) != digest_of(hits.with_columns(pl.lit("other").alias("band")))
    assert digest_of_records(travellers) != digest_of_records(pl.concat([travellers, travellers[:1]]))


def test_a_receipt_comes_back_as_it_went(live):
    assert receipt_of_line(receipt_line(live[2])) == live[2]
