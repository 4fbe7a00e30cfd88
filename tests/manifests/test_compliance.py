"""Schedules, their bad rows, and carriers measured by them."""

from datetime import date, datetime

import pytest

from ops_hub.errors import ConfigError
from ops_hub.manifests.compliance import compliance
from ops_hub.manifests.report import report_html
from ops_hub.manifests.schedule import departures, read_schedule
from tests.conftest import ROOT
from tests.manifests.helpers import DUTIES, FLIGHT, STATES, built, paxlst, person

HEAD = "carrier,flight,from_port,to_port,departs,days,valid_from,valid_until\n"
DAILY = "BW,BW432,POS,BGI,10:45,,2026-11-01,2026-11-30\n"
FROM, TO = date(2026, 11, 19), date(2026, 11, 21)


def schedule(tmp_path, *lines):
    path = tmp_path / "winter.csv"
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    return read_schedule(path, DUTIES, STATES)


def carriers(tmp_path, *messages, lines=(DAILY,)):
    services, _ = schedule(tmp_path, *lines)
    found = compliance(built(*messages).manifests, departures(services, FROM, TO), DUTIES, FROM, TO)
    return {each["carrier"]: each for each in found.to_dicts()}


def test_a_service_departs_on_its_days_within_its_period(tmp_path):
    services, rejects = schedule(tmp_path, "BW,432,TTPOS,BGI,1045,5,2026-11-01,2026-11-30\n")
    assert rejects.is_empty()
    found = departures(services, date(2026, 11, 1), date(2026, 12, 31))
    assert found["flight"].unique().to_list() == ["BW432"]
    assert found["from_port"].unique().to_list() == ["POS"]
    assert found["departs_at"].to_list() == [datetime(2026, 11, day, 10, 45) for day in (6, 13, 20, 27)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("BW,,POS,BGI,10:45,,2026-11-01,2026-11-30\n", "the flight is empty"),
        ("BW,BW1,POSX,BGI,10:45,,2026-11-01,2026-11-30\n", "from_port POSX is no port"),
        ("BW,BW1,POS,BGI,25:45,,2026-11-01,2026-11-30\n", "departs 25:45 is no time"),
        ("BW,BW1,POS,BGI,10:45,18,2026-11-01,2026-11-30\n", "days 18 are not 1"),
        ("BW,BW1,POS,BGI,10:45,,2026-11-31,2026-12-30\n", "2026-11-31 to 2026-12-30 are no two days"),
        ("BW,BW1,POS,BGI,10:45,,2026-11-30,2026-11-01\n", "lies before valid_from"),
        ("BW,BW1,POS,BGI,10:45,,2026-11-01,2062-11-01\n", "more than three years"),
        ("BW,BW 432,POS,BBBGI,12:00,6,2026-11-29,2026-12-30\n", ""),
        ("BW,BW 432,POS,BBBGI,12:00,16,2026-11-25,2026-12-30\n", "stands on line 2 already, first both on 2026-11-28"),
    ],
)
def test_a_bad_row_is_named_by_line_and_remedy_and_the_good_ones_go_on(tmp_path, line, said):
    services, rejects = schedule(tmp_path, DAILY, line, DAILY.replace("432", "433"))
    assert len(services) == (2 if said else 3)
    assert rejects["position"].to_list() == ([3] if said else [])
    if said:
        assert said in rejects["detail"][0]
        assert ";" in rejects["detail"][0]


def test_a_schedule_without_a_column_is_refused(tmp_path):
    path = tmp_path / "winter.csv"
    path.write_text("flight,from_port\nBW1,POS\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"winter.csv:1: the columns to_port, departs, .* are missing"):
        read_schedule(path, DUTIES, STATES)


def test_missing_late_empty_and_unscheduled_are_counted_for_each_carrier(tmp_path):
    def on(day):
        return [part.replace("DTM+189:261120", f"DTM+189:2611{day}").replace("DTM+232:261120", f"DTM+232:2611{day}") for part in FLIGHT]  # fmt: skip

    other = [part.replace("BW432+++BW", "CM227+++CM") for part in FLIGHT]
    found = carriers(
        tmp_path,
        paxlst(person("AAA"), total=1, at="261120:1500"),
        paxlst(total=0, flight=on(21)),
        paxlst(person("BBB"), total=1, flight=other),
    )
    bw, cm = found["BW"], found["CM"]
    names = ("expected", "arrived", "missing", "late", "empty", "unscheduled", "no_close_out")
    assert [bw[name] for name in names] == [3, 2, 1, 1, 1, 0, 3]
    assert bw["missing_flights"] == ["BW432/2026-11-19/POS-BGI"]
    assert [cm[name] for name in names] == [0, 0, 0, 0, 0, 1, 0]
    assert bw["name"] == "Caribbean Airlines"


def test_quality_falls_with_what_is_not_sent_and_its_parts_say_why(tmp_path):
    good = paxlst([*person("AAA", doc="X1"), "DTM+36:310501", "NAT+2+BRB", "ATT+2++F"], total=1)
    assert carriers(tmp_path, good)["BW"]["quality"] == 1.0
    bad = carriers(tmp_path, paxlst(["NAD+FL+++BBB:BEN"], total=3))["BW"]
    assert (bad["poor"], bad["incomplete"]) == (1, 1)
    assert [bad[f"{part}_part"] for part in ("name", "birth", "document", "total", "structure")] == [1, 0, 0, 0, 0]


def test_the_page_asks_nothing_of_the_network_and_escapes_what_carriers_write(tmp_path):
    services, _ = schedule(tmp_path, DAILY, "<b>,<b>ship,POS,BGI,10:45,,2026-11-01,2026-11-30\n")
    found = compliance(built(paxlst(person("AAA"))).manifests, departures(services, FROM, TO), DUTIES, FROM, TO)
    page = report_html(found, FROM, TO, ["winter.csv:3: <i>bad</i>; repair it"])
    assert "http" not in page
    assert "<script" not in page
    assert "<b>" not in page.lower()
    assert "&lt;i&gt;bad" in page
    assert "BW432/2026-11-19/POS-BGI" in page


def test_the_shipped_schedule_goes_with_the_samples():
    services, rejected = read_schedule(ROOT / "sample_feeds" / "winter-2026.schedule.csv", DUTIES, STATES)
    assert (len(services), rejected.height) == (6, 0)
