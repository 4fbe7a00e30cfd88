"""The day that other tests stand on."""

from ops_hub.casework.case import Actor
from ops_hub.desk.showing import listed


def test_the_day_has_cases_that_leave_in_the_next_hours(the_day, centre):
    told = listed(centre.desk, Actor("CENTRE", "wanda"))
    assert len(told) > 5
    assert 0 < told[0]["minutes_left"] < 300
