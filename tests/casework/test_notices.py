"""Notices say that a case needs somebody and by when, to those it needs, in their language, and name nobody."""

import re
from datetime import timedelta

import pytest

from ops_hub.casework.case import CENTRE, HUB, Event
from ops_hub.casework.notices import kind_for, language_of, meeting_text, network_text, text
from ops_hub.casework.policy import sharing_policy
from ops_hub.casework.words import harmful
from tests.casework.helpers_sharing import LEAVES, NOW, officer

POLICY = sharing_policy()
TOLD = {"leads": [{"owner": "HND"}]}


def kind(event, desk, by=HUB, told=TOLD, **detail):
    return kind_for(POLICY, Event(2, NOW, event, by, detail), desk, told)


def test_a_referral_is_told_to_whom_it_is_referred_alone():
    assert kind("refer", "BRB", officer("TTO"), to="BRB") == "referred"
    assert kind("refer", "HND", officer("TTO"), to="BRB") is None


def test_who_owns_an_entry_is_told_that_it_is_asked():
    assert kind("ask-owner", "HND", officer("TTO")) == "asked"
    assert kind("ask-owner", "BRB", officer("TTO")) is None
    assert kind("ask-owner", CENTRE, officer("TTO"), told={"leads": [{"owner": "UN"}]}) == "asked"


def test_nobody_is_told_what_they_did_themselves_but_their_colleague_who_must_agree_is():
    assert kind("decide", "BRB", officer("BRB"), outcome="refused-entry") is None
    assert kind("decide", "TTO", officer("BRB"), outcome="refused-entry") == "decided"
    assert kind("decide", "BRB", officer("BRB"), pending=True) == "second"
    assert kind("decide", CENTRE, officer("BRB"), pending=True) == "second"
    assert kind("decide", "TTO", officer("BRB"), pending=True) is None


def test_an_escalation_is_told_where_it_goes():
    assert kind("escalated", "BRB", state="BRB", level=1, role="supervisor") == "escalated"
    assert kind("escalated", "TTO", state="BRB", level=1, role="supervisor") is None


def test_notes_and_claims_make_no_notice():
    assert kind("note", "BRB", officer("TTO")) is None
    assert kind("claim", "BRB", officer("TTO")) is None


def test_the_time_is_told_with_its_day_where_that_is_another():
    assert text(POLICY, "new", 2031, "en", now=NOW, deadline=LEAVES) == "case 2031 needs you by 14:20 UTC"
    tomorrow = LEAVES + timedelta(days=1)
    assert text(POLICY, "new", 2031, "en", now=NOW, deadline=tomorrow) == "case 2031 needs you by 2026-11-26 14:20 UTC"
    assert text(POLICY, "new", 2031, "en", now=NOW, deadline=None) == "case 2031 needs you"


def test_languages_are_those_of_the_states_else_english():
    found = {state: language_of(POLICY, state) for state in ("BRB", "HND", "HTI", "SUR", "CENTRE")}
    assert found == {"BRB": "en", "HND": "es", "HTI": "fr", "SUR": "nl", "CENTRE": "en"}


@pytest.mark.parametrize("language", sorted(POLICY.sharing.texts))
def test_every_notice_in_every_language_holds_a_number_and_a_time_and_calls_nobody_anything(language):
    kinds = {kind for rule in POLICY.sharing.notices.values() for kind in (rule.kind, rule.pending) if kind}
    for each in kinds | {"new", "ended", "released"}:
        said = text(POLICY, each, 2031, language, now=NOW, deadline=LEAVES)
        assert "2031" in said
        assert re.findall(r"[{}]", said) == []
        assert harmful(said) == []
    contact = {"desk": "Desk", "email": "d@x.example", "duty_phone": ""}
    for what in ("person", "document", "phone", "email"):
        assert "Desk, d@x.example" in meeting_text(POLICY, 2031, what, contact, language)
    said = network_text(POLICY, "3F9A", ["entry:jam-missing/J-1"], language, has_own_intelligence=True)
    assert POLICY.sharing.texts[language]["intelligence"] in said
    assert "3F9A" in said
    assert "J-1, " in said
    assert "jam-missing" not in said
    assert harmful(said) == []


def test_nobody_is_needed_by_a_time_that_is_over():
    assert text(POLICY, "new", 7, "en", now=NOW, deadline=NOW - timedelta(hours=1)) == "case 7 needs you"
