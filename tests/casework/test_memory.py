"""What is remembered of "not the person": for whom, until when, and what changed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ops_hub.casework.memory import REGION, Remembered, changed, entry_parts, holds, person_parts

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PERSON = {
    "family_name": "GOMEZ", "given_names": "ANA", "full_name": None, "birth_date": "1990-02-03", "sex": "F", "nationality": "HND",
    "documents": [{"number": "X123456", "issuer": "HND"}],
}  # fmt: skip
ENTRY = {
    "names": [{"full": "GOMEZ, Ana"}, {"full": "GOMES, Ana"}], "births": [{"from": date(1990, 2, 3)}], "documents": [],
    "nationalities": ["HND"], "sex": "F", "handling": "enforce", "remarks": "a", "updated_on": None,
}  # fmt: skip


def remembered(**other):
    made = {
        "number": 1, "list_id": "l", "entry_id": "e", "case": 1, "by": "BRB/ana:officer", "state": "BRB", "at": NOW,
        "expires": NOW + timedelta(days=9), "scope": REGION, "person": person_parts(PERSON, str), "entry": entry_parts(ENTRY, str),
        "reason": "",
    }  # fmt: skip
    return Remembered(**(made | other))


def test_nothing_changed_where_only_order_form_and_remarks_did():
    turned = ENTRY | {"names": ENTRY["names"][::-1], "remarks": "b", "updated_on": date(2026, 1, 1)}
    typed = PERSON | {"given_names": "ana mrs", "documents": [{"number": "x 123-456", "issuer": "HND"}]}
    assert changed(remembered(), person_parts(typed, str), entry_parts(turned, str)) == []


@pytest.mark.parametrize(
    ("person", "entry", "said"),
    [
        ({"given_names": "EVA"}, {}, "traveller's name"), ({"birth_date": "1990-02-04"}, {}, "traveller's birth"),
        ({"sex": None}, {}, "traveller's sex"), ({"nationality": "GTM"}, {}, "traveller's nationality"),
        ({"documents": []}, {}, "traveller's documents"), ({}, {"names": ENTRY["names"][:1]}, "entry's names"),
        ({}, {"births": []}, "entry's births"), ({}, {"documents": [{"number": "1"}]}, "entry's documents"),
        ({}, {"nationalities": []}, "entry's nationalities"), ({}, {"sex": "M"}, "entry's sex"),
        ({}, {"handling": "protect"}, "entry's handling"),
    ],
)  # fmt: skip
def test_each_material_change_is_told(person, entry, said):
    assert changed(remembered(), person_parts(PERSON | person, str), entry_parts(ENTRY | entry, str)) == [said]


def test_it_holds_until_it_expires_or_is_revoked():
    assert holds(remembered(), NOW, {})
    assert not holds(remembered(), NOW + timedelta(days=9), {})
    assert not holds(remembered(revoked={"by": "x"}), NOW, {})


def test_the_word_of_a_state_holds_where_no_other_state_is_concerned_but_owners():
    own = remembered(scope="BRB")
    assert holds(own, NOW, {"BRB": ["destination"], "HND": ["owner"], "CENTRE": ["owner"]})
    assert not holds(own, NOW, {"BRB": ["destination"], "HND": ["departure", "owner"]})
    assert not holds(own, NOW, {"TTO": ["destination"]})
