"""rules/documents.toml: what ships is sound, and what is wrong is refused with its place and remedy."""

import shutil

import pytest

from ops_hub.errors import ConfigError
from ops_hub.reference import country
from ops_hub.targeting.documents.formats import CHECKS, document_rules
from tests.conftest import ROOT


@pytest.fixture
def changed(tmp_path):
    def write(old, new):
        text = (ROOT / "rules" / "documents.toml").read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "documents.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
        return document_rules(tmp_path)

    return write


def test_what_ships_is_read_and_every_state_in_it_exists():
    rules = document_rules()
    assert rules.formats.height >= 20
    assert rules.validity.height >= 25
    states = {*rules.formats["issuer"], *rules.validity["destination"], *rules.validity["spared"].explode()}
    assert [code for code in states if country(code) != code and code not in rules.also] == []
    assert {"SUN", "YUG", "DDR", "CSK", "ANT", "SCG"} <= set(rules.ended["issuer"])
    assert (rules.ended["last_valid"] >= rules.ended["ended"]).all()


def test_a_folder_without_the_file_takes_what_ships(tmp_path):
    assert document_rules(tmp_path).formats.equals(document_rules().formats)


def test_a_changed_value_is_the_one_that_holds(changed):
    assert changed('expired = "medium"', 'expired = "high"').severity["expired"] == "high"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("slack_hours = 14", "slack_hours = -1", "slack_hours must be 0 or more"),
        ("slack_hours = 14", "", "slack_hours"),
        ("slack_hours = 14", "slack_hors = 14", "slack_hors"),
        ('expired = "medium"', 'expired = "grave"', "give one of low, medium, high"),
        ('expired = "medium"', 'expirred = "medium"', "expired"),
        ('expired = "medium"', 'expired = "medium"\nfunny = "low"', "there is no such check"),
        ('numbers = ["A[0-9]{7}"]', 'numbers = ["A[0-9{7}"]', "no regular expression"),
        ('issuer = "JAM"', 'issuer = "Jamaica"', "three capital letters"),
        ('issuer = "JAM"', 'issuer = "GBR"', "stands twice"),
        ("[settings]", "[settings", "documents.toml"),
        ("names_differ_below = 0.45", "names_differ_below = 0.1", "names_differ_plainly_below <= names_differ_below"),
    ],
)
def test_what_is_wrong_is_refused_with_place_and_remedy(changed, old, new, said):
    with pytest.raises(ConfigError, match=r"documents\.toml") as error:
        changed(old, new)
    assert said in str(error.value)


def test_every_check_is_documented():
    text = (ROOT / "docs" / "documents.md").read_text(encoding="utf-8")
    assert [check for check in CHECKS if f"| {check} |" not in text] == []


def test_the_file_is_shipped_as_it_is(tmp_path):
    shutil.copy(ROOT / "rules" / "documents.toml", tmp_path)
    assert document_rules(tmp_path).settings == document_rules().settings
