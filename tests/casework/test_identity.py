"""Who is who between messages."""

from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from ops_hub.casework.identity import aliases, anchors, folded, journey_of, may_be_minor

PAPER = {"type": "P", "number": "X 123-456", "issuer": "HND"}


def row(**other):
    made = {
        "record_id": "r1", "family_name": "GOMEZ", "given_names": "ANA", "full_name": None, "birth_date": "1990-02-03",
        "nationality": "HND", "documents": [PAPER], "carrier": "BW", "passenger_ref": None, "flight": "BW432",
        "from_port": "POS", "to_port": "BGI", "departs_at": datetime(2026, 11, 23, 9), "arrives_at": None,
    }  # fmt: skip
    return made | other


def meet(*rows):
    """Whether the first two share an alias, each sent in a message of its own."""
    one, other = (set(aliases([each], {"BBBGI": "BGI"})[0]) for each in rows)
    return bool(one & other)


def test_any_of_document_name_and_reference_tells_who_it_is():
    other = {"record_id": "r2"}
    assert meet(row(), row(**other, family_name="GOMES", given_names="ANNA"))  # document and birth date
    assert meet(row(), row(**other, documents=[]))  # name and birth date
    assert meet(row(), row(**other, documents=[], family_name=None, given_names=None, full_name="Gómez, Ana Mrs"))
    ref = {"passenger_ref": "P1", "documents": []}
    assert meet(row(**ref), row(**other, **ref, birth_date="1990-03-02"))  # reference, family and given names
    assert meet(row(**ref), row(**other, **ref, given_names="ANNA"))  # reference, family name and birth date
    assert meet(row(), row(**other, to_port="BBBGI"))


def test_members_of_a_family_share_none():
    ref = {"passenger_ref": "B1"}
    father = row(**ref, given_names="JUAN", birth_date="1960-01-01")
    son = row(**ref, record_id="r2", given_names="JUAN", birth_date="1990-01-01")
    twins = [row(**ref, record_id=f"r{n}", given_names=name, documents=[]) for n, name in enumerate(("EVA", "ANA"), 3)]
    everyone = [father, son, *twins]
    keys = [set(each) for each in aliases(everyone, {})]
    assert not any(one & other for k, one in enumerate(keys) for other in keys[k + 1 :])


def test_another_flight_day_or_port_is_another_journey():
    assert not meet(row(), row(flight="BW433"))
    assert not meet(row(), row(departs_at=datetime(2026, 11, 24, 9)))
    assert not meet(row(), row(to_port="KIN"))
    assert journey_of(row(departs_at=None), {}) != journey_of(row(departs_at=None, record_id="r2"), {})


def test_nobody_is_told_by_a_name_alone():
    assert anchors(row(documents=[], birth_date=None)) == []
    assert anchors(row(documents=[], birth_date="1990")) == []
    assert anchors(row(documents=[], nationality=None)) == []
    assert len(anchors(row())) == 2


def test_a_birth_date_that_may_be_a_child_s_is_one():
    for born, minor in (
        ("2008-11-24", True),
        ("2008-11-23", False),
        ("2008", True),
        ("2007", False),
        (None, False),
        ("?", False),
    ):
        assert may_be_minor(row(birth_date=born), 18, date(2026, 11, 23)) is minor, born


@given(st.lists(st.text("ABCÉÑ '-", min_size=1), max_size=4))
def test_a_name_folds_to_one_form(words):
    assert folded(" ".join(words)) == folded(" ".join(words).lower()) == folded(folded(" ".join(words)))
