"""The table that cases move by: as shipped, edited by a centre, and wrong."""

import pytest

from ops_hub.casework.case import PROTECTION
from ops_hub.casework.table import VERBS, case_table
from ops_hub.errors import ConfigError
from tests.conftest import ROOT

SHIPPED = (ROOT / "rules" / "cases.toml").read_text(encoding="utf-8")


def edited(tmp_path, old, new, count=1):
    assert old in SHIPPED
    (tmp_path / "cases.toml").write_text(SHIPPED.replace(old, new, count), encoding="utf-8")
    return tmp_path


def test_the_shipped_table_has_what_the_centre_works_with():
    table = case_table()
    assert set(table.verbs) == set(VERBS)
    assert list(table.states) == [
        "new", "claimed", "referred", "awaiting-owner", "confirmed", "not-the-person", "insufficient-data", "closed",
    ]  # fmt: skip
    assert {"denied-boarding", "refused-entry", "silent-watch", "protected-and-referred", "missed"} <= set(
        table.outcomes
    )
    assert table.outcomes["denied-boarding"].second
    for outcome in table.outcomes.values():
        assert not (outcome.enforcement and PROTECTION in outcome.channels)


def test_a_centre_edits_it_without_code(tmp_path):
    folder = edited(tmp_path, 'name = "refused-entry"', 'name = "turned-back"')
    assert "turned-back" in case_table(folder).outcomes
    folder = edited(tmp_path, "minutes = { new = 60,", "minutes = { new = 7,")
    assert case_table(folder).clocks_of("BRB")[0].minutes["new"] == 7


def test_a_folder_without_the_table_has_the_shipped_one(tmp_path):
    assert case_table(tmp_path) == case_table()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('to = "claimed"', 'to = "clamed"', "clamed is no state"),
        ('roles = ["officer", "supervisor"]', 'roles = ["offiser"]', "offiser is no role"),
        ('parties = ["owner"]', 'parties = ["ower"]', "ower is no party"),
        (
            'channels = ["ordinary"]\nenforcement',
            'channels = ["ordinary", "protection"]\nenforcement',
            "take protection from",
        ),
        ('from = ["confirmed"]\nto = "closed"', 'from = ["closed"]\nto = "closed"', "only reopen may"),
        ('name = "claim"', 'name = "grab"', "grab is no verb"),
        ('[[verb]]\nname = "claim"', '[[verb]]\nnmae = "claim"', "nmae"),
        ("new = 20,", "new = 0,", "give 1 or more"),
        ("days = 365", "days = 9999", "at most most_days"),
        ('first = "new"', 'first = "closed"', "cannot begin in closed"),
        ('name = "claimed"\nheld', 'name = "new"\nheld', "stands in the file twice"),
        ('desk = "centre"', 'desk = "moon"', "cannot be told"),
        ('name = "withdrawn"', 'name = "gone"', "withdrawn is missing"),
        ('second_person_from = ["same", "centre"]', "second_person_from = []", "second_person_from"),
        ("[memory]", "[memory", "correct it"),
    ],
)
def test_a_wrong_table_is_refused_with_line_and_remedy(tmp_path, old, new, said):
    folder = edited(tmp_path, old, new)
    with pytest.raises(ConfigError) as error:
        case_table(folder)
    assert said in str(error.value)
    assert error.value.remedy
    if new != "[memory":
        line = int(error.value.place.rpartition(":")[2])
        text = (folder / "cases.toml").read_text().splitlines()
        assert text[line - 1].startswith("[")
