"""Manifests: what came about each flight, what is missing, and nobody named without a purpose."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.service.centre import Centre
from ops_hub.service.moving.assembling import legs_of
from ops_hub.store import headed
from ops_hub.store.lake import days
from ops_hub.store.lakefiles import Kept, folder_of
from tests.console import day


@pytest.fixture(scope="module")
def flown(hub, the_day):
    at = hub.now() - timedelta(hours=5)
    planned = f"BW,BW777,POS,BGI,{at:%H:%M},,{at:%Y-%m-%d},{at:%Y-%m-%d}\n"
    bad = "BW,BW778,POS,BGI,25:99,,2026-11-01,2026-11-02\n"
    heading = "carrier,flight,from_port,to_port,departs,days,valid_from,valid_until\n"
    (hub.home / "schedule.csv").write_text(heading + planned + bad)
    return the_day


def asked(client, query=""):
    for _ in range(100):
        said = client.get(f"/api/v1/manifests{query}").json()
        if said.get("as_of") or "status" in said:
            return said
        time.sleep(0.2)
    raise AssertionError("they are never worked out")


def of(said, flight):
    return next(each for each in said["flights"] if each["numbers"]["flight"] == flight)


def test_a_flight_is_complete_when_its_control_total_has_come(flown, as_person):
    said = asked(as_person("wanda"))
    whole = of(said, "BW432")
    assert whole["condition"] in ("complete", "late")
    assert whole["complete"] == 1.0
    parts = of(said, "CM227")["numbers"]
    assert parts["transmissions"] == 1  # two parts are one transmission
    assert said["unplaced"] == 0
    assert sum(said["counts"].values()) == len(said["flights"])


def test_a_flight_of_the_schedule_about_which_nothing_came_is_missing(flown, as_person):
    said = asked(as_person("wanda"))
    silent = of(said, "BW777")
    assert silent["condition"] == "missing"
    assert silent["numbers"]["transmissions"] == 0
    assert any("25:99" in line for line in said["left_out"])
    carrier = next(each for each in said["carriers"] if each["carrier"] == "BW")
    assert carrier["missing"] == 1
    assert "no message came; the list is due" in as_person("wanda").get("/manifests").text


def test_a_leg_that_no_message_is_about_is_not_called_complete(flown, as_person):
    legs = {each["manifest_id"][-7:]: each for each in asked(as_person("wanda"))["flights"]}
    assert legs["PTY-CUR"]["condition"] == "incomplete"
    assert [gap["gap"] for gap in legs["PTY-CUR"]["gaps"]] == ["not-reported"]


def test_filters_leave_the_others_out(flown, as_person):
    client = as_person("wanda")
    assert {each["numbers"]["carrier"] for each in asked(client, "?carrier=cm")["flights"]} == {"CM"}
    assert all("KIN" in each["manifest_id"] for each in asked(client, "?port=KIN")["flights"])
    assert [each["numbers"]["flight"] for each in asked(client, "?condition=missing")["flights"]] == ["BW777"]
    for query in ("?back=9999", "?ahead=x", "?other=1", "?state=" + "x" * 50):
        assert client.get(f"/api/v1/manifests{query}").status_code == 422
    assert client.get("/manifests?window=x-y").status_code == 422
    assert client.get("/manifests?window=24-24&state=BRB&condition=zzz").status_code == 200


def test_a_state_is_told_of_flights_that_touch_it(flown, as_person):
    said = asked(as_person("lia"))
    assert of(said, "BW432")
    assert "CM227" not in {each["numbers"]["flight"] for each in said["flights"]}
    other = of(asked(as_person("wanda")), "CM227")["manifest_id"]
    assert as_person("lia").get("/api/v1/manifests/flight", params={"manifest_id": other}).status_code == 404


def test_one_flight_tells_its_messages_and_numbers_and_names_nobody(flown, as_person):
    client = as_person("wanda")
    name = of(asked(client), "CM227")["manifest_id"]
    said = client.get("/api/v1/manifests/flight", params={"manifest_id": name}).json()
    assert said["sent"][0]["parts"] == [1, 2]
    assert said["sent"][0]["is_complete"]
    assert sum(each["people"] for each in said["people"]) > 0
    assert "family_name" not in str(said)
    page = client.get("/manifests/flight", params={"manifest_id": name})
    assert page.status_code == 200
    assert "What was sent, in order" in page.text
    assert client.get("/manifests/flight?manifest_id=NO1/2026-01-01/AAA-BBB").status_code == 404
    assert client.get("/manifests/flight").status_code in (404, 422)


def test_people_are_named_with_a_purpose_and_it_is_in_the_log(flown, hub, as_person):
    client = as_person("wanda", purpose="a missing child")
    name = of(asked(client), "BW432")["manifest_id"]
    before = hub.client.xlen("oh:{0}:audit")
    said = client.get("/api/v1/manifests/people", params={"manifest_id": name}).json()
    assert len(said["people"]) == 34
    assert all(each["family_name"] for each in said["people"])
    assert hub.client.xlen("oh:{0}:audit") > before
    page = client.get("/manifests/people", params={"manifest_id": name}).text
    assert said["people"][0]["family_name"] in page
    for path in ("/manifests/people", "/api/v1/manifests/people"):
        assert as_person("wanda", purpose="").get(path, params={"manifest_id": name}).status_code == 422


def test_an_auditor_sees_numbers_and_no_names(flown, as_person):
    client = as_person("audra")
    name = of(asked(client), "BW432")["manifest_id"]
    assert client.get("/manifests/flight", params={"manifest_id": name}).status_code == 200
    assert client.get("/manifests/people", params={"manifest_id": name}).status_code == 403
    assert client.get("/api/v1/manifests/people", params={"manifest_id": name}).status_code == 403
    assert as_person("adam").get("/manifests").status_code == 403


def test_what_messages_say_is_kept_once_sealed_with_the_day_and_read_on_from_where_it_ended(flown, hub):
    kept = {each: headed.read(hub, *each) for each in days(hub)}
    whole = next(each for each in kept if kept[each].messages.height)
    found = kept[whole]
    assert not found.damaged
    path = folder_of(hub.home, *whole) / headed.FILE
    assert b"BW4" not in path.read_bytes()
    assert b"CM227" not in path.read_bytes()
    assert headed.read(hub, *whole, found) is found
    state, date = whole
    name = "again"
    blob = hub.keyring.seal(
        state, date, headed.packed(found.messages.drop("screening_id"), name), headed.about(state, date, name)
    )
    item = Kept(state, date, found.messages.height, name, blob, headed.WHAT)
    before = path.read_bytes()
    try:
        headed.append(hub.home, [item, item])
        more = headed.read(hub, *whole, found)
        assert more.messages.height == 2 * found.messages.height
        assert headed.read(hub, *whole).messages.height == more.messages.height
        with path.open("ab") as file:
            file.write(path.read_bytes()[:40])  # a keeper was killed
        torn = headed.read(hub, *whole)
        assert torn.messages.height == more.messages.height
        assert not torn.damaged
        assert torn.until == more.until
        headed.mend(hub.home)
        assert path.stat().st_size == more.until
    finally:
        path.write_bytes(before)


def test_the_same_name_of_a_file_on_two_days_mixes_no_flights_up(flown, hub, as_person):
    day.hand_in(hub, hours=9, names=day.MESSAGES[:1])
    day.worked(hub)
    client = as_person("sofia")
    deadline = time.monotonic() + 60
    while True:
        both = [each for each in asked(client)["flights"] if each["numbers"]["flight"] == "BW432"]
        if sum(each["numbers"]["passengers"] or 0 for each in both) >= 34 and len(both) >= 1:
            break
        assert time.monotonic() < deadline
    assert all((each["numbers"]["passengers"] or 0) <= 34 for each in both)


def test_a_console_is_told_of_another_schedule(flown, hub, tmp_path):
    at = hub.now() - timedelta(hours=4)
    heading = "carrier,flight,from_port,to_port,departs,days,valid_from,valid_until\n"
    (tmp_path / "other.csv").write_text(f"{heading}BW,BW779,POS,BGI,{at:%H:%M},,{at:%Y-%m-%d},{at:%Y-%m-%d}\n")
    centre, made = Centre(hub, own_schedule=tmp_path / "other.csv"), None
    for _ in range(100):
        made = made or legs_of(centre, 24, 24)
        time.sleep(0 if made else 0.2)
    flights = made[0].manifests["flight"].to_list()
    assert "BW779" in flights
    assert "BW777" not in flights


def test_a_schedule_that_cannot_be_read_is_said_before_the_console_is_served(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("OPS_HUB_HOME", str(hub.home))
    monkeypatch.delenv("OPS_HUB_REDIS", raising=False)
    (tmp_path / "bad.csv").write_text("flight,departs\nBW1,12:00\n")
    said = CliRunner().invoke(main, ["console", "--port", "0", "--schedule", str(tmp_path / "bad.csv")])
    assert said.exit_code == 2
    assert "from_port" in said.output
