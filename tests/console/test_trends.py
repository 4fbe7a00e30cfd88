"""Trends: a bulletin worked out behind, whose changes are found, and which names nobody."""

from __future__ import annotations

import time

import numpy as np
import pytest
import ruptures
from scipy.stats import false_discovery_control

from ops_hub.console.plots import plot
from ops_hub.errors import ConfigError
from ops_hub.service.behind import Behind
from ops_hub.trends.changes import adjusted_p, best_split
from tests.console import day, history


@pytest.fixture(scope="module")
def told(hub, tmp_path_factory):
    place = tmp_path_factory.mktemp("history")
    day.publish(hub, place)
    history.hand_in(hub, place)
    day.hand_in(hub)
    day.worked(hub)


def asked(client, query=""):
    for _ in range(100):
        said = client.get(f"/api/v1/trends{query}").json()
        if said.get("state") != "working":
            return said
        time.sleep(0.2)
    raise AssertionError("it is never worked out")


def test_without_travel_it_is_said_that_there_is_too_little(as_person):
    said = asked(as_person("wanda"), "?period=week&days=84")
    assert said["state"] == "nothing"
    assert "too little travel" in said["why"]
    assert "There is no bulletin" in as_person("wanda").get("/trends?period=week&days=84").text


def test_a_route_that_grew_is_named_with_the_day_and_nobody_else_is(told, hub, as_person):
    said = asked(as_person("wanda"))
    assert said["state"] == "ready"
    assert said["as_of"]
    routes = next(each for each in said["bulletin"]["tables"] if each["table"] == "routes")
    grown = next(row for row in routes["series"] if row["category"] == "HAV-MGA")
    assert grown["change"]["direction"] == "up"
    assert said["bulletin"]["periods"].index(grown["change"]["at"]) == history.GROWS
    assert said["bulletin"]["until"] < str(hub.now().date())  # today is not over
    page = as_person("wanda").get("/trends").text
    assert "HAV-MGA" in page
    assert "<svg" in page
    assert "style=" not in page
    known = history.travel(hub)
    for name in ("document_number", "record_id"):
        assert not any(value in page for value in known[name].head(50))


def test_a_bulletin_is_kept_and_not_worked_out_for_everybody(told, as_person):
    first, second = (asked(as_person(name))["as_of"] for name in ("wanda", "rita"))
    assert first == second


def test_other_spans_are_refused_in_words(as_person):
    client = as_person("wanda")
    for query in ("?days=29", "?days=-1", "?days=x", "?period=year", "?other=1", "?days=99999999999999999999999"):
        assert client.get(f"/api/v1/trends{query}").status_code == 422
        assert client.get(f"/trends{query}").status_code == 422


def test_who_may_not_see_trends_does_not(as_person):
    assert as_person("audra").get("/trends").status_code == 403
    assert as_person("adam").get("/api/v1/trends").status_code == 403


def test_splits_and_rates_are_those_of_the_libraries():
    rng = np.random.default_rng(1)
    for _ in range(20):
        left = rng.normal(size=40) + (np.arange(40) >= 25) * rng.normal()
        left -= left.mean()
        assert best_split(left) == ruptures.Binseg(model="l2", min_size=3, jump=1).fit(left).predict(n_bkps=1)[0]
        found = rng.random(30) ** 3
        np.testing.assert_allclose(adjusted_p(found), false_discovery_control(found, method="bh"))


def test_a_line_is_not_drawn_across_what_may_not_be_told():
    days = [np.datetime64("2026-11-01").astype(object) + np.timedelta64(k, "D").astype(object) for k in range(6)]
    drawn = plot([0.1, 0.2, None, 0.3, None, 0.2], days, is_share=True, changed=days[3], levels=(0.15, None))
    assert [len(line.split()) for line in drawn.lines] == [2]
    assert len(drawn.dots) == 2
    assert len(drawn.levels) == 1
    assert drawn.days[0][1] == days[0]
    assert drawn.days[-1][1] == days[-1]
    assert plot([None, None], days[:2], is_share=True).lines == []


def test_what_is_worked_out_behind_is_told_at_once_and_its_error_until_it_works(hub):
    made = []

    def make():
        made.append(1)
        if len(made) == 1:
            raise ConfigError("it", "does not work", "try again")
        return len(made)

    behind = Behind(make, hub.now, 0.0)
    with pytest.raises(ConfigError):
        behind.told(5)
    for _ in range(100):
        try:
            value, _ = behind.told(5)
            break
        except ConfigError:
            time.sleep(0.01)
    assert value >= 2
