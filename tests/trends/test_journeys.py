import datetime as dt

import pytest

from ops_hub.errors import FeedError
from ops_hub.trends.journeys import MOST_PERIODS, journeys, window
from ops_hub.trends.records import records
from tests.trends.helpers_trends import START, asked, cell, frame, hits_of, made, traveller

TODAY = START + dt.timedelta(days=30)


def counted(listed):
    return journeys(records(frame(listed)), asked().within)


def window_of(listed, **options):
    options = {"since": None, "until": None, "period": "day", "today": TODAY} | options
    return window(records(frame(listed)), **options)


def test_a_person_on_a_flight_on_a_day_is_one_journey_however_many_messages_tell_of_it():
    api = traveller(1, record_id="api")
    again = traveller(1, record_id="again", source="b.edi")
    booking = traveller(
        1, record_id="pnr", documents=[], birth_date=None, booking_ref="ABC123", agency="X1", given_names="ANA MRS",
        booked_at=dt.datetime(2026, 3, 1, 20), flight="BWPOSBGI",
    )  # fmt: skip
    found = counted([api, again, booking, traveller(2)])
    assert found.height == 2
    one = found.sort("agency").row(0, named=True)
    # what the passenger list leaves open, the booking tells
    assert (one["agency"], one["lead"], one["party"], one["nationality"]) == ("agency", "under 24 hours", "1", "TTO")


def test_the_same_person_on_two_flights_or_days_makes_two_journeys():
    assert counted([traveller(1), traveller(1, 1), traveller(1, route="BGI-KIN")]).height == 3


def test_crew_are_left_out():
    assert counted([traveller(1), traveller(2, role="crew"), traveller(3, role="transit-crew")]).height == 1


def test_booking_patterns_are_told():
    leg = {"flight": "BW1", "departs_at": None, "arrives_at": None}
    there = [leg | {"from_port": "POS", "to_port": "MIA"}]
    back = [*there, leg | {"from_port": "MIA", "to_port": "POS"}]
    common = {"message_type": "pnrgov", "booking_ref": "B1"}
    found = counted(
        [
            traveller(
                1, legs=there, booked_at=dt.datetime(2026, 3, 1, 8), payments=[{"kind": "CA", "token": None}], **common
            ),
            traveller(
                2, legs=back, booked_at=dt.datetime(2026, 2, 1, 8), payments=[{"kind": "CC VI", "token": "x"}], **common
            ),
            traveller(3, booked_at=dt.datetime(2027, 2, 1, 8)),  # booked after departure: not known
        ]
    )
    told = {row[0]: row[1:] for row in found.select("party", "trip", "lead", "payment", "agency").sort("trip").rows()}
    assert sorted(found.select("trip", "lead", "payment", "agency", "party").rows()) == [
        ("not known", "not known", "not known", "not known", "not known"),
        ("one way", "1 to 3 days", "cash", "none named", "2"),
        ("round trip", "over 14 days", "other means", "none named", "2"),
    ], told


def test_hits_belong_to_a_record_and_not_to_all_that_have_its_id():
    # daily files whose own ids begin at 1 again
    whole = frame([traveller(100 * day + n, day, record_id=str(n)) for day in range(2) for n in range(60)])
    said = made(whole, hits=hits_of(whole[:30], "smuggling"))
    assert cell(said, "hits", "with a hit", day=0) == 30
    assert cell(said, "hits", "with a hit", day=1) is None


def test_a_stray_date_makes_no_history_of_a_hundred_years():
    stray = traveller(9, departs_at=dt.datetime(1900, 1, 1, 8))
    late = traveller(8, departs_at=dt.datetime(2126, 1, 1, 8))
    undated = traveller(7, departs_at=None)
    within = window_of([*(traveller(n, n % 3) for n in range(30)), stray, late, undated])
    assert (within.since, within.until) == (START, START + dt.timedelta(days=2))
    assert within.left_out == (
        "1 records name no day of departure or arrival",
        f"1 records depart before 2026-03-02, more than {MOST_PERIODS:,} periods back: --since takes them in",
        "1 records depart after 2026-04-01 (today): --until takes them in",
    )
    assert window_of([stray, late]).since == dt.date(1900, 1, 1)


def test_weeks_begin_on_monday():
    found = journeys(records(frame([traveller(1, 6), traveller(2, 7)])), asked(period="week").within)
    assert sorted(found["period"]) == [START, START + dt.timedelta(days=7)]


@pytest.mark.parametrize(
    ("listed", "options", "said"),
    [
        ([], {}, "no traveller could be read; give feeds that `ops-hub screen` reads"),
        ([traveller(1, departs_at=None)], {}, "none has a date of departure"),
        (
            [traveller(1)],
            {"until": dt.date(2025, 1, 1)},
            "departures lie from 2026-03-02 to 2026-03-02: give other --since",
        ),
        ([traveller(1, 90)], {}, "none of 1 records departs from the first day to 2026-04-01"),
    ],
)
def test_a_window_without_departures_is_told(listed, options, said):
    with pytest.raises(FeedError, match=said):
        window_of(listed, **options)


def test_a_history_in_which_no_day_has_k_persons_is_told():
    with pytest.raises(FeedError, match="no day has 10 different persons; give more feeds, or --period week"):
        made(frame([traveller(n, n) for n in range(30)]))


def test_all_of_one_category_is_shown_as_all():
    said = made(frame([traveller(n, day) for n in range(40) for day in range(30)]))
    assert cell(said, "carrier", "BW", day=3) == 40
    assert said["changes"] == 0
