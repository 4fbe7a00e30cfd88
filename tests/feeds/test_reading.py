import gzip
import json

import polars as pl
import pytest
import zstandard

from ops_hub.errors import FeedError
from ops_hub.feeds.lines import MAX_LINE
from ops_hub.feeds.mapping import load_mapping
from ops_hub.feeds.reading import ReadOptions, expand, read
from tests.conftest import ROOT, TODAY

OPTIONS = ReadOptions(today=TODAY, hash_key=b"key")


def read_one(path, content, **options):
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    batches = list(read([path], ReadOptions(today=TODAY, hash_key=b"key", **options)))
    travellers = pl.concat([batch.travellers for batch in batches])
    rejects = pl.concat([batch.rejects for batch in batches])
    (account,) = [each for batch in batches for each in batch.inputs]
    assert account.records_in == travellers.height + account.rejected
    assert account.rejected == rejects.filter(pl.col("kind") == "record").height
    return travellers, rejects, account


@pytest.mark.parametrize("path", sorted((ROOT / "sample_feeds").glob("*.expected.json")), ids=lambda path: path.name)
def test_a_sample_feed_gives_what_stands_beside_it(path):
    told = json.loads(path.read_text(encoding="utf-8"))
    travellers, _, account = read_one(path.with_name(path.name.removesuffix(".expected.json")), None)
    assert {key: getattr(account, key) for key in ("format", "messages", "records_in", "rejected")} == {
        k: told[k] for k in ("format", "messages", "records_in", "rejected")
    }
    rows = travellers.to_dicts()
    for person in told["people"]:
        assert any(all(row[key] == value for key, value in person.items()) for row in rows), person


CSV = "surname,first_name,dob,gender,passport,issuing_country,phone,colour\nGARCIA,ANA,1990-02-03,Female,X1,Honduras,+504 1234,red\n"


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv", bytes),
        ("a.csv.gz", gzip.compress),
        ("wrong-name.txt", lambda data: zstandard.ZstdCompressor().compress(data)),
        ("a.gz.gz", lambda data: gzip.compress(gzip.compress(data))),
        ("utf16.csv", lambda data: data.decode().encode("utf-16")),
        ("bom.csv", lambda data: b"\xef\xbb\xbf" + data),
        ("windows.csv", lambda data: data.replace(b"\n", b"\r\n")),
    ],
)
def test_a_table_is_read_however_it_is_packed(tmp_path, name, pack):
    travellers, rejects, account = read_one(tmp_path / name, pack(CSV.encode()))
    row = travellers.row(0, named=True)
    assert (row["family_name"], row["given_names"], row["birth_date"], row["sex"]) == (
        "GARCIA",
        "ANA",
        "1990-02-03",
        "F",
    )
    assert (row["documents"][0]["number"], row["documents"][0]["issuer"], row["contacts"][0]["value"]) == (
        "X1",
        "HND",
        "+504 1234",
    )
    assert json.loads(row["extra"]) == {"colour": "red"}
    assert account.format == "csv"
    assert rejects.is_empty()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty-file"),
        (b"PK\x03\x04rest of a spreadsheet", "not-a-feed"),
        (gzip.compress(b"0" * (100 << 20)), "too-large"),
        (b"\x00\x01\x02\x03" * 100, "unknown-format"),
        (b"PAR1 not really", "broken-parquet"),
        (b"\x1f\x8bnot gzip at all", "broken-compression"),
    ],
)
def test_what_is_no_feed_is_one_rejected_record_with_a_reason(tmp_path, content, reason):
    travellers, rejects, account = read_one(tmp_path / "x", content)
    assert travellers.is_empty()
    assert (account.records_in, account.rejected, rejects["reason"].to_list()) == (1, 1, [reason])


def test_bad_rows_are_rejected_with_their_line_and_the_good_ones_kept(tmp_path):
    text = 'family_name,given_names,birth_date\nA,B,1990\nC,D\n"E,F,1991\nG,H,1990-13-01\n,,\n"I, J",K,1992-01\n'
    travellers, rejects, _ = read_one(tmp_path / "a.csv", text)
    assert travellers["family_name"].to_list() == ["A", "G", "I, J"]
    assert sorted(rejects.select("position", "kind", "reason").rows()) == [
        (3, "record", "field-count"), (4, "record", "unclosed-quote"), (5, "note", "bad-date"), (6, "record", "no-name"),
    ]  # fmt: skip


def test_one_broken_line_of_json_loses_no_other(tmp_path):
    travellers, rejects, _ = read_one(
        tmp_path / "a.ndjson", '{"family_name": "A"}\n{"family_name": \n[1]\n{"name": "B C", "seats": ["1A", "2B"]}\n'
    )
    assert travellers.height == 2
    assert rejects["position"].to_list() == [2, 3]
    assert travellers["seats"].to_list()[1] == ["1A", "2B"]


def test_an_endless_line_is_rejected_and_never_held(tmp_path):
    text = b"family_name,given_names\nA,B\n" + b"x" * (3 * MAX_LINE) + b"\nC,D\n"
    travellers, rejects, _ = read_one(tmp_path / "a.csv", text)
    assert travellers["family_name"].to_list() == ["A", "C"]
    assert rejects["reason"].to_list() == ["line-too-long"]
    assert len(rejects["raw"][0]) <= 500


def test_a_truncated_gzip_gives_what_came_and_says_so(tmp_path):
    data = gzip.compress(("family_name,given_names\n" + "".join(f"N{k},{k * 7919}\n" for k in range(20000))).encode())
    travellers, rejects, _ = read_one(tmp_path / "a.csv.gz", data[: len(data) // 2])
    assert travellers.height > 1000
    assert "truncated" in rejects["reason"].to_list()


def test_a_parquet_file_streams_in_slices_with_the_same_rows(tmp_path):
    frame = pl.DataFrame({"family_name": [f"N{k}" for k in range(1000)], "birth_date": ["1990-01-01"] * 1000})
    frame.write_parquet(tmp_path / "a.parquet")
    whole, _, _ = read_one(tmp_path / "a.parquet", None)
    sliced, _, account = read_one(tmp_path / "a.parquet", None, batch_rows=70)
    assert whole.equals(sliced)
    assert account.records_in == 1000


def test_a_mapping_names_columns_and_an_unknown_target_is_refused_with_the_nearest(tmp_path):
    (tmp_path / "m.toml").write_text(
        'delimiter = "|"\n[columns]\nfamily_name = "APE"\nbirth_date = "NAC"\n[formats]\nbirth_date = "%d.%m.%Y"\n[constants]\nflight = "FX7"\n'
    )
    mapping = load_mapping(tmp_path / "m.toml")
    travellers, _, _ = read_one(tmp_path / "a.csv", "APE|NAC\nGARCIA|03.02.1990\n", mapping=mapping)
    assert travellers.select("family_name", "birth_date", "flight").row(0) == ("GARCIA", "1990-02-03", "FX7")
    (tmp_path / "bad.toml").write_text('[columns]\nfamly_name = "APE"\n')
    with pytest.raises(Exception, match="did you mean family_name"):
        load_mapping(tmp_path / "bad.toml")


def test_missing_paths_are_named(tmp_path):
    with pytest.raises(FeedError, match="no such file"):
        expand([tmp_path / "nowhere"])
    with pytest.raises(FeedError, match="holds no feed"):
        expand([tmp_path])


def test_files_of_one_name_are_told_apart(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text("family_name\nA\n")
    assert [name for name, _ in expand([tmp_path / "one", tmp_path / "two", tmp_path / "one" / "a.csv"])] == [
        "a.csv",
        "a.csv (2)",
    ]


def test_a_table_without_names_of_columns_is_refused_and_not_read_as_data(tmp_path):
    travellers, rejects, account = read_one(tmp_path / "a.csv", "DOE,JANE,1990-01-01\nROE,JIM,1991-01-01\n")
    assert (travellers.height, account.rejected, rejects["reason"].to_list()) == (0, 1, ["no-known-column"])


def test_a_json_array_is_read_like_lines(tmp_path):
    travellers, rejects, _ = read_one(tmp_path / "a.json", '[{"family_name": "A"}, 7,\n {"family_name": "B"}]')
    assert travellers["family_name"].to_list() == ["A", "B"]
    assert rejects["reason"].to_list() == ["bad-json"]


def test_nested_documents_of_json_are_read_and_odd_ones_kept_as_extra(tmp_path):
    text = '{"family_name": "A", "documents": [{"type": "P", "number": "X1", "issuer": "HND", "expires": "2031-01-01"}]}\n{"family_name": "B", "documents": "P123"}\n'
    travellers, _, _ = read_one(tmp_path / "a.ndjson", text)
    assert travellers["documents"][0][0]["number"] == "X1"
    assert str(travellers["documents"][0][0]["expires"]) == "2031-01-01"
    assert "P123" in travellers["extra"][1]


def test_a_table_with_names_of_columns_only_is_noted(tmp_path):
    _, rejects, account = read_one(tmp_path / "a.csv", "family_name,given_names\n")
    assert (account.records_in, rejects["reason"].to_list()) == (0, ["no-records"])


def test_blank_and_missing_cells_are_null_and_blanks_at_the_ends_do_not_count(tmp_path):
    text = (
        "id,family_name,dob,sex,nationality,passport\n 7 , A B , ,, , X 1 \n,C,1990-02-03 , f,honduras,\n  ,D,,,,Y2\n"
    )
    travellers, rejects, account = read_one(tmp_path / "a.csv", text)
    assert travellers["record_id"].to_list() == ["7", f"{account.sha256[:16]}-3", f"{account.sha256[:16]}-4"]
    assert travellers["family_name"].to_list() == ["A B", "C", "D"]
    assert travellers["birth_date"].to_list() == [None, "1990-02-03", None]
    assert travellers["sex"].to_list() == [None, "F", None]
    assert travellers["nationality"].to_list() == [None, "HND", None]
    papers = [[(paper["type"], paper["number"], paper["issuer"]) for paper in each] for each in travellers["documents"]]
    assert papers == [[("P", "X1", None)], [], [("P", "Y2", None)]]
    assert rejects.is_empty()


def test_a_column_without_any_value_is_null_throughout(tmp_path):
    frame = pl.DataFrame({"family_name": ["A", "B"], "dob": [None, ""], "sex": [None, None], "nationality": ["", ""]})
    frame.with_columns(pl.col("sex").cast(pl.String)).write_parquet(tmp_path / "a.parquet")
    travellers, rejects, _ = read_one(tmp_path / "a.parquet", None)
    assert travellers.select("birth_date", "sex", "nationality", "departs_at").null_count().row(0) == (2, 2, 2, 2)
    assert rejects.is_empty()


@pytest.mark.parametrize("family", ["LUNA", "ACUNA", "UNA", "UNB", "UNH", '"UNA"', "UNAB", "Una"])
def test_a_table_with_people_of_these_names_is_a_table(tmp_path, family):
    path = tmp_path / "feed.csv"
    path.write_text(f"family_name,given_names\nDOE,JOHN\n{family},JOSE\n{family},PAXLST\n")
    (batch,) = read([path], ReadOptions(TODAY, b"key"))
    assert batch.travellers.height == 3
    names = "".join(f'{{"family_name": "{name}", "given_names": "JOSE"}}\n' for name in ("Doe", family.strip('"')))
    path.with_suffix(".ndjson").write_text(names)
    (batch,) = read([path.with_suffix(".ndjson")], ReadOptions(TODAY, b"key"))
    assert batch.travellers.height == 2


def test_fares_of_tables_are_kept_in_one_form_with_the_damaged_ones_noted_and_as_sent(tmp_path):
    path = tmp_path / "t.csv"
    sent = ["250.00 USD", "usd 40,50", "70", "1.2.3 USD", "", "USD 9 EUR", "4929000000006x"]
    path.write_text("surname;Fare;Note\n" + "".join(f"ROJAS{k};{each};n\n" for k, each in enumerate(sent)))
    made, rejects, _ = read_one(path, None)
    fares = [json.loads(extra)["fare"] for extra in made["extra"]]
    assert fares == ["250.00 USD", "40.50 USD", "70", "1.2.3 USD", None, "USD 9 EUR", "<card>x"]
    assert rejects.select("kind", "reason", "position").rows() == [("note", "bad-amount", k) for k in (5, 7, 8)]
    assert "4929000000006" not in str(rejects.rows())
    (tmp_path / "m.toml").write_text('[columns]\nfare = "Note"\n[constants]\nfare_currency = "XCD"\n')
    path.write_text("surname;fare;Note;form of payment\nROJAS;old;70;CA\n")
    made, _, _ = read_one(path, None, mapping=load_mapping(tmp_path / "m.toml"))
    assert json.loads(made["extra"][0]) == {"fare_sent": "old", "fare": "70 XCD"}
    assert made["payments"][0].to_list() == [{"kind": "CA", "token": None}]
