import dataclasses

import polars as pl
import pytest

from ops_hub.config import data_dir
from ops_hub.schemas import dtypes
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.examples import failures
from ops_hub.targeting.rulefile import read_rules
from ops_hub.targeting.typed import kind_of
from tests.conftest import ROOT

GOOD = """
[[rule]]
id = "good"
title = "Invented"
author = "A. Nalyst"
legal_basis = "none"
severity = "low"
handling = "discreet"
categories = ["test"]
when = "bags = 0 AND one_way"
action = "Nothing."
source = "invented"
must_fire = [{ bags = 0, one_way = true }]
must_not_fire = [{ bags = 1, one_way = true }]
"""


def read(tmp_path, text):
    path = tmp_path / "r.toml"
    path.write_text(text, encoding="utf-8")
    return read_rules([path])


def with_when(when, fire="{ bags = 0 }", more=""):
    return GOOD.replace('"bags = 0 AND one_way"', f'"{when}"').replace("{ bags = 0, one_way = true }", fire) + more


def test_every_shipped_rule_is_accepted_and_its_examples_hold():
    found = read_rules([data_dir("rules") / "risk"])
    assert found.refused == ()
    assert {rule.id: failures(rule.condition, rule.must_fire, rule.must_not_fire) for rule in found.rules} == {
        rule.id: [] for rule in found.rules
    }


def test_the_shipped_rules_cover_what_the_centre_needs():
    rules = read_rules([data_dir("rules") / "risk"]).rules
    assert len(rules) >= 25
    assert sum("sequence" in rule.written.categories for rule in rules) >= 6
    assert sum(rule.written.handling == "protect" for rule in rules) >= 5
    # what concerns children is never enforced
    assert all(rule.written.handling == "protect" for rule in rules if "child-protection" in rule.written.categories)


def test_an_example_that_does_not_hold_is_told():
    rule = read_rules([data_dir("rules") / "risk" / "children.toml"]).rules[0]
    assert failures(rule.condition, [{}], list(rule.must_fire))[0].startswith("must_fire {}: it does not fire")
    assert len(failures(rule.condition, [{}], list(rule.must_fire))) == 1 + len(rule.must_fire)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('severity = "low"', 'severity = "grave"'), "r.toml:7: rule good: severity is 'grave'; choose one of low, medium, high"),
        (('handling = "discreet"', ""), "r.toml:2: rule good: handling missing"),
        (("bags = 0 AND", "bagz = 0 AND"), "r.toml:10: rule good: there is no column bagz, in: bagz; did you mean bags?"),
        (('"bags = 0 AND one_way"', '"""\nbags = 0\nAND one_wey\n"""'), "r.toml:12: rule good: there is no column one_wey"),
        (("{ bags = 1, one_way = true }", '{ bags = "x" }'), "r.toml:14: rule good: must_not_fire has bags = 'x', and this column is a number"),
        (("{ bags = 1, one_way = true }", "{ bag = 1 }"), "must_not_fire names bag, which is no column; did you mean bags?"),
        (('title = "Invented"', 'titel = "Invented"'), "r.toml:4: rule good: there is no key titel; did you mean title?"),
        (('title = "Invented"', 'title = "Invented'), "r.toml:4: rule good: this is no TOML"),
        (('categories = ["test"]', 'categories = "test"'), "r.toml:9: rule good: Expected `array`"),
        (("[{ bags = 1, one_way = true }]", "[]"), "must_not_fire is empty"),
        (('author = "A. Nalyst"', 'author = "A"\nvalid_from = 2026-02-01\nvalid_until = 2026-01-01'), "r.toml:7: rule good: valid_until 2026-01-01 is before valid_from"),
        (('id = "good"', 'id = "../x"'), "is no id"),
    ],
)  # fmt: skip
def test_a_bad_rule_is_told_with_file_line_and_remedy_and_the_good_ones_go_on(tmp_path, change, said):
    assert change[0] in GOOD
    found = read(tmp_path, GOOD.replace(*change, 1) + GOOD.replace('"good"', '"other"'))
    assert [rule.id for rule in found.rules] == ["other"]
    assert said in str(found.refused[0])
    assert found.refused[0].remedy


OTHER = GOOD.replace('"good"', '"other"')


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('"(" = 1\n', "r.toml:15: rule good: there is no key (; keys:"),
        ("x = " + "[" * 3000 + "]" * 3000 + "\n", "r.toml:2: rule good: brackets are nested too deep"),
        ("x = " + "9" * 5000 + "\n", "r.toml:2: rule good: a number is too long"),
    ],
)
def test_keys_lists_and_numbers_that_nobody_writes_lose_their_rule_only(tmp_path, more, said):
    found = read(tmp_path, GOOD + more + OTHER)
    assert [rule.id for rule in found.rules] == ["other"]
    assert said in str(found.refused[0])


@pytest.mark.parametrize(
    ("when", "example", "said"),
    [
        (
            "bags > 0",
            "{ bags = 99999999999999999999 }",
            "bags = 99999999999999999999, and this column is a whole number",
        ),
        ("bags > 0", "{ bags = 1.5 }", "bags = 1.5, and this column is a whole number"),
        ("ARRAY_LENGTH(phones) = 2", "{ phones = ['a', 2] }", "phones = ['a', 2], and this column is a texts"),
        (
            "departs_at > booked_at",
            "{ departs_at = 2026-01-01T00:00:00Z }",
            "departs_at = 2026-01-01 00:00:00+00:00, and this column is a time",
        ),
    ],
)
def test_an_example_that_a_column_cannot_hold_is_told(tmp_path, when, example, said):
    found = read(tmp_path, with_when(when, example) + OTHER)
    assert [rule.id for rule in found.rules] == ["other"]
    assert f"must_fire has {said}" in str(found.refused[0])
    assert str(found.refused[0]).startswith("r.toml:13: rule good: ")


def test_hundreds_of_alternatives_are_read(tmp_path):
    when = " OR ".join(f"flight = 'BW{n}'" for n in range(900))
    assert len(read(tmp_path, with_when(when, "{ flight = 'BW899' }")).rules) == 1


@pytest.mark.parametrize(
    "error", [RecursionError("deep"), pl.exceptions.PanicException("index"), pl.exceptions.ComputeError("no")]
)
def test_whatever_a_rule_raises_is_told_with_its_place_and_the_others_go_on(tmp_path, monkeypatch, error):
    def fails(condition, *rows):
        if "one_way" in condition.columns:
            raise error
        return []

    monkeypatch.setattr("ops_hub.targeting.rulefile.failures", fails)
    found = read(tmp_path, GOOD + with_when("bags = 0").replace('"good"', '"other"'))
    assert [rule.id for rule in found.rules] == ["other"]
    assert str(found.refused[0]).startswith(
        f"r.toml:2: rule good: the rule cannot be evaluated: {type(error).__name__}"
    )


def test_a_rule_runs_on_an_empty_row_and_on_extreme_ones_before_it_is_taken(monkeypatch):
    rule = read_rules([data_dir("rules") / "risk" / "children.toml"]).rules[0]
    seen = []
    spy = pl.col("age").map_batches(lambda each: seen.extend(each.to_list()) or each.is_null(), return_dtype=pl.Boolean)
    failures(dataclasses.replace(rule.condition, fires=spy, columns=("age",)), [{"age": 3}], [])
    assert seen == [3, None, -(2**63), 2**63 - 1]


def test_a_rule_whose_own_example_fails_is_refused(tmp_path):
    found = read(tmp_path, GOOD.replace("{ bags = 1, one_way = true }", "{ bags = 0, one_way = true }") + OTHER)
    assert [rule.id for rule in found.rules] == ["other"]
    assert "r.toml:2: rule good: must_not_fire {bags = 0, one_way = True}: it fires; correct" in str(found.refused[0])


def test_a_file_that_cannot_be_read_is_told_and_the_others_go_on(tmp_path):
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_bytes(OTHER.replace("Invented", "Andr\xe9").encode("latin-1"))
    found = read_rules([tmp_path])
    assert [rule.id for rule in found.rules] == ["good"]
    assert "b.toml: cannot be read" in str(found.refused[0])
    assert "UTF-8" in found.refused[0].remedy


@pytest.mark.parametrize("head", ["[[rules]]", "[[Rule]]", "[rule]", "[other]", '[["rules"]]'])
def test_a_table_that_is_no_rule_is_told_and_the_rules_around_it_go_on(tmp_path, head):
    found = read(tmp_path, GOOD + f'{head}  # x\nid = "lost"\n' + OTHER)
    assert [rule.id for rule in found.rules] == ["good", "other"]
    assert str(found.refused[0]) == f"r.toml:15: there is no table {head}; did you mean [[rule]]? Each rule begins so"
    assert "[[rules]]" in "".join(map(str, read(tmp_path, GOOD.replace("[[rule]]", "[[rules]]")).refused))


def test_the_forms_of_toml_that_editors_write_are_read(tmp_path):
    assert len(read(tmp_path, "\ufeff" + GOOD).rules) == 1
    assert len(read(tmp_path, GOOD + OTHER.replace("[[rule]]", '[[ "rule" ]] # other')).rules) == 2
    (tmp_path / "r.toml").write_bytes(
        (GOOD.replace("bags = 0 AND", "bagz = 0 AND") + OTHER).replace("\n", "\r\n").encode()
    )
    found = read_rules([tmp_path])
    assert [rule.id for rule in found.rules] == ["other"]
    assert "r.toml:10: rule good: there is no column bagz" in str(found.refused[0])


def test_a_line_that_looks_like_a_rule_within_a_text_begins_none(tmp_path):
    text = GOOD.replace('"Nothing."', '"""\nNothing.\n[[rule]]\n[[rules]]\nid = "fake"\n"""')
    found = read(tmp_path, "# [[rule]]\n" + text + OTHER.replace("bags = 0 AND", "bagz = 0 AND"))
    assert [rule.id for rule in found.rules] == ["good"]
    assert [str(error).split(":")[1] for error in found.refused] == ["30"]
    assert (
        len(
            read(
                tmp_path,
                GOOD.replace('["test"]', '[\n"test",\n]') + OTHER.replace("source", "keys = [\n['a']\n]\nsource"),
            ).rules
        )
        == 1
    )


def test_a_text_that_is_not_closed_loses_its_own_rule_only(tmp_path):
    found = read(tmp_path, GOOD.replace('"Nothing."', '"""Nothing.') + OTHER + OTHER.replace('"other"', '"third"'))
    assert [rule.id for rule in found.rules] == ["other", "third"]
    assert len(found.refused) == 1


def test_an_id_is_given_once(tmp_path):
    found = read(tmp_path, GOOD + GOOD)
    assert len(found.rules) == 1
    assert "r.toml:2 has this id, too" in str(found.refused[0])


def test_keys_before_the_first_rule_hold_for_all_of_the_file(tmp_path):
    assert read(tmp_path, 'author = "B"\n' + GOOD.replace('author = "A. Nalyst"\n', "")).rules[0].written.author == "B"


@pytest.mark.parametrize(
    ("when", "fire"),
    [
        ("nationality = 'HND'", '{ nationality = "HND" }'),
        ("sex = 'F' AND age BETWEEN 16 AND 29", '{ sex = "F", age = 20 }'),
        ("birth_place = 'X' OR nationality IN ('HND', 'GTM')", '{ nationality = "HND" }'),
        ("document_issuer = 'HND'", '{ document_issuer = "HND" }'),
        ("family_name LIKE 'AL %'", '{ family_name = "AL X" }'),
        ("nationality = 'HND' AND record_id IS NOT NULL", '{ nationality = "HND", record_id = "x" }'),
        ("nationality = 'HND' AND 1 = 1", '{ nationality = "HND" }'),
        ("nationality = 'HND' AND party_size >= 0", '{ nationality = "HND", party_size = 1 }'),
        ("nationality = 'HND' AND flight IS NOT NULL", '{ nationality = "HND", flight = "X1" }'),
        ("nationality = 'HND' AND COALESCE(bags, 0) < 99", '{ nationality = "HND" }'),
        ("nationality = 'HND' OR bags > 9", "{ bags = 10 }"),
        ("NOT (nationality <> 'HND' AND bags < 9)", "{ bags = 10 }"),
        ("CASE WHEN nationality = 'HND' THEN TRUE ELSE bags > 9 END", "{ bags = 10 }"),
        ("CASE WHEN bags > 9 THEN TRUE ELSE nationality = 'HND' END", "{ bags = 10 }"),
        ("IF(nationality = 'HND', TRUE, bags > 9)", "{ bags = 10 }"),
        ("(nationality = 'HND' AND party_size >= 0) OR bags > 9", "{ bags = 10 }"),
        ("nationality||'X' = 'HNDX' AND party_size >= 0", '{ nationality = "HND", party_size = 1 }'),
        ("nationality = 'HND' AND document_issued IS NULL", '{ nationality = "HND" }'),
        ("nationality = 'HND' AND last_to_port IS NULL", '{ nationality = "HND" }'),
        ("nationality = 'HND' AND agency IS NULL", '{ nationality = "HND" }'),
        ("nationality = 'HND' AND one_way IS NULL", '{ nationality = "HND" }'),
        ("nationality = 'HND' AND booking_ref <> 'ABC123'", '{ nationality = "HND", booking_ref = "X" }'),
        (
            "(nationality||'X' = 'HNDX' AND party_size >= 0) OR (paid_cash AND party_size > 8)",
            "{ paid_cash = true, party_size = 9 }",
        ),
        ("age < 18 AND party_minors >= 1", "{ age = 10, party_minors = 1 }"),
        (
            "DAYS_BETWEEN(birth_date, departs_at) < 6570 AND NOT is_crew",
            "{ birth_date = 2016-01-01, departs_at = 2026-01-01T10:00:00, is_crew = false }",
        ),
        ("what_changed LIKE '%nationality: HND%'", '{ what_changed = "nationality: HND > GTM" }'),
        ("TRUE", "{ bags = 0 }"),
        ("party_size >= 0", "{ party_size = 1 }"),
        ("flight IS NOT NULL", '{ flight = "X" }'),
        ("NOT is_crew", "{ is_crew = false }"),
        ("bags < 99", "{ bags = 0 }"),
        ("record_id = 'x'", '{ record_id = "x" }'),
    ],
)
def test_no_rule_may_fire_for_who_somebody_is(tmp_path, when, fire):
    found = read(tmp_path, with_when(when, fire, 'reason = "because"\n'))
    assert found.rules == ()
    assert any(said in str(found.refused[0]) for said in ("alone", "nearly everybody", "asks nothing"))


@pytest.mark.parametrize(
    ("when", "fire"),
    [
        (
            "nationality = 'HTI' AND from_port = 'POS' AND to_port = 'BGI'",
            '{ nationality = "HTI", from_port = "POS", to_port = "BGI" }',
        ),
        ("age < 16 AND trips_before >= 2", "{ age = 10, trips_before = 3 }"),
        ("sex = 'F' AND 'inbound:BRB' = ANY(directions)", '{ sex = "F", directions = ["inbound:BRB"] }'),
        ("payer_people >= CASE WHEN age < 18 THEN 5 ELSE 8 END", "{ payer_people = 6, age = 10 }"),
        ("age < 16 AND party_adults = 0", "{ age = 10, party_adults = 0 }"),
        ("from_port = 'POS' AND to_port = 'BGI'", '{ from_port = "POS", to_port = "BGI" }'),
        ("agency IS NULL AND paid_cash", "{ paid_cash = true }"),
    ],
)
def test_a_trait_beside_what_is_true_of_few_is_allowed(tmp_path, when, fire):
    found = read(tmp_path, with_when(when, fire, 'reason = "because"\n'))
    assert found.refused == ()


def test_a_trait_beside_other_things_needs_a_reason(tmp_path):
    text = with_when(
        "nationality = 'HND' AND bags = 0 AND one_way", '{ nationality = "HND", bags = 0, one_way = true }'
    )
    assert "uses nationality and does not say why" in str(read(tmp_path, text).refused[0])
    assert len(read(tmp_path, text + 'reason = "Published in a bulletin of this state."\n').rules) == 1


def test_every_column_has_a_meaning_a_kind_and_an_ordinary_value_of_its_type():
    for name, fact in FACTS.items():
        assert fact.meaning, name
        assert kind_of(fact.dtype), name
    assert {fact.trait for fact in FACTS.values()} == {None, "age", "sex", "nationality", "birth place", "name"}
    assert set(dtypes(FACTS)) == set(FACTS)


def test_the_page_on_rules_names_every_function_and_key():
    from ops_hub.targeting.functions import FUNCTIONS
    from ops_hub.targeting.rulefile import _KEYS

    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [name for name in (*FUNCTIONS, *_KEYS) if name not in page] == []
