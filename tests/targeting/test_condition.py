import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from ops_hub.errors import ConfigError
from ops_hub.schemas import rows
from ops_hub.targeting.columns import FACTS
from tests.targeting.helpers_rules import at, compiled, fires

ROW = {
    "age": 12, "party_adults": 0, "flight": "BW432", "departs_at": at("01-31T05:00"), "booked_at": at("01-30T00:00"),
    "document_expires": dt.date(2026, 6, 1), "hit_lists": ["x", "y"], "nationality": "HND", "bags": 0, "one_way": True,
    "detour": 1.5, "agency": "",
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "age = 12 AND NOT age <> 12",
        "age IN (11, 12) AND age NOT IN (1, 2)",
        "age BETWEEN 12 AND 13 AND age NOT BETWEEN 1 AND 11",
        "flight LIKE 'BW%' AND flight LIKE '%432' AND flight LIKE '%W4%' AND flight LIKE 'B_4%2' AND flight NOT LIKE 'X%'",
        "flight ILIKE 'bw%' AND flight NOT ILIKE 'xx%' AND flight LIKE 'BW432' AND flight NOT LIKE '' AND flight LIKE '%'",
        "STARTS_WITH(flight, 'BW') AND ENDS_WITH(flight, '2') AND CONTAINS(flight, '43')",
        "LOWER(flight) = 'bw432' AND UPPER(LOWER(flight)) = flight AND LENGTH(flight) = 5 AND LENGTH(flight) - 9 < 0",
        "LEFT(flight, 2) = 'BW' AND RIGHT(flight, 1) = '2' AND SUBSTRING(flight, 3, 2) = '43' AND flight || 'X' = 'BW432X'",
        "residence IS NULL AND flight IS NOT NULL AND agency = ''",
        "residence IS DISTINCT FROM 'HND' AND flight IS NOT DISTINCT FROM 'BW432'",
        "'x' = ANY(hit_lists) AND NOT 'z' = ANY(hit_lists) AND ARRAY_CONTAINS(hit_lists, 'y') AND ARRAY_LENGTH(hit_lists) = 2",
        "CASE WHEN age < 18 THEN bags = 0 ELSE FALSE END",
        "CASE nationality WHEN 'HND' THEN 1 ELSE 2 END = 1 AND IF(one_way, 1, 2) = 1",
        "COALESCE(bag_weight_kg, 5) = 5 AND NULLIF(age, 12) IS NULL AND GREATEST(age, bags) = 12 AND LEAST(age, bags) = 0",
        "departs_at > DATE '2026-01-30' AND departs_at = TIMESTAMP '2026-01-31 05:00' AND departs_at >= '2026-01-31'",
        "document_expires < departs_at + INTERVAL '6 months' AND departs_at - INTERVAL '1' DAY > booked_at",
        "departs_at - booked_at < INTERVAL '30' HOUR AND departs_at - booked_at > INTERVAL '1' DAY",
        "DAYS_BETWEEN(booked_at, departs_at) > 1 AND HOURS_BETWEEN(booked_at, departs_at) = 29",
        "EXTRACT(HOUR FROM departs_at) = 5 AND EXTRACT(YEAR FROM document_expires) = 2026 AND EXTRACT(DOW FROM departs_at) = 6",
        "departs_at::DATE = '2026-01-31'",
        "(age + 1) * 2 - 6 = 20 AND age / 8 = 1.5 AND age % 5 = 2 AND -age = -12 AND ABS(-age) = 12 AND ROUND(detour + 0.1) = 2",
        "one_way AND one_way = TRUE AND one_way IS TRUE AND is_crew IS NOT TRUE",
        "AGE = 12 -- names of columns in any case, and comments",
    ],
)
def test_every_operator_of_the_documented_table_can_be_said(text):
    assert fires(text, ROW) == [True]


def test_what_is_not_known_does_not_fire_in_either_direction():
    for text in (
        "age < 18",
        "age >= 18",
        "NOT age < 18",
        "age NOT IN (1)",
        "flight NOT LIKE 'X%'",
        "bags / 0 > 1",
        "age / bags > 1",
    ):
        assert fires(text, {"bags": 0}) == [False], text
    assert fires("age IS NULL OR age < 18", {}) == [True]


def test_null_may_stand_wherever_a_value_does():
    assert fires("CASE WHEN NULL THEN one_way ELSE bags = 2 END AND -NULL IS NULL", {"bags": 2}) == [True]
    assert fires(
        "IF(NULL, 1, bags) + NULL IS NULL AND NOT (NULL AND FALSE) AND ABS(NULLIF(NULL, bags)) IS NULL", {"bags": 2}
    ) == [True]


def test_and_or_follow_the_logic_of_sql_where_something_is_not_known():
    assert fires("age < 18 OR bags = 0", {"bags": 0}, {"age": 3}, {"age": 30}) == [True, True, False]
    assert fires("NOT (age < 18 AND bags = 0)", {"bags": 1}, {"bags": 0}) == [True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flight IN (SELECT x FROM read_csv('/etc/passwd'))", "in with query is not allowed"),
        ("EXISTS (SELECT 1)", "exists is not allowed"),
        ("age = (SELECT 1)", "subquery is not allowed"),
        ("read_csv('/etc/passwd') = 1", "is not allowed"),
        ("read_parquet('/x') IS NULL", "is not allowed"),
        ("SUM(bags) OVER () > 1", "window is not allowed"),
        ("COUNT(*) > 1", "count is not allowed"),
        ("age = 1; DROP TABLE x", "no SQL condition"),
        ("travellers.age = 1", "column with table is not allowed"),
        ("LIST_FILTER(hit_lists, x -> x = 'a')", "lambda is not allowed"),
        ("hit_lists[1] = 'x'", "bracket is not allowed"),
        ("REGEXP_LIKE(flight, '(a+)+')", "is not allowed"),
        ("EVAL('1') = 1", "function EVAL is not allowed"),
        ("__import__('os') IS NULL", "function __IMPORT__ is not allowed"),
        ("age = @x", "parameter is not allowed"),
        ("age = ?", "placeholder is not allowed"),
        ("CURRENT_DATE > document_expires", "current date is not allowed"),
        ("age BETWEEN SYMMETRIC 3 AND 1", "symmetric is not allowed"),
        ("'x' <> ANY(hit_lists)", "ANY stands to the right of ="),
        ("flight LIKE 'x' ESCAPE '!'", "escape is not allowed"),
        ("flight LIKE agency", "must be written out"),
        ("age = 'x'", "number and text do not go together"),
        ("flight > 3", "number and text do not go together"),
        ("one_way = 1", "boolean and number do not go together"),
        ("departs_at > 'soon'", "'soon' is no time"),
        ("departs_at > 5", "number and time do not go together"),
        ("hit_lists = 'x'", "text and texts do not go together"),
        ("age = NULL", "nothing is equal to NULL"),
        ("age IN (1, NULL)", "NULL in a list"),
        ("age IN ()", "the IN list is empty"),
        ("age", "gives a number, not true or false"),
        ("departs_at - booked_at < INTERVAL '1' MONTH", "no fixed length"),
        ("age = 99999999999999999999", "too large"),
        ("", "no SQL condition"),
        ("(" * 400 + "age = 1" + ")" * 400, "nested"),
        ("NOT " * 200 + "one_way", "nested"),
        ("age IN (" + "1, " * 20_000 + "1)", "longer than"),
        ('nationality = "HND"', "text stands in 'single quotes'"),
        ("LOWER(age) = 'x'", "takes a text and was given a number"),
        ("DAYS_BETWEEN(departs_at) = 1", "takes 2 arguments"),
        ("ROUND(age, 1) > 1", "round with decimals is not allowed"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_refused_with_rule_line_and_remedy(text, said):
    with pytest.raises(ConfigError) as refused:
        compiled(text)
    assert said in str(refused.value)
    assert str(refused.value).startswith("r.toml:10: rule R: ")
    assert refused.value.remedy


def test_an_unknown_column_is_told_with_its_line_and_the_nearest_name():
    with pytest.raises(
        ConfigError, match=r"r\.toml:12: rule R: there is no column natinality.*did you mean nationality\?"
    ):
        compiled("age < 18\n  AND bags = 0\n  AND natinality = 'HND'")


def test_a_long_condition_runs(tmp_path):
    assert fires(" AND ".join(["age = 12"] * 1000), ROW) == [True]
    assert fires(f"age IN ({', '.join(map(str, range(3000)))})", ROW) == [True]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("bag_weight_kg IN (1, 2) AND bag_weight_kg NOT IN (3, 4.5)", {"bag_weight_kg": 2.0}),
        ("hours_booking_to_departure IN (24, 48)", {"hours_booking_to_departure": 24.0}),
        ("bags IN (2.0) AND bags IN (1, 2, 2.5) AND bags IN (-1, 2) AND bags IN (party_size, 2)", {"bags": 2}),
        ("departs_at IN (DATE '2026-11-23', DATE '2026-11-24')", {"departs_at": at("11-23T00:00")}),
        ("departs_at IN (TIMESTAMP '2026-11-23 10:00', DATE '2026-11-24', '2026-11-25')", {"departs_at": at("11-24T00:00")}),
        ("departs_at NOT IN (DATE '2026-11-23') AND departs_at::DATE IN ('2026-11-23')", {"departs_at": at("11-23T10:00")}),
        ("document_expires IN (DATE '2026-06-01', TIMESTAMP '2026-11-23 10:00')", {"document_expires": dt.date(2026, 6, 1)}),
        ("EXTRACT(HOUR FROM departs_at) IN (5, 6) AND LENGTH(flight) IN (5) AND bag_weight_kg / bags IN (20, 23)",
         {"departs_at": at("11-23T05:00"), "flight": "BW432", "bag_weight_kg": 46.0, "bags": 2}),
    ],
)  # fmt: skip
def test_lists_of_values_mean_what_sql_says_whatever_numbers_or_days_they_mix(text, known):
    assert fires(text, known) == [True]


def test_numbers_never_wrap_around_and_what_is_no_number_does_not_fire():
    assert fires("bags * 9007199254740992 * 1024 > 0", {"bags": 2}, {"bags": -2}) == [True, False]
    assert fires("bags + 1 > bags", {"bags": 2**63 - 1}) == [False]  # beyond 2**53 numbers are rounded, as documented
    assert fires("bag_weight_kg > 5 OR bag_weight_kg - bag_weight_kg > 5", {"bag_weight_kg": float("nan")}) == [False]
    assert fires("bag_weight_kg - bag_weight_kg >= 0", {"bag_weight_kg": float("inf")}) == [False]
    assert fires("5 / (bags * -0.0) IS NULL AND -bags % 3 = 1", {"bags": 2}) == [True]


@pytest.mark.parametrize("times", [12, 20, 28])
@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        ("NULLIF(", ", 7)"),
        ("CASE WHEN ", " BETWEEN 1 AND 2 THEN 1 ELSE 0 END"),
        ("CASE ", " WHEN 1 THEN 1 WHEN 2 THEN 2 END"),
        ("CASE WHEN 1 = CASE WHEN 1 = ", " THEN 1 END THEN 1 END"),
        ("IF(1 = ", ", 1, 2)"),
        ("STRUCT(", ")"),
        ("DECIMAL(", ", 1)"),
        ("ARRAY[", "]"),
    ],
)
def test_what_would_double_with_each_nesting_is_refused_at_once(opens, closes, times):
    with pytest.raises(ConfigError, match=r"r\.toml:10: rule R: .*(more than 8000 parts|nested|not allowed)"):
        compiled(f"{opens * times}bags{closes * times} = 1")


def test_what_is_nested_without_doubling_runs():
    assert fires("1 / (" * 12 + "bags" + ")" * 12 + " = 1", {"bags": 1}) == [True]
    assert fires("NULLIF(" * 8 + "bags" + ", 7)" * 8 + " = 1", {"bags": 1}) == [True]
    assert fires("GREATEST(" * 20 + "bags" + ", 0)" * 20 + " = 1", {"bags": 1}) == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flight LIKE '" + "%_" * 9000 + "'", "longer than 500"),
        ("bags = " + "9" * 5000, "too large"),
        ("document_expires + INTERVAL '999999' YEAR > departs_at", "longer than 1000 years"),
        ("departs_at - INTERVAL '999999' WEEK < booked_at", "longer than 1000 years"),
        ("CASE " + "WHEN age = 1 THEN 1 " * 201 + "END = 1", "more than 200 WHEN"),
        ("NULL IN (1, 2)", "NULL in a list"),
        ("bags = 0E", "this is no number"),
    ],
)
def test_what_polars_or_python_cannot_hold_is_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        compiled(text)


def test_dates_moved_as_far_as_a_condition_can_stay_dates():
    far = [
        {"document_expires": dt.date.min, "departs_at": dt.datetime.max},
        {"document_expires": dt.date.max, "departs_at": dt.datetime.min},
    ]
    for move in (
        "+ INTERVAL '1000' YEAR",
        "- INTERVAL '12000' MONTH",
        "+ INTERVAL '366000' DAY",
        "- INTERVAL '52000' WEEK",
    ):
        text = f"DAYS_BETWEEN(document_expires {move * 40}, departs_at) > 0 AND EXTRACT(YEAR FROM departs_at {move * 40}) > 0"
        assert len(fires(text, *far)) == 2


def test_long_chains_are_balanced_for_those_who_walk_the_tree():
    found = compiled(" OR ".join(f"(bags = {n} AND one_way AND is_crew)" for n in range(500)))
    deepest = max(each.depth for each in found.tree.walk())
    assert deepest < 20
    assert len(list(found.tree.find_all(exp.EQ))) == 500


def test_no_file_is_opened_while_a_condition_is_read(tmp_path, monkeypatch):
    secret = tmp_path / "secret.csv"
    secret.write_text("x\n1\n")
    opened = []
    for reader in ("read_csv", "scan_csv", "scan_parquet", "read_parquet", "scan_ndjson"):
        monkeypatch.setattr(pl, reader, lambda *a, **k: opened.append(a))
    for text in (f"age IN (SELECT x FROM read_csv('{secret}'))", f"read_csv('{secret}')", f"age IN (TABLE '{secret}')"):
        with pytest.raises(ConfigError):
            compiled(text)
    assert opened == []


@given(st.text(alphabet="age flight'()=<>,.%_-;:*+/[]{}\"\\@?$&|01ANDORNTILKESCW\n", max_size=60))
def test_any_text_is_compiled_or_refused_and_nothing_else(text):
    try:
        found = compiled(text)
    except ConfigError:
        return
    assert rows(FACTS, [ROW]).select(found.fires.alias("f"))["f"].dtype == pl.Boolean


@given(st.text(max_size=12), st.text(alphabet="ab%_.*+?()[]\\^$ -#&~|{}é", max_size=10))
def test_like_means_what_sql_says(value, pattern):
    def means(text, like):
        if not like:
            return not text
        if like[0] == "%":
            return any(means(text[i:], like[1:]) for i in range(len(text) + 1))
        return bool(text) and like[0] in ("_", text[0]) and means(text[1:], like[1:])

    quoted = pattern.replace("'", "''")
    assert fires(f"flight LIKE '{quoted}'", {"flight": value}) == [means(value, pattern)]
