"""Documents one by one, and against lists: each check fires where it should, and not where it should not."""

from datetime import date, datetime
from functools import cache

import polars as pl
import pytest

from ops_hub.pipeline import check_documents
from ops_hub.schemas import ENTRIES, FINDINGS, TRAVELLERS, rows
from ops_hub.targeting.documents.formats import document_rules
from tests.conftest import TODAY


def paper(number="A1234567", issuer="JAM", kind="P", **more):
    return {"type": kind, "number": number, "issuer": issuer, "expires": None, "issued": None, "verified": None, **more}


def traveller(record_id="r1", papers=None, **more):
    """One traveller from Port of Spain to Bridgetown on 20 November 2026."""
    return {
        "record_id": record_id,
        "source": "feed.edi",
        "message_ref": record_id,
        "message_type": "paxlst",
        "position": 1,
        "role": "passenger",
        "family_name": "BYNOE",
        "given_names": "KESTER",
        "birth_date": "1979-03-14",
        "sex": "M",
        "nationality": "JAM",
        "documents": [paper()] if papers is None else papers,
        "flight": "BW432",
        "from_port": "POS",
        "to_port": "BGI",
        "departs_at": datetime(2026, 11, 20, 10, 45),
        "arrives_at": datetime(2026, 11, 20, 11, 45),
        **more,
    }


def listing(number, issuer="JAM", status="lost", number_to=None, **more):
    document = {"type": "P", "number": number, "number_to": number_to, "issuer": issuer, "status": status}
    return {
        "entry_id": "D-1",
        "list_id": "region-documents",
        "kind": "document",
        "owner": "CARICOM",
        "handling": "enforce",
        "documents": [document],
        **more,
    }


shipped_rules = cache(document_rules)


def findings(knowledge, travellers, entries=None):
    """What all checks together find, as (check, is_weak) with the whole rows beside."""
    listed = None if entries is None else rows(ENTRIES, entries).lazy()
    people = rows(TRAVELLERS, travellers).lazy()
    return check_documents(people, listed, shipped_rules(), knowledge, today=TODAY).collect()


@pytest.fixture
def found(knowledge):
    def run(*travellers, entries=None):
        made = findings(knowledge, list(travellers), entries)
        return {check: bool(weak) for check, weak in made.select("check", "is_weak").iter_rows()}

    return run


def one(papers, **more):
    return traveller(papers=[papers], **more)


def test_a_document_with_nothing_against_it_gives_no_finding(found):
    assert found(one(paper(expires=date(2031, 5, 1), verified=True))) == {}


def test_no_travellers_and_no_documents_give_no_findings(knowledge):
    assert findings(knowledge, [], []).schema == pl.Schema({name: each.dtype for name, each in FINDINGS.items()})
    assert findings(knowledge, [traveller(papers=[]), traveller(documents=None)]).height == 0


def test_a_wrong_check_digit_of_a_zone_is_told_and_what_a_carrier_did_not_verify_is_weaker(found):
    assert found(one(paper(verified=False), message_type="mrz")) == {"check-digit": False}
    assert found(one(paper(verified=False))) == {"check-digit": True}
    assert found(one(paper(verified=None))) == {}


@pytest.mark.parametrize(
    ("number", "issuer", "kind", "is_wrong"),
    [
        ("A1234567", "JAM", "P", False),
        ("a123 4567", "JAM", "P", False),
        ("Z1234567", "JAM", "P", True),
        ("A123456", "JAM", "P", True),
        ("18CK40771", "FRA", "P", False),
        ("18C440771", "FRA", "P", True),
        ("AB123456", "CAN", "P", False),
        ("A123456BC", "CAN", "P", False),
        ("whatever1", "GRD", "P", False),
        ("Z1234567", "JAM", "PD", False),
        ("001-1480012-3", "DOM", "I", False),
        ("001-1480012", "DOM", "I", True),
    ],
)
def test_numbers_are_compared_with_the_forms_of_their_issuer_and_unknown_ones_pass(found, number, issuer, kind, is_wrong):  # fmt: skip
    assert ("number-format" in found(one(paper(number, issuer, kind)))) == is_wrong


@pytest.mark.parametrize("issuer", ["JAM", "XCC", "UNO", "EUE", "XXA", "GBD", "RKS", None])
def test_states_and_bodies_that_issue_are_known(found, issuer):
    assert "issuer-unknown" not in found(one(paper("123456789", issuer)))


def test_an_issuer_that_does_not_exist_is_told_and_a_specimen_too(found, knowledge):
    assert found(one(paper("123456789", "QZQ"))) == {"issuer-unknown": False}
    said = findings(knowledge, [one(paper("123456789", "UTO"))])["detail"][0]
    assert "UTO stands in specimens only" in said


def test_an_issuer_that_no_longer_issues_is_told_once_its_documents_ran_out(found):
    soviet = paper("123456789", "SUN")
    assert found(one(soviet)) == {"issuer-ended": False}
    in_time = {"departs_at": datetime(2012, 5, 1, 8), "arrives_at": datetime(2012, 5, 1, 9)}
    assert found(one(soviet, **in_time)) == {}
    issued_later = paper("123456789", "SUN", issued=date(2011, 1, 1))
    assert found(one(issued_later, **in_time)) == {"issuer-ended": False}


def test_the_day_of_travel_decides_whether_a_document_has_expired(found):
    assert found(one(paper(expires=date(2026, 11, 19)))) == {"expired": False}
    assert found(one(paper(expires=date(2026, 11, 20)))) == {}
    assert found(one(paper(expires=date(2026, 11, 22)), departs_at=None, arrives_at=None)) == {"expired": False}


def test_an_expired_document_that_takes_its_bearer_home_is_weaker(found):
    assert found(one(paper("123456789", "BRB", expires=date(2026, 11, 1)))) == {"expired": True}


@pytest.mark.parametrize(
    ("change", "is_short"),
    [
        ({}, True),
        ({"role": "crew"}, False),
        ({"role": "transit"}, False),
        ({"debark_port": "BGI"}, False),
        ({"to_port": "BGI"}, False),
        ({"papers": [paper("123456789", "HTI", expires=date(2027, 1, 10))]}, False),
        ({"papers": [paper(expires=date(2027, 5, 20))]}, False),
        ({"papers": [paper(expires=date(2027, 5, 19))]}, True),
        ({"papers": [paper("AB12345", "JAM", "I", expires=date(2027, 1, 10))]}, False),
    ],
)
def test_a_passport_must_be_valid_as_long_as_its_destination_asks(found, change, is_short):
    told = {"to_port": "PAP", "papers": [paper(expires=date(2027, 1, 10))], **change}
    assert ("short-validity" in found(traveller(**told))) == is_short


def test_a_listed_document_is_told_with_its_list_and_status(knowledge):
    made = findings(knowledge, [traveller()], [listing("A 123-4567")])
    row = made.row(0, named=True)
    assert (row["check"], row["severity"], row["is_weak"], row["document"]) == ("listed-document", "high", False, "P:A1234567:JAM")  # fmt: skip
    assert (row["list_id"], row["entry_id"], row["handling"]) == ("region-documents", "D-1", "enforce")
    assert row["detail"].startswith("Document P:A1234567:JAM is reported lost by CARICOM")


@pytest.mark.parametrize(("one_of", "other"), ["0O", "1I", "5S", "8B", "2Z"])
def test_a_number_that_only_looks_alike_is_weaker(found, one_of, other):
    seen, listed = f"{one_of}A77431", f"{other}A77431"
    for number, entry in ((seen, listed), (listed, seen)):
        assert found(one(paper(number, "GRD")), entries=[listing(entry, "GRD")]) == {"listed-document": True}
    assert found(one(paper(seen, "GRD")), entries=[listing(seen, "GRD")]) == {"listed-document": False}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("BL700100", {"listed-document": False}),
        ("BL700199", {"listed-document": False}),
        ("BL700142", {"listed-document": False}),
        ("BL7OO142", {"listed-document": True}),
        ("8L700142", {"listed-document": True}),
        ("BL700099", {}),
        ("BL700200", {}),
        ("BM700142", {}),
        ("BL7001420", {}),
    ],
)
def test_stolen_blanks_are_found_by_range(found, number, expected):
    blanks = listing("BL700100", "BLZ", "stolen-blank", "BL700199")
    assert found(one(paper(number, "BLZ")), entries=[blanks]) == expected


def test_what_is_not_the_listed_document_is_not_found(found):
    mine = one(paper("AB774312", "GRD"))
    assert found(mine, entries=[listing("AB774312", "BLZ")]) == {}
    assert found(mine, entries=[listing("AB774313", "GRD")]) == {}
    assert found(mine, entries=[listing("AB774312", "GRD", valid_until=date(2026, 11, 1))]) == {}
    assert found(mine, entries=[listing("AB774312", "GRD", valid_from=date(2026, 12, 1))]) == {}
    own = listing("AB774312", "GRD", status=None, kind="person")
    assert found(mine, entries=[own]) == {}  # a person's own document is a hit of screening


def test_without_an_issuer_only_long_numbers_meet(found):
    assert found(one(paper("AB774312", None)), entries=[listing("AB774312")]) == {"listed-document": False}
    assert found(one(paper("A7743", None)), entries=[listing("A7743")]) == {}


def test_ids_repeat_and_the_order_is_the_same_whatever_the_order_of_the_lists(knowledge):
    people = [one(paper(f"QA77431{k}", "GRD", verified=False), record_id=f"r{k}") for k in range(9)]
    entries = [listing(f"QA77431{k}", "GRD", entry_id=f"D-{k}") for k in range(9)]
    once, again = findings(knowledge, people, entries), findings(knowledge, people, entries[::-1])
    assert once.equals(again)
    assert once["finding_id"].n_unique() == once.height == 18
    assert once["severity"].to_list() == ["high"] * 9 + ["medium"] * 9
