"""Names that go wrong, on either side: nothing crashes, nothing is lost, and whoever can be found is found."""

from __future__ import annotations

import json

import polars as pl
import pytest
from click.testing import CliRunner

from benchmarks.bad_names import BAD_NAMES
from ops_hub.cli.main import main
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import read_lists
from ops_hub.normalise.names import MAX_TOKENS
from ops_hub.normalise.people import travellers_people
from ops_hub.pipeline import compile_lists, open_lists, screen
from tests.conftest import TODAY

HALF = r"\ud83d"  # half of a surrogate pair, as JSON can write it
LISTED = {"entry_id": "E-1", "name": "QUESADA, Ilda", "birth_date": "1980-02-03"}


@pytest.fixture(scope="module")
def bad_list(tmp_path_factory, knowledge):
    """One person worth finding among entries of every bad name."""
    path = tmp_path_factory.mktemp("lists") / "list.ndjson"
    bad = [
        {"entry_id": f"B{i}", "name": name, "birth_date": "1970-01-01"}
        for i, name in enumerate(BAD_NAMES.values())
        if name.strip()
    ]
    half = json.dumps({"entry_id": "half", "name": "QUINTANAHALF"}).replace("HALF", HALF)
    path.write_text("\n".join([*map(json.dumps, bad), half, json.dumps(LISTED)]) + "\n")
    return open_lists(compile_lists(read_lists([path]), knowledge), knowledge)


def feed(folder, kind):
    """Return a feed of every bad name, with one traveller who is listed in the middle."""
    names = list(BAD_NAMES.values())
    rows = [("", name, "1980-02-03") for name in names[:9]] + [("QUESADA", "ILDA", "1980-02-03")]
    rows += [("", name, "1980-02-03") for name in names[9:]]
    schema = ["family_name", "given_names", "birth_date"]
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("record_id")
    frame = frame.with_columns(pl.format("r{}", "record_id").alias("record_id"))
    path = folder / f"feed.{kind}"
    if kind == "csv":
        frame.write_csv(path)
    elif kind == "parquet":
        frame.write_parquet(path)
    else:
        lines = [json.dumps(row) for row in frame.iter_rows(named=True)]
        lines.append(json.dumps({"record_id": "half", "given_names": "ILDAHALF"}).replace("HALF", HALF))
        path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson"])
def test_every_bad_name_is_screened_or_rejected_with_a_reason_and_the_listed_one_among_them_is_found(
    tmp_path, bad_list, knowledge, kind
):
    path = feed(tmp_path, kind)
    batches = list(read([path], ReadOptions(TODAY, b"key")))
    travellers = pl.concat([batch.travellers for batch in batches])
    rejects = pl.concat([batch.rejects for batch in batches]).filter(pl.col("kind") == "record")
    wanted = len(BAD_NAMES) + 1 + (kind == "ndjson")
    assert travellers.height + rejects.height == wanted == sum(i.records_in for b in batches for i in b.inputs)
    assert rejects["reason"].null_count() == 0
    assert rejects["detail"].str.len_chars().min() > 10
    hits = screen(travellers, bad_list, knowledge, today=TODAY)
    assert "E-1" in hits.filter(pl.col("family_name") == "QUESADA")["entry_id"].to_list()


def test_a_name_of_500_tokens_is_compared_by_its_first_ones(knowledge):
    frame = pl.DataFrame({"family_name": [""], "given_names": [BAD_NAMES["500 tokens"]], "full_name": [None]})
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias("birth_date"), pl.col("full_name").cast(pl.String))
    names = travellers_people(frame, knowledge.tables, knowledge.config.names).names
    assert names.offsets[-1] == MAX_TOKENS


def test_a_list_where_ten_thousand_share_one_name_gives_the_one_who_was_born_that_day(tmp_path, knowledge):
    days = pl.date_range(pl.date(1950, 1, 1), pl.date(2004, 12, 31), "2d", eager=True).head(10_000)
    shared = pl.DataFrame({"entry_id": [f"E{i}" for i in range(10_000)], "name": "GARCIA, Jose", "birth_date": days})
    path = tmp_path / "list.csv"
    shared.with_columns(pl.col("birth_date").cast(pl.String)).write_csv(path)
    lists = open_lists(compile_lists(read_lists([path]), knowledge), knowledge)
    frame = pl.DataFrame(
        {"record_id": ["r"], "family_name": ["GARCIA"], "given_names": ["JOSE"], "birth_date": [str(days[5000])]}
    )
    frame.write_parquet(tmp_path / "feed.parquet")
    travellers = next(iter(read([tmp_path / "feed.parquet"], ReadOptions(TODAY, b"key")))).travellers
    best = screen(travellers, lists, knowledge, today=TODAY).row(0, named=True)
    assert best["birth_agreement"] == "exact"
    assert best["score"] >= 0.9


def test_an_account_tells_how_many_have_no_name_that_can_be_compared(tmp_path):
    path = feed(tmp_path, "csv")
    (tmp_path / "list.ndjson").write_text(json.dumps(LISTED) + "\n")
    done = CliRunner().invoke(
        main, ["screen", str(path), "--watchlist", str(tmp_path / "list.ndjson"), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.output
    account = json.loads((tmp_path / "out" / "run.json").read_text())
    assert account["records_in"] == account["screened"] + account["rejected"] == len(BAD_NAMES) + 1
    assert account["nameless"] >= 5
    assert f"{account['nameless']} travellers have no name that can be compared" in done.output
