from datetime import date

import polars as pl
import pytest

from ops_hub.matching.documents import document_pairs, keyed
from ops_hub.matching.documents import papers as ready
from ops_hub.matching.evidence import TERMS, weighed
from ops_hub.normalise.people import UNKNOWN, birth_range, day_number
from ops_hub.schemas import ENTRIES, TRAVELLERS, rows


def agreement(knowledge, born, listed):
    first, last = birth_range(pl.col("birth_date"))
    people = pl.DataFrame(
        {"person": [0], "birth_date": [born], "sex": ["F"], "nationality": ["HND"]},
        schema_overrides={"person": pl.UInt32, "birth_date": pl.String},
    )
    people = people.select(
        "person",
        day_number(first).fill_null(UNKNOWN).alias("born"),
        day_number(last).fill_null(UNKNOWN).alias("until"),
        "sex",
        "nationality",
    )
    births = [{"from": a, "to": b, "approximate": False} for a, b in listed]
    entries = pl.DataFrame(
        {"entry": [0], "births": [births], "sex": ["M"], "nationalities": [["HND"]]},
        schema_overrides={"entry": pl.UInt32, "births": ENTRIES["births"].dtype},
    )
    pairs = pl.DataFrame(
        {"person": [0], "entry": [0], "name_score": [0.8], "name_quality": ["strong"], "document_agreement": [None]},
        schema_overrides={"person": pl.UInt32, "entry": pl.UInt32, "document_agreement": pl.String},
    )
    return weighed(pairs, people, entries, knowledge.config.evidence).row(0, named=True)


def day(text):
    return (date.fromisoformat(text), date.fromisoformat(text))


YEAR_1970 = (date(1970, 1, 1), date(1970, 12, 31))


@pytest.mark.parametrize(
    ("born", "listed", "expected"),
    [
        ("1970-02-03", [day("1970-02-03")], "exact"),
        ("1970-03-02", [day("1970-02-03")], "swapped"),
        ("1971-02-03", [day("1970-02-03")], "one-digit"),
        ("1970-02-13", [day("1970-02-03")], "one-digit"),
        ("1970-06-30", [day("1970-02-03")], "near"),
        ("1970", [day("1970-02-03")], "year"),
        ("1970-02", [day("1970-02-03")], "year"),
        ("1970-05-05", [YEAR_1970], "year"),
        ("1971-01-20", [YEAR_1970], "near"),
        ("1975-02-03", [YEAR_1970], "different"),
        ("1980-02-03", [day("1970-02-03")], "one-digit"),
        ("1982-07-19", [day("1970-02-03")], "different"),
        ("1970-02-03", [day("1955-05-05"), day("1970-02-03")], "exact"),
        ("1970-06-06", [(date(1968, 1, 1), date(1972, 12, 31))], "range"),
        ("1973-06-06", [(date(1968, 1, 1), date(1972, 12, 31))], "near"),
        ("1969-12-03", [day("1970-01-03")], "near"),
        ("1970-09-10", [day("1970-10-10")], "one-digit"),
        ("1979-09-10", [day("1980-09-10")], "one-digit"),
        (None, [day("1970-02-03")], "unknown"),
        ("1970-02-03", [], "unknown"),
    ],
)
def test_birth_dates_agree_as_a_person_would_say(knowledge, born, listed, expected):
    assert agreement(knowledge, born, listed)["birth_agreement"] == expected


def test_the_terms_sum_to_the_score_and_absence_is_no_mismatch(knowledge):
    found = agreement(knowledge, "1970-02-03", [day("1970-02-03")])
    assert abs(sum(found[term] for term in TERMS) - found["score"]) < 1e-12
    assert found["sex_term"] < 0 < found["nationality_term"]
    assert agreement(knowledge, None, [])["birth_term"] == 0


def papers(*documents):
    return [dict(zip(("type", "number", "issuer"), each, strict=True)) for each in documents]


@pytest.mark.parametrize(
    ("sent", "listed", "expected"),
    [
        (("P", "X1234567", "HND"), ("P", "X1234567", None, "HND"), "exact"),
        (("P", "x 123-4567", "HND"), ("I", "X1234567", None, "HND"), "exact"),
        (("P", "X1234567", "HND"), ("P", "X1234567", None, "GTM"), None),
        (("P", "X1234567", None), ("P", "X1234567", None, "GTM"), "exact"),
        (("P", "X123", None), ("P", "X123", None, "GTM"), None),
        (("P", "5B0O81256", "HTI"), ("P", "SB0081256", None, "HTI"), "look-alike"),
        (("P", "BL700142", "BLZ"), ("P", "BL700100", "BL700199", "BLZ"), "in-range"),
        (("P", "BL700200", "BLZ"), ("P", "BL700100", "BL700199", "BLZ"), None),
        (("P", "BL700142", "GTM"), ("P", "BL700100", "BL700199", "BLZ"), None),
        (("P", "", "BLZ"), ("P", "BL700100", None, "BLZ"), None),
    ],
)
def test_documents_meet_by_number_and_issuer(sent, listed, expected):
    travellers = rows(TRAVELLERS, [{"record_id": "1", "documents": papers(sent)}])
    kind, number, last, issuer = listed
    entries = rows(
        ENTRIES,
        [
            {
                "entry_id": "e",
                "documents": [{"type": kind, "number": number, "number_to": last, "issuer": issuer, "status": None}],
            }
        ],
    )
    found = document_pairs(travellers, ready(keyed(entries.with_row_index("entry"), "entry")))
    assert found["document_agreement"].to_list() == ([expected] if expected else [])
