"""What came of a case afterwards: who may say what, in which channel, once, and how it is taken back."""

import pytest

from ops_hub.casework.case import PROTECTION, Actor, Event
from ops_hub.casework.fold import acted, applied, fold
from ops_hub.casework.table import case_table
from ops_hub.errors import ConfigError
from tests.casework.test_fold import HUB, NOON, TABLE, again, hit, opened
from tests.casework.test_table import edited

ANA, PIA = Actor("BRB", "ana"), Actor("BRB", "pia", "prosecutor")
PRO, LUIS = Actor("BRB", "pro", "protection"), Actor("HND", "luis", "list-owner")


def closed(handling="enforce"):
    """A case that was decided, of the ordinary or the protection channel."""
    who, outcome = (PRO, "protected-and-referred") if handling == "protect" else (ANA, "secondary-positive")
    case = fold([opened(hit(0, handling))], TABLE)
    case = done(case, who, "claim")
    return done(case, who, "decide", outcome=outcome, reason="x")


def done(case, by, verb="result", **detail):
    return applied(case, again(acted(case, verb, by, NOON, detail, TABLE)), TABLE)


ALLOWED = [
    ("enforce", ANA, "arrested"), ("enforce", ANA, "document-seized"), ("enforce", PIA, "charged"),
    ("enforce", PIA, "convicted"), ("enforce", LUIS, "links-found"), ("enforce", ANA, "irregular-migrant-found"),
    ("protect", PRO, "protected"), ("protect", PRO, "referred-to-services"),
    ("protect", Actor("BRB", "sam", "services"), "protected"),
]  # fmt: skip
REFUSED = [
    ("enforce", ANA, "convicted", "is not for the role officer"),
    ("enforce", ANA, "charged", "is not for the role officer"),
    ("enforce", LUIS, "arrested", "is not for the role list-owner"),
    ("enforce", Actor("HND", "luis"), "arrested", "is for the departure or transit or destination"),
    ("enforce", Actor("BRB", "aud", "auditor"), "arrested", "result is not for the role auditor"),
    ("enforce", ANA, "thrown-out", "thrown-out is no result"),
    ("protect", PRO, "arrested", "cannot be said of a case of the protection channel"),
    ("protect", Actor("BRB", "pia", "prosecutor"), "convicted", "cannot be said of a case of the protection channel"),
    ("protect", ANA, "protected", "another desk handles this traveller"),
]  # fmt: skip


@pytest.mark.parametrize(("handling", "by", "result"), ALLOWED)
def test_a_result_leaves_the_case_as_it_is(handling, by, result):
    before = closed(handling)
    after = done(before, by, result=result, operation="ALCYON")
    assert (after.status, after.outcome, after.channel) == (before.status, before.outcome, before.channel)
    told = [(each.result, each.state, each.operation) for each in after.results]
    assert told == [(result, by.state, "ALCYON")]


@pytest.mark.parametrize(("handling", "by", "result", "said"), REFUSED)
def test_what_is_not_theirs_to_say_is_refused(handling, by, result, said):
    with pytest.raises(ConfigError, match=said):
        done(closed(handling), by, result=result)


def test_no_result_is_said_of_a_case_that_is_undecided():
    with pytest.raises(ConfigError, match="it is new; result is for cases that are confirmed, closed"):
        done(fold([opened(hit(0))], TABLE), ANA, result="arrested")


def test_a_wrong_result_is_taken_back_by_another_event_and_only_by_its_state():
    case = done(closed(), ANA, result="arrested", operation="ALCYON")
    with pytest.raises(ConfigError, match="BRB said arrested of it already"):
        done(case, PIA, result="arrested", operation="ALCYON")
    with pytest.raises(ConfigError, match="TTO did not say arrested"):
        done(case, Actor("TTO", "jo"), result="arrested", operation="ALCYON", retract=True)
    with pytest.raises(ConfigError, match="it said: arrested ALCYON"):
        done(case, ANA, result="arrested", operation="OTHER", retract=True)
    begun = done(case, ANA, "reopen", reason="a new document")
    after = done(begun, PIA, result="arrested", operation="ALCYON", retract=True, reason="another case")
    assert (after.results, after.status, after.events) == ((), "new", case.events + 2)


def test_a_value_is_a_band_and_only_of_money():
    case = done(closed(), ANA, result="money-frozen", band="1000 to 10000 USD")
    assert case.results[0].band == "1000 to 10000 USD"
    with pytest.raises(ConfigError, match="arrested has no value"):
        done(closed(), ANA, result="arrested", band="1000 to 10000 USD")
    with pytest.raises(ConfigError, match="7500 is no value band"):
        done(closed(), ANA, result="money-frozen", band="7500")
    with pytest.raises(ConfigError, match="is no name of an operation"):
        done(closed(), ANA, result="arrested", operation="a b")


def test_of_a_person_who_turns_out_to_need_protection_no_enforcement_is_told():
    case = done(done(closed(), ANA, result="arrested"), ANA, result="irregular-migrant-found")
    moved = applied(case, Event(case.events + 1, NOON, "moved", HUB, {"channel": PROTECTION}), TABLE)
    assert [each.result for each in moved.results] == ["irregular-migrant-found"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "arrested"\nchannels = ["ordinary"]', 'name = "arrested"\nchannels = ["ordinary", "protection"]', "never said of somebody"),
        ('channels = ["ordinary"]\nroles = ["prosecutor"]', 'channels = ["ordinary"]\nroles = ["auditor"]', "auditor cannot say it"),
        ('name = "charged"', 'name = "arrested"', "stands in the file twice"),
    ],
)  # fmt: skip
def test_a_wrong_table_of_results_is_refused(tmp_path, old, new, said):
    with pytest.raises(ConfigError) as error:
        case_table(edited(tmp_path, old, new))
    assert said in str(error.value)
