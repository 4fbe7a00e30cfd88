"""The same person, document, telephone or e-mail is known again however it is written, by keyed hashes alone."""

import pytest

from ops_hub.casework.deconflict import Worker, fingerprints, meets, workers
from ops_hub.casework.handling import all_terms
from ops_hub.casework.policy import sharing_policy
from tests.casework.helpers_sharing import case_of, listed, officer, traveller

POLICY = sharing_policy()
BARE = {"documents": None, "contacts": None, "birth_date": None}


def marks(secret=b"s", **given):
    return fingerprints(case_of(listed(), travellers=[traveller(**(BARE | given))])[1], secret)


def paper(number, issuer="VEN"):
    return [{"type": "P", "number": number, "issuer": issuer, "expires": None, "issued": None, "verified": None}]


def phone(value, kind="phone"):
    return [{"kind": kind, "value": value}]


@pytest.mark.parametrize(("one", "other", "what"), [
    ({"documents": paper("X-123 4567")}, {"documents": paper("x1234567")}, "document"),
    ({"contacts": phone("+1 (868) 555-0177")}, {"contacts": phone("00 1868 5550177")}, "phone"),
    ({"contacts": phone("Ana@Mail.example ", "email")}, {"contacts": phone("ana@mail.example", "email")}, "email"),
    (
        {"family_name": "PÉREZ", "given_names": "ANA MARIA", "birth_date": "1990-02-03"},
        {"family_name": "MARIA", "given_names": "ana perez", "birth_date": "1990-02-03"}, "person",
    ),
])  # fmt: skip
def test_the_same_written_otherwise_is_the_same(one, other, what):
    assert marks(**one) == marks(**other)
    assert list(marks(**one).values()) == [what]


@pytest.mark.parametrize("given", [
    {}, {"documents": paper("123")}, {"contacts": phone("12")}, {"contacts": phone("Main Street 5551234", "address")},
    {"birth_date": "1990"}, {"contacts": phone("nobody", "email")},
])  # fmt: skip
def test_what_tells_nobody_apart_is_not_compared(given):
    assert marks(**given) == {}


def test_without_the_key_nothing_can_be_compared():
    assert not marks(b"one", documents=paper("X1234567")).keys() & marks(b"two", documents=paper("X1234567")).keys()
    assert marks(documents=paper("X1234567")) != marks(documents=paper("X1234567", "COL"))


def test_owners_and_who_claimed_it_work_on_a_case_until_it_is_done():
    case, bundle = case_of(listed(owner="HND"), claimed_by=officer("TTO"))
    assert [(each.state, each.owns) for each in workers(case, all_terms(case, bundle, POLICY), POLICY)] == [
        ("HND", True),
        ("TTO", False),
    ]
    case, bundle = case_of(listed(owner="HND"), status="closed")
    assert workers(case, all_terms(case, bundle, POLICY), POLICY) == []
    case, bundle = case_of(listed(owner="UN"))
    assert workers(case, all_terms(case, bundle, POLICY), POLICY) == []


def test_only_protection_desks_are_told_of_protection_desks():
    ordinary, safe = Worker(1, "HND", "ordinary"), Worker(2, "JAM", "protection")
    assert not meets(ordinary, safe)
    assert meets(safe, ordinary)
    assert meets(Worker(3, "BRB", "protection"), safe)


def test_who_may_not_know_of_an_entry_is_not_told_of_its_owner_either():
    case, bundle = case_of(listed(owner="HND", caveats=["not-to:CRI"]))
    (hnd,) = workers(case, all_terms(case, bundle, POLICY), POLICY)
    assert not meets(Worker(2, "CRI", "ordinary"), hnd)
    assert meets(Worker(2, "JAM", "ordinary"), hnd)
    case, bundle = case_of(listed(owner="HND", caveats=["nobody-knows-this"]))
    assert not meets(Worker(2, "JAM", "ordinary"), workers(case, all_terms(case, bundle, POLICY), POLICY)[0])
