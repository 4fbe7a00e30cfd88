"""Who sees what of a case: not concerned nothing, concerned hit/no-hit, content the owner and whom it allows."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_hub.casework.deconflict import workers
from ops_hub.casework.handling import all_terms, as_json, needs_content, segments, view
from ops_hub.casework.notices import text
from ops_hub.casework.package import RECIPIENTS, contents
from ops_hub.casework.policy import sharing_policy
from ops_hub.casework.words import harmful
from tests.casework.helpers_sharing import LEAVES, NOW, case_of, listed, officer, traveller

POLICY = sharing_policy()
ROLES = ("officer", "supervisor", "protection", "services", "prosecutor", "auditor", "list-owner", "system")
HOME = sorted(POLICY.states.by_code)


def strings(entry):
    """Every string of an entry's content, as it would stand in JSON."""
    found = [
        entry["purpose"],
        *entry["crime_types"],
        entry["names"][0]["full"],
        *entry["birth_places"],
        entry["remarks"],
    ]
    return [*found, entry["documents"][0]["number"], f"token-{entry['entry_id']}", "1966-06-06", str(entry["list_id"])]


def seen(case, bundle, state, role="officer", **options):
    told = view(case, bundle, officer(state, role), POLICY, **options)
    return None if told is None else as_json(told)


def test_a_state_that_is_not_concerned_sees_nothing_at_all():
    case, bundle = case_of(listed())
    for state in set(HOME) - {"TTO", "BRB"}:
        for role in ROLES:
            assert view(case, bundle, officer(state, role)) is None


def test_states_on_the_journey_see_that_there_is_a_hit_and_whom_to_call_but_no_content():
    case, bundle = case_of(listed(owner="HND"))
    told = view(case, bundle, officer("TTO"))
    assert told is not None
    assert told["hits"] == 1
    assert told["content"] == []
    lead = told["leads"][0]
    assert (lead["band"], lead["owner"], lead["contact"]["email"]) == ("high", "HND", "desk-hnd@states.example.org")
    assert told["deadline"] == LEAVES
    text = as_json(told)
    assert not [part for part in strings(listed(owner="HND")) if part in text]


def test_the_owner_sees_content_and_of_the_traveller_only_what_a_comparison_takes():
    case, bundle = case_of(listed(owner="HND"))
    told = view(case, bundle, officer("HND"))
    assert told["content"][0]["entry"]["remarks"] == "remarks-E1"
    assert told["traveller"][0]["family_name"] == "PEREZ"
    assert not {"contacts", "booking_ref", "raw", "seats"} & set(told["traveller"][0])
    assert "QWERTY" in seen(case, bundle, "TTO")


def test_what_nobody_needs_of_a_carriers_message_is_never_shown():
    person = traveller(
        payments=[{"kind": "card", "token": "tok-secret"}], extra='{"x": "ext-secret"}', agency="agency-secret"
    )
    case, bundle = case_of(listed(), travellers=[person])
    for state in ("TTO", "BRB", "CENTRE"):
        assert "secret" not in seen(case, bundle, state)
        assert "NAD+" not in seen(case, bundle, state)


def test_a_release_opens_content_to_that_state_alone():
    case, bundle = case_of(listed(owner="HND", caveats=["owner-release-only"]), released={"BRB": ["hit-E1"]})
    assert "remarks-E1" in seen(case, bundle, "BRB")
    assert "remarks-E1" not in seen(case, bundle, "TTO")


def test_a_release_to_a_state_that_was_not_concerned_makes_it_see_that_hit():
    case, bundle = case_of(listed("E1", owner="HND"), listed("E2", owner="CRI"), released={"JAM": ["hit-E1"]})
    told = view(case, bundle, officer("JAM"))
    assert [lead["hit_id"] for lead in told["leads"]] == ["hit-E1"]


def test_what_may_never_be_shown_is_not_shown_by_release_either():
    case, bundle = case_of(listed(owner="HND", caveats=["hit-no-hit-only"]), released={"BRB": ["hit-E1"]})
    assert view(case, bundle, officer("BRB"))["content"] == []


def test_caveats_open_content_to_all_concerned_or_to_a_named_state():
    case, bundle = case_of(listed("E1", owner="HND", caveats=["content-to-concerned"]))
    assert "remarks-E1" in seen(case, bundle, "TTO")
    case, bundle = case_of(listed("E1", owner="HND", caveats=["content-to:BRB"]))
    assert "remarks-E1" in seen(case, bundle, "BRB")
    assert "remarks-E1" not in seen(case, bundle, "TTO")


def test_of_two_caveats_the_stricter_counts():
    case, bundle = case_of(listed(owner="HND", caveats=["content-to-concerned", "owner-release-only"]))
    assert view(case, bundle, officer("BRB"))["content"] == []


@pytest.mark.parametrize("caveat", ["owner-relase-only", "content-to", "not-to:", "owner-release-only:BRB", ""])
def test_a_caveat_that_nobody_knows_leaves_the_hit_to_its_owner_who_is_told(caveat):
    case, bundle = case_of(listed(owner="HND", caveats=[caveat, "content-to-concerned"]))
    assert view(case, bundle, officer("BRB")) is None
    assert view(case, bundle, officer("CENTRE")) is None
    assert view(case, bundle, officer("HND"))["leads"][0]["unknown_caveats"] == [caveat]


def test_caveats_that_the_entry_has_count_even_where_the_hit_forgot_them():
    case, bundle = case_of(listed(owner="HND", caveats=["not-to:BRB"]))
    bare = tuple(
        type(hit)(**{n: getattr(hit, n) for n in hit.__struct_fields__} | {"caveats": ()}) for hit in case.hits
    )
    case = type(case)(**{n: getattr(case, n) for n in case.__struct_fields__} | {"hits": bare})
    assert view(case, bundle, officer("BRB")) is None


def test_an_owner_elsewhere_sees_its_own_hits_only():
    case, bundle = case_of(listed("E1", owner="HND"), listed("E2", "l2", owner="CRI"))
    told = view(case, bundle, officer("HND"))
    assert [lead["owner"] for lead in told["leads"]] == ["HND"]
    assert "CRI" not in as_json(told)


def test_people_to_be_protected_are_seen_by_protection_desks_and_services_only():
    case, bundle = case_of(listed(owner="JAM", handling="protect"))
    for state in ("TTO", "BRB", "JAM", "CENTRE"):
        for role in ROLES:
            told = view(case, bundle, officer(state, role))
            assert (told is not None) == (role in ("protection", "services")), (state, role)


def test_where_another_hit_concerns_it_the_enforcement_desk_is_sent_to_a_protection_desk_and_learns_no_more():
    case, bundle = case_of(
        listed("E1", owner="JAM", handling="protect"), listed("E2", "l2", owner="BRB"), outcome="protected"
    )
    told = view(case, bundle, officer("BRB"))
    assert told["hits"] == 1
    assert told["elsewhere"]["contact"]["email"] == "protection@centre.example.org"
    text = as_json(told)
    assert "JAM" not in text
    assert "protected" not in text
    assert told["status"] == "handled elsewhere"
    alone, content = case_of(listed("E2", "l2", owner="BRB"))
    assert "elsewhere" not in view(alone, content, officer("BRB"))


def test_the_state_of_nationality_is_not_told_of_people_to_be_protected_even_as_destination():
    for person in (
        traveller(nationality="BRB"),
        traveller(nationality=None, documents=[{"type": "P", "number": "1", "issuer": "BRB"}]),
    ):
        case, bundle = case_of(listed(owner="JAM", handling="protect"), travellers=[{"documents": None} | person])
        assert view(case, bundle, officer("BRB", "protection")) is None
        assert view(case, bundle, officer("TTO", "protection")) is not None


def test_the_nationality_that_the_entry_gives_counts_too():
    case, bundle = case_of(listed(owner="JAM", handling="protect", nationalities=["BRB"]))
    assert view(case, bundle, officer("BRB", "protection")) is None


def test_the_owner_may_let_the_state_of_nationality_know():
    person = traveller(nationality="BRB")
    entry = listed(owner="JAM", handling="protect")
    case, bundle = case_of(entry, travellers=[person], released={"BRB": ["hit-E1"]})
    assert view(case, bundle, officer("BRB", "protection")) is not None
    case, bundle = case_of(entry | {"caveats": ["state-of-nationality-may-know"]}, travellers=[person])
    assert view(case, bundle, officer("BRB", "protection")) is not None


def test_the_protection_desk_of_the_owner_sees_its_own_people_whatever_their_nationality():
    case, bundle = case_of(listed(owner="JAM", handling="protect"), travellers=[traveller(nationality="JAM")])
    assert view(case, bundle, officer("JAM", "protection")) is not None


def test_the_centre_reads_for_owners_that_are_no_home_states_and_for_no_others():
    for owner, reads in (("UN", True), ("USA", True), ("CARICOM", True), ("HND", False)):
        case, bundle = case_of(listed(owner=owner))
        told = view(case, bundle, officer("CENTRE"))
        assert bool(told["content"]) is reads
        assert told["operations"]["snapshots"] == ["snapshot1"]
    assert "operations" not in view(case, bundle, officer("BRB"))


def test_auditors_see_no_names():
    case, bundle = case_of(listed())
    text = seen(case, bundle, "BRB", "auditor")
    assert "PEREZ" not in text
    assert "NOMBRE" not in text


def test_another_states_officers_are_not_named():
    case, bundle = case_of(listed(), claimed_by=officer("TTO"))
    assert view(case, bundle, officer("BRB"))["claimed_by"] == "TTO"
    assert view(case, bundle, officer("TTO"))["claimed_by"] == "TTO/somebody:officer"


def test_raw_segments_go_to_prosecutors_of_the_journey_alone():
    case, bundle = case_of(listed(owner="HND"))
    given = {(s, r): bool(segments(case, bundle, officer(s, r))) for s in ("TTO", "HND", "JAM") for r in ROLES}
    assert {each for each, has in given.items() if has} == {("TTO", "prosecutor")}


def test_content_that_may_not_be_handed_on_stays_out_of_exports_but_not_of_the_owners():
    case, bundle = case_of(listed(owner="HND", caveats=["content-to-concerned", "no-onward"]))
    assert view(case, bundle, officer("BRB"))["content"]
    assert view(case, bundle, officer("BRB", "prosecutor"), export=True)["content"] == []
    assert view(case, bundle, officer("HND", "prosecutor"), export=True)["content"]


def test_no_word_of_a_view_of_people_to_be_protected_calls_them_a_suspect():
    entry = listed(
        owner="JAM",
        handling="protect",
        remarks="suspected of illegal entry",
        purpose="wanted",
        crime_types=["illegal entry"],
    )
    case, bundle = case_of(entry)
    for state, role in (("JAM", "protection"), ("BRB", "services"), ("TTO", "protection"), ("CENTRE", "protection")):
        assert harmful(seen(case, bundle, state, role)) == []
    assert harmful(json.dumps(POLICY.sharing.words | POLICY.sharing.texts)) == []


CAVEATS = st.lists(
    st.sampled_from([*POLICY.sharing.caveats, "content-to:BRB", "content-to:TTO", "not-to:BRB", "not-to:TTO", "typo"]),
    max_size=3,
)
STATES = st.sampled_from(["BRB", "TTO", "JAM", "HND", "UN"])
ENTRY = st.tuples(STATES, st.sampled_from(["enforce", "discreet", "protect", "odd"]), CAVEATS)
PARTS = st.lists(st.sampled_from(["departure", "transit", "destination"]), min_size=1, max_size=2)


def allowed(case, entry, reader, nationality):
    """The rules once more, in other words: may this reader read this entry's content?"""
    handling, owner, caveats = entry["handling"], entry["owner"], entry["caveats"]
    state, role = reader.state, reader.role
    own = state == owner or (state == "CENTRE" and owner == "UN")
    given_free = f"hit-{entry['entry_id']}" in case.released.get(state, [])
    secret = handling in ("protect", "odd") or "protection-desk-only" in caveats
    if role in ("auditor", "system") or (
        secret and role not in ("protection", "services") and not (role == "prosecutor" and given_free)
    ):
        return False
    if (not secret and role in ("protection", "services")) or (role == "list-owner" and not own):
        return False
    if own:
        return True
    wrong = [c for c in caveats if c in ("typo", "content-to", "not-to")]
    if wrong or "hit-no-hit-only" in caveats:
        return False
    if given_free:
        return True
    kept = "not-to-state-of-nationality" in caveats or (
        handling in ("protect", "odd") and "state-of-nationality-may-know" not in caveats
    )
    if f"not-to:{state}" in caveats or (kept and state in nationality) or "owner-release-only" in caveats:
        return False
    journey = state == "CENTRE" or bool({"departure", "transit", "destination"} & set(case.concerned.get(state, [])))
    return journey and ("content-to-concerned" in caveats or f"content-to:{state}" in caveats)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ENTRY, min_size=1, max_size=3), st.dictionaries(st.sampled_from(["BRB", "TTO", "JAM", "GUY"]), PARTS, max_size=3),
    st.dictionaries(st.sampled_from(["BRB", "TTO", "GRD"]), st.lists(st.sampled_from(["hit-E0", "hit-E1"])), max_size=2),
    st.sampled_from(["BRB", "TTO", "VEN"]), st.sampled_from(["BRB", "TTO", "JAM", "HND", "GUY", "GRD", "CUB", "CENTRE"]), st.sampled_from(ROLES),
)  # fmt: skip
def test_no_string_of_an_entry_reaches_a_reader_who_may_not_have_it(
    found, concerned, released, nationality, state, role
):
    entries = [
        listed(f"E{k}", f"list-{k}-id", owner, handling=handling, caveats=caveats, remarks=f"remarks-E{k}")
        for k, (owner, handling, caveats) in enumerate(found)
    ]
    person = traveller(nationality=nationality, documents=None)
    case, bundle = case_of(*entries, concerned=concerned, travellers=[person], released=released)
    reader = officer(state, role)
    views = [view(case, bundle, reader, POLICY), view(case, bundle, reader, POLICY, export=True)]
    texts = [as_json(each) for each in views if each] + list(segments(case, bundle, reader, POLICY).values())
    if role in RECIPIENTS:
        made = contents(case, bundle, reader, POLICY, events=[], screenings={}, log=[], purpose="x")
        texts += [each.decode() for each in (made or {}).values()]
    kind = text(POLICY, "new", case.id, "en", now=NOW, deadline=case.deadline)
    everything = " ".join([*texts, kind, *map(str, workers(case, all_terms(case, bundle, POLICY), POLICY))])
    for k, entry in enumerate(entries):
        if not allowed(case, entry, reader, {nationality, "COL"}):
            leaked = [part for part in strings(entry) if part in everything and part != "1966-06-06"]
            assert not leaked, (k, entry["caveats"])
    if not any(allowed(case, entry, reader, {nationality, "COL"}) for entry in entries):
        assert "1966-06-06" not in everything
    if state == "CUB":
        assert not texts
    protect_only = all(entry["handling"] in ("protect", "odd") for entry in entries)
    if protect_only and role in ("officer", "supervisor"):
        assert not texts


def test_where_nobody_knows_the_nationality_no_state_is_told_of_people_to_be_protected_but_the_owner_and_the_centre():
    person = traveller(nationality=None, documents=None)
    case, bundle = case_of(listed(owner="JAM", handling="protect", nationalities=None), travellers=[person])
    told = {state for state in ("TTO", "BRB", "JAM", "CENTRE") if view(case, bundle, officer(state, "protection"))}
    assert told == {"JAM", "CENTRE"}
    assert view(case, bundle, officer("JAM", "protection"))["leads"][0]["not_told"] == ["BRB", "TTO"]


def test_it_is_said_where_an_empty_bundle_does_not_do_to_ask_who_may_see():
    assert needs_content(case_of(listed(handling="protect"))[0])
    assert needs_content(case_of(listed(caveats=["not-to-state-of-nationality"]))[0])
    assert not needs_content(case_of(listed(caveats=["owner-release-only"]))[0])
    case, bundle = case_of(listed(owner="JAM", handling="protect"))
    empty = type(bundle)(bundle.hits.clear(), bundle.travellers.clear(), bundle.entries.clear())
    assert view(case, empty, officer("TTO", "protection")) is None
    assert view(case, empty, officer("JAM", "protection")) is not None


def test_about_somebody_to_be_protected_a_protection_desk_is_named_never_the_owners_ordinary_desk():
    case, bundle = case_of(listed(handling="protect", owner="JAM", nationalities=["COL"]))
    told = view(case, bundle, officer("BRB", "protection"))
    assert told["leads"][0]["contact"] == POLICY.protection_contact("JAM")
    assert POLICY.contact("JAM")["email"] not in as_json(told)
    ordinary = view(*case_of(listed(owner="JAM")), officer("BRB"))
    assert ordinary["leads"][0]["contact"] == POLICY.contact("JAM")


@pytest.mark.parametrize("role", ["officer", "protection", "services", "prosecutor"])
def test_of_a_minor_every_reader_is_told_so(role):
    kind = "protect" if role in ("protection", "services") else "enforce"
    for minor in (True, False):
        case, bundle = case_of(listed(handling=kind, nationalities=["COL"]), minor=minor)
        assert view(case, bundle, officer("TTO", role))["minor"] == minor
