"""Every desk's mailbox holds what that desk may see, and it is told once of what happened."""

from datetime import timedelta

import msgspec
import pytest

from ops_hub.casework.words import harmful
from ops_hub.engines.live.sharing import after_retention, share, unshare
from ops_hub.errors import StoreError
from ops_hub.store.hub import key
from ops_hub.store.mail import mailbox_key, place, unseal, user_of
from tests.casework.helpers_sharing import case_of, listed, officer, traveller
from tests.live.fixtures_sharing import happened, shared_hub

__all__ = ["shared_hub"]


def with_(case, **changes):
    return msgspec.structs.replace(case, **changes)


def desks(hub):
    """Every desk that has a view, as STATE:channel."""
    found = set()
    for name in hub.client.scan_iter(match=key("s", "*"), count=1000):
        parts = name.decode().removeprefix(key("s") + ":").split(":")
        if "case" in parts:
            found.add(f"{parts[0]}:{'protection' if parts[1] == 'protection' else 'ordinary'}")
    return found


def opened(hub, state, channel="ordinary", case=2031):
    name = place(state, channel, "case", case)
    sealed = hub.client.get(name)
    return (
        None
        if sealed is None
        else msgspec.json.decode(unseal(mailbox_key(hub, user_of(state, channel))[0], name, sealed))
    )


def kinds(hub, state, channel="ordinary"):
    return [fields[b"kind"].decode() for _, fields in hub.client.xrange(place(state, channel, "notices"))]


def test_only_desks_that_the_case_concerns_get_anything(shared_hub):
    case, bundle = case_of(listed(owner="HND"))
    share(shared_hub, case, bundle, [happened("opened")])
    assert desks(shared_hub) == {"TTO:ordinary", "BRB:ordinary", "HND:ordinary", "CENTRE:ordinary"}
    assert opened(shared_hub, "HND")["content"]
    assert opened(shared_hub, "BRB")["content"] == []
    assert shared_hub.client.zrange(place("BRB", "ordinary", "cases"), 0, -1) == [b"2031"]


def test_a_change_that_is_handed_in_twice_is_told_once(shared_hub):
    case, bundle = case_of(listed())
    for _ in range(3):
        share(shared_hub, case, bundle, [happened("opened")])
    share(
        shared_hub, with_(case, events=2), bundle, [happened("opened"), happened("escalated", 2, state="BRB", level=1)]
    )
    assert kinds(shared_hub, "TTO") == ["new"]
    assert kinds(shared_hub, "BRB") == ["new", "escalated"]


def test_nothing_that_names_anybody_stands_unsealed_in_the_hub(shared_hub):
    case, bundle = case_of(listed(owner="HND", caveats=["content-to-concerned"]))
    share(shared_hub, case, bundle, [happened("opened")])
    kept = b""
    for name in shared_hub.client.scan_iter(count=1000):
        kept += name + (shared_hub.client.dump(name) or b"")
    assert not [
        word for word in (b"PEREZ", b"NOMBRE", b"X1234567", b"5550177", b"ana@mail", b"remarks") if word in kept
    ]


def test_people_to_be_protected_are_in_protection_mailboxes_only_and_in_careful_words(shared_hub):
    entry = listed(owner="JAM", handling="protect", remarks="suspected of illegal entry")
    case, bundle = case_of(entry, travellers=[traveller(nationality="BRB")])
    share(shared_hub, case, bundle, [happened("opened")])
    assert desks(shared_hub) == {"TTO:protection", "JAM:protection", "CENTRE:protection"}
    for state in ("TTO", "JAM"):
        assert harmful(msgspec.json.encode(opened(shared_hub, state, "protection")).decode()) == []
        assert not kinds(shared_hub, state)
        told = shared_hub.client.xrange(place(state, "protection", "notices"))
        assert harmful(" ".join(value.decode() for _, fields in told for value in fields.values())) == []


def test_a_case_that_moves_to_the_protection_desks_leaves_the_others(shared_hub):
    case, bundle = case_of(listed())
    share(shared_hub, case, bundle, [happened("opened")])
    hits = tuple(with_(hit, handling="protect") for hit in case.hits)
    share(shared_hub, with_(case, hits=hits, channel="protection"), bundle, [happened("moved", 2)])
    assert opened(shared_hub, "TTO") is None
    assert shared_hub.client.zrange(place("TTO", "ordinary", "cases"), 0, -1) == []
    assert kinds(shared_hub, "TTO") == ["new", "ended"]
    assert kinds(shared_hub, "TTO", "protection") == ["new"]


def test_a_release_reaches_that_state_and_a_withdrawal_takes_the_view_back(shared_hub):
    case, bundle = case_of(listed(owner="HND"))
    share(shared_hub, case, bundle, [happened("opened")])
    free = with_(case, released={"BRB": ["hit-E1"]})
    share(shared_hub, free, bundle, [happened("release", 2, officer("HND"), to=["BRB"], hits=["hit-E1"])])
    assert opened(shared_hub, "BRB")["content"]
    assert opened(shared_hub, "TTO")["content"] == []
    assert (kinds(shared_hub, "BRB"), kinds(shared_hub, "TTO")) == (["new", "released"], ["new"])
    share(shared_hub, case, bundle, [happened("changed", 3)])
    assert opened(shared_hub, "BRB")["content"] == []


def test_a_decision_that_waits_for_a_second_person_is_told_to_that_state_and_the_centre(shared_hub):
    case, bundle = case_of(listed(owner="HND"))
    share(shared_hub, case, bundle, [happened("opened")])
    share(shared_hub, case, bundle, [happened("decide", 2, officer("BRB"), outcome="denied-boarding", pending=True)])
    assert kinds(shared_hub, "BRB") == ["new", "second"]
    assert kinds(shared_hub, "CENTRE") == ["new", "second"]
    assert kinds(shared_hub, "TTO") == ["new"]


def test_notices_are_in_the_states_language_and_say_by_when(shared_hub):
    case, bundle = case_of(listed(owner="HND"), deadline=shared_hub.now() + timedelta(hours=2))
    share(shared_hub, case, bundle, [happened("opened")])
    texts = {
        state: shared_hub.client.xrange(place(state, "ordinary", "notices"))[0][1][b"text"].decode()
        for state in ("BRB", "HND")
    }
    assert texts["BRB"].startswith("case 2031 needs you by ")
    assert texts["HND"].startswith("el caso 2031 requiere su atención antes de ")


def test_desks_that_work_on_the_same_person_learn_of_each_other_once_and_of_nothing_else(shared_hub):
    one, content = case_of(listed("E1", owner="HND"), concerned={"TTO": ["departure"]})
    two, other = case_of(listed("E2", "l2", owner="CRI"), concerned={"JAM": ["destination"]}, id=2032)
    share(shared_hub, one, content, [happened("opened")])
    for number in (1, 2):
        share(shared_hub, two, other, [happened("opened", number)])
    assert kinds(shared_hub, "HND") == ["new", "other"]
    assert kinds(shared_hub, "CRI").count("other") == 1
    assert "other" not in kinds(shared_hub, "TTO") + kinds(shared_hub, "JAM")
    told = shared_hub.client.xrange(place("HND", "ordinary", "notices"))[-1][1]
    text = told[b"text"].decode()
    assert "2031" in text
    assert "desk-cri@states.example.org" in text
    assert not [part for part in ("2032", "PEREZ", "l2", "E2") if part in text]


def test_what_two_owners_list_in_one_case_makes_them_know_of_each_other(shared_hub):
    case, bundle = case_of(listed("E1", owner="HND"), listed("E2", "l2", owner="CRI"))
    share(shared_hub, case, bundle, [happened("opened")])
    assert "other" in kinds(shared_hub, "HND")
    assert "other" in kinds(shared_hub, "CRI")


def test_no_ordinary_desk_learns_that_a_protection_desk_works_on_the_same_person(shared_hub):
    one, content = case_of(listed("E1", owner="JAM", handling="protect"))
    two, other = case_of(listed("E2", "l2", owner="CRI"), id=2032)
    share(shared_hub, one, content, [happened("opened")])
    share(shared_hub, two, other, [happened("opened")])
    assert "other" not in kinds(shared_hub, "CRI")
    assert "other" in kinds(shared_hub, "JAM", "protection")


def test_a_case_that_is_done_meets_nobody(shared_hub):
    one, content = case_of(listed("E1", owner="HND"))
    share(shared_hub, one, content, [happened("opened")])
    share(shared_hub, with_(one, status="closed"), content, [happened("close", 2)])
    two, other = case_of(listed("E2", "l2", owner="CRI"), id=2032)
    share(shared_hub, two, other, [happened("opened")])
    assert "other" not in kinds(shared_hub, "CRI")


def test_a_deleted_case_leaves_nothing_in_any_mailbox(shared_hub):
    case, bundle = case_of(listed(owner="HND"))
    share(shared_hub, case, bundle, [happened("opened")])
    unshare(shared_hub, case.id)
    assert desks(shared_hub) == set()
    assert not list(shared_hub.client.scan_iter(match=key("same*")))


def test_a_view_opens_with_the_key_of_its_own_mailbox_alone(shared_hub):
    case, bundle = case_of(listed())
    share(shared_hub, case, bundle, [happened("opened")])
    name = place("TTO", "ordinary", "case", 2031)
    with pytest.raises(StoreError):
        unseal(mailbox_key(shared_hub, "BRB")[0], name, shared_hub.client.get(name))


def test_mailboxes_follow_retention(shared_hub):
    masked, content = case_of(listed("E1", owner="HND"))
    gone, other = case_of(listed("E2", owner="CRI"), id=2032)
    kept, third = case_of(listed("E3", owner="JAM"), id=2033)
    held = {2031: (masked, content), 2033: (kept, third)}
    for case, bundle in ((masked, content), (gone, other), (kept, third)):
        share(shared_hub, case, bundle, [happened("opened")])
    assert sum(after_retention(shared_hub, held.get, lambda case: case.id == 2031)) == 2
    assert opened(shared_hub, "HND")["traveller"] == opened(shared_hub, "HND")["content"] == []
    assert opened(shared_hub, "HND")["leads"]
    assert opened(shared_hub, "CRI", case=2032) is None
    assert opened(shared_hub, "JAM", case=2033)["content"]
    assert sum(after_retention(shared_hub, held.get, lambda case: case.id == 2031)) == 0
    assert sum(after_retention(shared_hub, held.get, lambda case: False)) == 1  # a hold, say, came later
    assert opened(shared_hub, "HND")["content"]
    assert kinds(shared_hub, "HND").count("new") == 1
