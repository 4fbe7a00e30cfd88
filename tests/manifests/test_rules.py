"""Rules of manifests where messages say less, or say it twice, or later, than one would wish."""

import polars as pl
import pytest

from ops_hub.manifests.assemble import assemble
from ops_hub.schemas import MESSAGES, TRAVELLERS, conform, empty
from tests.manifests.helpers import DUTIES, STATES, built, on_board, one, paxlst, person, pnrgov, states_of

LATER, LAST = "261120:0700", "261120:1430"


def flight(departs="2611201045", arrives="2611201145", number="BW432", ends=("POS", "BGI")):
    said = [f"TDT+20+{number}+++BW", f"LOC+125+{ends[0]}"]
    said += [f"DTM+189:{departs}:201"] if departs else []
    return [*said, f"LOC+87+{ends[1]}", *([f"DTM+232:{arrives}:201"] if arrives else [])]


def test_a_later_list_of_the_same_transaction_and_revision_replaces_the_earlier_one():
    first = paxlst(person("AAA", ref="R1"), person("BBB", ref="R2"), tn="T1:::3")
    _, people = one(paxlst(person("AAA", ref="R1"), person("CCC", ref="R3"), tn="T1:::3", at=LATER), first)
    assert states_of(people) == {"AAA": "checked-in", "BBB": "cancelled", "CCC": "checked-in"}


def test_a_later_list_without_a_transaction_adds_and_replaces_no_other():
    _, people = one(paxlst(person("AAA"), person("BBB")), paxlst(person("AAA"), person("CCC"), at=LATER))
    assert states_of(people) == dict.fromkeys(["AAA", "BBB", "CCC"], "checked-in")
    assert people["AAA"]["revision"] == 1


def test_a_list_older_than_the_push_that_drops_the_person_holds_no_longer():
    first = pnrgov(("LOC1", [("AAA", "ANA")]), ("LOC2", [("BBB", "BEN")]), at="261118:0610")
    listed = paxlst(person("AAA", booking="LOC1"), person("BBB", "BEN", booking="LOC2"), at="261119:0610")
    _, people = one(first, listed, pnrgov(("LOC2", [("BBB", "BEN")]), at="261119:1200"))
    assert states_of(people) == {"AAA": "cancelled", "BBB": "checked-in"}
    _, people = one(first, pnrgov(("LOC2", [("BBB", "BEN")]), at="261119:0500"), listed)
    assert states_of(people) == {"AAA": "checked-in", "BBB": "checked-in"}


def test_several_close_outs_are_united():
    listed = paxlst(*(person(f"P{k}X", ref=f"R{k}") for k in range(3)))
    first = paxlst(on_board("R0"), bgm="266+CLOB", at="261120:1420")
    _, people = one(listed, first, paxlst(on_board("R1"), bgm="266+CLOB", at=LAST))
    assert states_of(people) == {"P0X": "closed", "P1X": "closed", "P2X": "offloaded"}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_parts_that_arrive_twice_and_in_other_files_count_once(order):
    share = {"access": "A1", "total": 2, "tn": "T1"}
    parts = [
        paxlst(person("AAA"), part="01:C", **share), paxlst(person("BBB"), part="02:F", **share),
        paxlst(person("AAA", "ANABEL"), part="01:C", at=LATER, **share),
    ]  # fmt: skip
    found = built(*(parts[k] for k in order), parts[1])
    assert found.transmissions.height == 1
    assert found.manifests.select("expected_passengers", "passengers", "cancelled").row(0) == (2, 2, 0)
    assert sorted(found.people["given_names"]) == ["ANA", "ANABEL"]


def test_a_flight_over_midnight_is_of_the_day_it_leaves():
    night = flight("2611202350", "2611210050")
    by_arrival = flight(None, "2611210050")
    manifest, people = one(paxlst(person("AAA"), flight=night), paxlst(person("BBB"), flight=by_arrival, at=LATER))
    assert manifest["manifest_id"] == "BW432/2026-11-20/POS-BGI"
    assert sorted(people) == ["AAA", "BBB"]


@pytest.mark.parametrize("arrives", ["2611192100", "2611220600"])
def test_a_flight_over_the_date_line_is_of_the_day_it_leaves(arrives):
    over = flight("2611201000", arrives, ends=("HNL", "AKL"))
    manifest, people = one(
        paxlst(person("AAA"), flight=over), paxlst(person("BBB"), flight=flight(None, arrives, ends=("HNL", "AKL")))
    )
    assert manifest["manifest_id"] == "BW432/2026-11-20/HNL-AKL"
    assert len(people) == 2


def test_a_list_by_arrival_that_may_be_of_two_departures_stays_by_itself():
    messages = [
        paxlst(person("AAA"), flight=flight("2611200030", "2611210050")),
        paxlst(person("BBB"), flight=flight("2611210030", "2611210150")),
        paxlst(person("CCC"), flight=flight(None, "2611210300"), at=LATER),
    ]
    found = built(*messages)
    on = dict(found.people.select("family_name", "manifest_id").iter_rows())
    assert on["AAA"].split("/")[1] == "2026-11-20"
    assert on["BBB"].split("/")[1] == on["CCC"].split("/")[1] == "2026-11-21"


def test_the_same_number_on_two_days_and_between_other_ports_is_another_manifest():
    found = built(
        paxlst(person("AAA")), paxlst(person("AAA"), flight=flight("2611211045", "2611211145")),
        paxlst(person("AAA"), flight=flight("2611201300", "2611201400", ends=("BGI", "SVD"))),
    )  # fmt: skip
    assert found.manifests.height == found.people.height == 3


def test_who_leaves_a_booking_in_an_update_is_cancelled_and_who_is_split_off_is_the_same_person():
    first = pnrgov(("LOC1", [("AAA", "ANA"), ("BBB", "BEN"), ("CCC", "CARL")]))
    left, split = ("LOC1", [("AAA", "ANA")]), ("LOC2", [("BBB", "BEN")])
    update = pnrgov(left, split, at="261119:1200", what="141").replace("RCI+BW:LOC2::151026:1422", "RCI+BW:LOC2::151026:1422+BW:LOC1")  # fmt: skip
    manifest, people = one(first, update)
    assert states_of(people) == {"AAA": "booked", "BBB": "booked", "CCC": "cancelled"}
    assert people["BBB"]["changed"].startswith("booking_ref: LOC1 > LOC2")
    assert people["CCC"]["reason"] == "left out of a later version of the booking"
    assert manifest["booked_only"] == 2


def test_an_update_that_breaks_off_cancels_nobody():
    first = pnrgov(("LOC1", [("AAA", "ANA"), ("BBB", "BEN")]))
    update = pnrgov(("LOC1", [("AAA", "ANA")]), at="261119:1200", what="141")
    _, people = one(first, update[: update.index("UNT")])
    assert states_of(people) == {"AAA": "booked", "BBB": "booked"}


def vessel(people, imo=None, name="MV Pelican", voyage="7", arrives="2026-11-24T07:30", **more):
    """Rows of a list as a form gives them."""
    said = {"vessel": name, "imo_number": imo, "call_sign": None, "voyage": voyage} | more
    extra = "{" + ",".join(f'"{key}":"{value}"' for key, value in said.items() if value) + "}"
    return [
        {"record_id": f"{name}{each}{voyage}", "source": f"{name}.xlsx", "message_type": "xlsx", "position": k, "role": "crew", "family_name": each,
         "flight": " ".join(part for part in (name, voyage) if part), "from_port": "VCKTN", "to_port": "BBBGI", "arrives_at": arrives, "extra": extra}
        for k, each in enumerate(people)
    ]  # fmt: skip


def assembled(*lists):
    frame = pl.DataFrame([row for rows in lists for row in rows]).with_columns(pl.col("arrives_at").str.to_datetime())
    return assemble(conform(frame.lazy(), TRAVELLERS).collect(), empty(MESSAGES), DUTIES, STATES)


def test_lists_of_one_vessel_are_one_manifest_however_its_name_is_written():
    found = assembled(vessel(["AAA"], "9999993"), vessel(["BBB"], "IMO 9999993", "PELICAN"), vessel(["CCC"], "9999993", "Pelican", voyage=None))  # fmt: skip
    assert found.manifests.select("mode", "crew").rows() == [("sea", 3)]
    assert {"PELICAN", "9999993", "IMO9999993", "7"} <= set(found.manifests["known_as"][0])


def test_two_voyages_of_one_vessel_on_one_day_are_two_manifests():
    found = assembled(vessel(["AAA"], "9999993"), vessel(["BBB"], "9999993", voyage="8"))
    assert found.manifests["flight"].to_list() == ["MVPELICAN7", "MVPELICAN8"]


def test_two_vessels_of_one_name_are_two_manifests_where_their_imo_numbers_differ():
    found = assembled(vessel(["AAA"], "9999993"), vessel(["BBB"], "9999981"))
    assert found.manifests.height == 2
