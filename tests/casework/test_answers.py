"""What carriers are answered about people: who may board, who decides that, and what never shows."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_hub.casework.answers import DENIED, Asked, answered, asked, judgement, lifted, unread
from ops_hub.casework.case import ORDINARY, PROTECTION, Actor, Case, Event, Hit
from ops_hub.casework.reply_codes import BOARD, DEFICIENT, NO_BOARD, PENDING, reply_codes
from ops_hub.errors import ConfigError
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.states import home_states

CODES, STATES = reply_codes(), home_states()
AT = datetime(2026, 11, 20, 6, tzinfo=UTC)
COMPLETE = {
    "record_id": "r1",
    "family_name": "ALLEYNE BYNOE",
    "given_names": "KESTER",
    "birth_date": "1979-03-14",
    "documents": [{"type": "P", "number": "R4471902"}],
    "booking_ref": "QW8T4M",
    "passenger_ref": "PAX1",
    "from_port": "POS",
    "to_port": "BGI",
}
OUTCOMES = [
    None, "confirmed", "not-the-person", "insufficient-data", DENIED, "refused-entry", "secondary-positive",
    "secondary-negative", "silent-watch", "protected-and-referred", "missed", "withdrawn", "suppressed", "merged",
]  # fmt: skip


def hit(**changes):
    plain = Hit("h1", "r1", "brb-smuggling", "e7", "x", "BRB", "enforce", "high", 0.9, "snap", "scr")
    return msgspec.structs.replace(plain, **changes)


def case(**changes):
    plain = Case(
        id=31, key="k", status="new", channel=ORDINARY, concerned={}, keeper="BRB", day="2026-11-20", opened_at=AT,
        flight="BW432", from_port="POS", to_port="BGI", departs_at=AT, arrives_at=AT, deadline=AT, hits=(hit(),),
        records=("r1",),
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def about(**changes):
    (found,) = asked(rows(TRAVELLERS, [COMPLETE | changes]), CODES, STATES)
    return found


def with_pending(code="2Z"):
    """Tables in which a pending case has a code of its own."""
    own = msgspec.convert({"code": code, "text": "CONTACT THE AUTHORITY"}, type(CODES.tables[""].board))
    tables = {state: msgspec.structs.replace(table, pending=own) for state, table in CODES.tables.items()}
    return type(CODES)(tables, CODES.words, CODES.reasons, CODES.sender, CODES.keep_days)


def test_nobody_without_a_case_is_kept_from_boarding():
    answer = answered(about(), judgement([]), CODES)
    assert (answer.kind, answer.code, answer.text, answer.state) == (BOARD, "0Z", "OK TO BOARD", "BRB")


def test_an_undecided_case_is_answered_like_no_case():
    assert judgement([case()]) == PENDING
    assert answered(about(), PENDING, CODES) == answered(about(), BOARD, CODES)


def test_a_state_may_give_an_undecided_case_a_code_of_its_own():
    answer = answered(about(), judgement([case()]), with_pending())
    assert (answer.kind, answer.code) == (PENDING, "2Z")


def test_no_board_needs_the_second_person():
    waiting = case(outcome=None, pending={"outcome": DENIED, "by": "BRB/a:officer"})
    assert judgement([waiting]) == PENDING
    assert judgement([case(outcome=DENIED, pending={"verb": "decide"})]) == NO_BOARD  # what waits changes nothing yet
    assert judgement([case(outcome=DENIED)]) == NO_BOARD


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_other_outcome_denies_boarding(outcome):
    assert (judgement([case(outcome=outcome)]) == NO_BOARD) == (outcome == DENIED)


@pytest.mark.parametrize(
    "quiet",
    [
        {"outcome": "not-the-person"}, {"outcome": "silent-watch"}, {"outcome": "suppressed"}, {"outcome": "withdrawn"},
        {"hits": (hit(withdrawn=True),)}, {"hits": (hit(suppressed_by=4),)}, {"hits": (hit(handling="discreet"),)},
        {"outcome": "merged"},
    ],
)  # fmt: skip
def test_quiet_cases_are_no_cases(quiet):
    assert judgement([case(**quiet)]) == BOARD


@given(st.sampled_from(OUTCOMES), st.sampled_from(OUTCOMES), st.booleans(), st.booleans(), st.sampled_from(["", "X"]))
def test_somebody_to_be_protected_is_answered_like_a_stranger(first, second, by_channel, waits, missing):
    protected = case(
        outcome=first,
        channel=PROTECTION if by_channel else ORDINARY,
        hits=(hit(handling="enforce" if by_channel else "protect"), hit()),
        pending={"by": "x"} if waits else None,
    )
    if first == "merged":
        protected = msgspec.structs.replace(protected, outcome=None)
    one = Asked(("BRB",), (missing,))
    for codes in (CODES, with_pending()):
        found = answered(one, judgement([protected, case(outcome=second)]), codes)
        assert found == answered(one, judgement([]), codes)


def test_a_release_of_content_that_waits_changes_no_answer():
    waits = {"verb": "release", "hits": ["h1"], "to": ["TTO"]}
    assert judgement([case(outcome=DENIED, pending=waits)]) == NO_BOARD
    assert judgement([case(outcome="not-the-person", pending=waits)]) == BOARD


def test_a_denial_is_lifted_by_people_and_for_people_to_be_protected_not_by_another_hit():
    def happened(kind):
        return [Event(9, AT, kind, Actor("CENTRE", "x"))]

    assert not lifted(case(outcome=None), happened("joined"))
    assert not lifted(case(outcome=None), happened("claim"))
    assert lifted(case(outcome=None), happened("reopen"))
    assert lifted(case(outcome="not-the-person"), happened("decide"))
    assert lifted(case(outcome=None, channel=PROTECTION), happened("joined"))


def test_a_decision_stands_until_a_person_changes_it():
    assert judgement([case(outcome=DENIED, hits=(hit(withdrawn=True),))]) == NO_BOARD
    assert judgement([case(outcome=None)]) == PENDING


MARK = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4FFF), min_size=3, max_size=8)


@given(MARK, st.sampled_from(OUTCOMES), st.sampled_from(["enforce", "discreet", "protect"]), st.booleans())
def test_nothing_of_a_case_or_hit_is_in_an_answer(mark, outcome, handling, deficient):
    marked = hit(
        hit_id=mark, list_id=mark, entry_id=mark, entry_hash=mark, owner=mark, band=mark, handling=handling,
        caveats=(mark,),
    )  # fmt: skip
    found = case(
        key=mark, status=mark, concerned={mark: [mark]}, keeper=mark, flight=mark, hits=(marked,), outcome=outcome,
        released={mark: [mark]},
    )  # fmt: skip
    one = about(birth_date=None, documents=[]) if deficient else about()
    for codes in (CODES, with_pending()):
        answer = answered(one, judgement([found]), codes)
        assert mark not in repr(answer)
        table = codes.of(answer.state)
        given_texts = {table.answer(kind)[1].text for kind in (BOARD, PENDING, NO_BOARD, DEFICIENT)}
        missing = "DATE OF BIRTH OR DOCUMENT NUMBER MISSING VALUE"
        assert answer.text in given_texts | {f"{table.deficient.text}: {missing}"}


@pytest.mark.parametrize(
    ("gone", "text"),
    [
        ({"family_name": None, "given_names": None}, "NAME MISSING VALUE"),
        ({"family_name": "UNKNOWN", "given_names": "FNU"}, "NAME MISSING VALUE"),
        ({"birth_date": None, "documents": []}, "DATE OF BIRTH OR DOCUMENT NUMBER MISSING VALUE"),
        ({"passenger_ref": None, "booking_ref": None}, "ABO OR AVF MISSING VALUE"),
        ({"birth_date": None, "documents": [{"type": "P"}], "passenger_ref": "", "booking_ref": None},
         "DATE OF BIRTH OR DOCUMENT NUMBER MISSING VALUE, ABO OR AVF MISSING VALUE"),
    ],
)  # fmt: skip
def test_what_a_state_requires_and_misses_is_said(gone, text):
    answer = answered(about(**gone), BOARD, CODES)
    assert (answer.kind, answer.text) == (DEFICIENT, f"DATA DEFICIENT: {text}")


def test_one_of_the_alternatives_is_enough():
    assert answered(about(birth_date=None, passenger_ref=None), BOARD, CODES).kind == BOARD


def test_no_board_counts_before_missing_data_and_missing_data_before_pending():
    one = about(birth_date=None, documents=[])
    assert answered(one, NO_BOARD, CODES).kind == NO_BOARD
    assert answered(one, PENDING, with_pending()).kind == DEFICIENT


@pytest.mark.parametrize(
    ("ports", "states"),
    [
        (("POS", "BGI"), ("BRB", "TTO")), (("MIA", "BGI"), ("BRB",)), (("BGI", "MIA"), ("BRB",)),
        (("MIA", "LHR"), ("",)), ((None, None), ("",)), (("BBBGI", "BGI"), ("BRB",)),
    ],
)  # fmt: skip
def test_home_states_of_arrival_and_departure_answer(ports, states):
    assert about(from_port=ports[0], to_port=ports[1]).states == states


def rules_with(tmp_path: Path, text: str) -> Path:
    """A folder of rules whose replies are the shipped ones with something added."""
    shipped = (Path(__file__).parents[2] / "rules" / "replies.toml").read_text(encoding="utf-8")
    (tmp_path / "replies.toml").write_text(shipped + text, encoding="utf-8")
    return tmp_path


def test_of_two_states_the_stricter_one_counts(tmp_path):
    codes = reply_codes(
        rules_with(
            tmp_path,
            '[[state]]\ncode = "TTO"\nrequired = [["name"], ["nationality"]]\n'
            'deficient = { code = "9Z", text = "INCOMPLETE" }\n',
        )
    )
    (one,) = asked(rows(TRAVELLERS, [COMPLETE]), codes, STATES)
    answer = answered(one, BOARD, codes)
    assert (answer.state, answer.code, answer.text) == ("TTO", "9Z", "INCOMPLETE: NATIONALITY MISSING VALUE")
    assert answered(one, NO_BOARD, codes).state == "BRB"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[state]]\ncode = "BRB"\nboard = { code = "1Z" }\n', "only a person denies boarding"),
        ('[[state]]\ncode = "BRB"\npending = { code = "1Z" }\n', "only a person denies boarding"),
        ('[[state]]\ncode = "BRB"\npending = "no-board"\n', "pending 'no-board' is not known"),
        ('[[state]]\ncode = "BRB"\nrequired = [["shoe-size"]]\n', "required names shoe-size"),
        ('[[state]]\ncode = "BRB"\nrequired = [[]]\n', "required names nothing"),
        ('[[state]]\ncode = "BRB"\nbord = { code = "0Z" }\n', "bord"),
        ('[[state]]\ncode = "BRB"\nboard = { code = "way too long" }\n', "is not allowed"),
        ('[[state]]\ncode = "Barbados"\n', "no ISO 3166 alpha-3 code"),
        ('[[state]]\nsource = "nobody"\n', "no ISO 3166 alpha-3 code"),
        ('[[state]]\ncode = "BRB"\n[[state]]\ncode = "BRB"\n', "twice"),
        ('[[state]]\ncode = "BRB"\nboard = { code = "0Z", text = "a\\nb" }\n', "not plain"),
        ("nonsense", "as shipped is the model"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_with_place_and_remedy(tmp_path, text, said):
    with pytest.raises(ConfigError, match=r"replies\.toml") as found:
        reply_codes(rules_with(tmp_path, text))
    assert said in str(found.value)


def test_a_folder_without_replies_has_the_shipped_ones(tmp_path):
    assert reply_codes(tmp_path) == CODES


def test_what_could_not_be_read_is_told_by_its_reason_alone():
    answer = unread(["no-name", "no-name", "truncated"], CODES)
    assert answer.code == "4Z"
    assert answer.text == "DATA DEFICIENT: 3 RECORDS NOT READ: NAME OR DOCUMENT NUMBER MISSING VALUE, TRUNCATED"
