import polars as pl
import pytest

from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import read_lists
from ops_hub.matching.evidence import TERMS
from ops_hub.pipeline import compile_lists, open_lists, screen
from ops_hub.schemas import TRAVELLERS, rows
from tests.conftest import ROOT, TODAY


@pytest.fixture(scope="module")
def lists(knowledge):
    return open_lists(compile_lists(read_lists([ROOT / "watchlists"]), knowledge), knowledge)


@pytest.fixture(scope="module")
def travellers():
    return pl.concat([batch.travellers for batch in read([ROOT / "sample_feeds"], ReadOptions(TODAY, b"key"))])


@pytest.fixture(scope="module")
def hits(travellers, lists, knowledge):
    return screen(travellers, lists, knowledge, today=TODAY)


# Who is planted in the samples, where, and how they must be found (docs/samples.md).
PLANTED = [
    ("ALLEYNE BYNOE", "BRB-S-001", "exact-document"), ("BYNOE", "BRB-S-001", "exact-document"), ("ORDONEZ LAGOS", "JAM-M-03", "exact-document"),
    ("HENRIQUEZ TOBAR", "JAM-M-05", "high"), ("LINARES", "JAM-M-06", "high"), ("PIERRELOUIS", "JAM-M-02", "high"), ("BRISSETT", "JAM-M-01", "exact-document"),
    ("SHUWAIRI", "un-7000101", "high"), ("MUNOZ LEDESMA", "ofac-90003", "high"), ("REYES", "HND-W-13", "high"), ("MOHAMUD", "un-7000104", "high"),
    ("CARTER", "DOC-0001", "exact-document"), ("STAINE", "DOC-0003", "exact-document"), ("TREMBLAY", "DOC-0005", "exact-document"), ("DESIR", "DOC-0007", "review"),
    ("JEAN CHARLES", "BRB-S-003", "high"), ("PAVLOVICH ZHILYAEV", "ofac-90002", "high"), ("WU", "BRB-S-008", "high"), ("RAMPERSAD", "BRB-S-004", "exact-document"),
    ("VILLALOBOS", "HND-W-11", "high"), ("CANALES ZELAYA", "HND-W-12", "high"), ("DIACKABY", "un-7000106", "high"), ("KOOYE", "BRB-S-005", "high"),
    ("Tarhanov", "un-7000102", "high"), ("CHEUNG", "ofac-90007", "exact-document"), ("ESPINOSA MALDONADO", "BRB-S-002", "exact-document"), ("PERALTA NUNEZ", "of-p2", "high"),
]  # fmt: skip


@pytest.mark.parametrize(("family", "entry", "band"), PLANTED, ids=lambda text: text)
def test_everyone_planted_in_the_samples_is_found(hits, family, entry, band):
    assert hits.filter((pl.col("family_name") == family) & (pl.col("entry_id") == entry))["band"].to_list() == [band]


def test_nobody_else_in_the_samples_is_flagged(hits):
    assert hits.height == len(PLANTED)
    assert "ARDON" not in hits["family_name"].to_list()  # a namesake, twenty-seven years older


def test_terms_sum_to_the_score_and_lines_to_the_name_score(hits):
    total = hits.select(pl.sum_horizontal(*TERMS).clip(0, 1))[:, 0]
    assert ((total - hits["score"]).abs() < 1e-12).all()
    for row in hits.iter_rows(named=True):
        assert abs(sum(line["points"] for line in row["tokens"]) - row["name_score"]) < 1e-9
        assert row["explanation"]


def test_protected_persons_are_never_called_suspects(hits):
    protected = hits.filter(pl.col("handling") == "protect")
    assert protected.height == 5
    assert not any("suspect" in text.lower() for text in protected["explanation"])


def test_rows_do_not_depend_on_how_travellers_are_sliced_or_on_threads(travellers, lists, knowledge, hits):
    sliced = pl.concat(
        [screen(travellers[at : at + 17], lists, knowledge, today=TODAY) for at in range(0, travellers.height, 17)]
    )
    assert sliced.equals(hits)
    single = type(knowledge)(knowledge.tables, knowledge.config, threads=1)
    assert screen(travellers, lists, single, today=TODAY).equals(hits)


def test_the_order_of_travellers_changes_nothing_but_the_order(travellers, lists, knowledge, hits):
    turned = screen(travellers.reverse(), lists, knowledge, today=TODAY)
    assert turned.sort("hit_id").equals(hits.sort("hit_id"))


def test_no_travellers_and_nameless_travellers_are_no_trouble(lists, knowledge):
    assert screen(rows(TRAVELLERS, []), lists, knowledge, today=TODAY).is_empty()
    nameless = rows(
        TRAVELLERS,
        [
            {"record_id": "1"},
            {"record_id": "2", "family_name": "", "given_names": "  "},
            {"record_id": "3", "full_name": "🙂"},
        ],
    )
    assert screen(nameless, lists, knowledge, today=TODAY).is_empty()


def test_an_entry_out_of_its_validity_is_passed_over(tmp_path, knowledge):
    (tmp_path / "x.csv").write_text(
        "entry_id,name,valid_from,valid_until\n1,ZHILYAEV Arkady,2020-01-01,2026-11-22\n2,ZHILYAEV Arkady,2026-11-23,\n"
    )
    short = open_lists(compile_lists(read_lists([tmp_path]), knowledge), knowledge)
    found = screen(
        rows(TRAVELLERS, [{"record_id": "1", "full_name": "Arkady Zhilyaev"}]), short, knowledge, today=TODAY
    )
    assert found["entry_id"].to_list() == ["2"]


def test_many_entries_that_share_one_name_are_all_found(tmp_path, knowledge):
    text = "entry_id,name\n" + "".join(f'{k},"ZHILYAEV, Arkady"\n' for k in range(10_000))
    (tmp_path / "x.csv").write_text(text)
    many = open_lists(compile_lists(read_lists([tmp_path]), knowledge), knowledge)
    found = screen(
        rows(TRAVELLERS, [{"record_id": "1", "family_name": "ZHILYAEV", "given_names": "ARKADY"}]),
        many,
        knowledge,
        today=TODAY,
    )
    assert found.height == 10_000
