import datetime as dt

import numpy as np
import pytest
import ruptures

from ops_hub.errors import ConfigError
from ops_hub.trends import extra
from ops_hub.trends.changes import LEAST_PERIODS, evidence, p_values, residuals, shuffles
from ops_hub.trends.extra import library
from ops_hub.trends.series import LEAST_SIDE
from tests.conftest import TRIES
from tests.trends.helpers_trends import frame, made, table, traveller
from tests.trends.simulated import START, named

DAYS = np.arange(42) % 7


def test_evidence_is_what_the_best_split_of_ruptures_explains_of_what_it_leaves():
    rng = np.random.default_rng(1)
    for _ in range(20):
        left = residuals(rng.normal(size=(42, 1)), DAYS)
        split = ruptures.Binseg(model="l2", min_size=LEAST_SIDE, jump=1).fit(left[:, 0]).predict(n_bkps=1)[0]
        cost = ruptures.costs.CostL2().fit(left[:, 0])
        rest = cost.error(0, split) + cost.error(split, 42)
        levels = np.repeat([left[:split].mean(), left[split:].mean()], [split, 42 - split])
        each = left[:, 0] - levels
        memory = max(0, (each[1:] * each[:-1]).sum() / (each**2).sum())
        explained = (cost.error(0, 42) - rest) / rest
        assert evidence(left)[0] == pytest.approx(explained * (1 - memory) / (1 + memory))


def test_shuffles_keep_the_weekday_and_every_day():
    order = shuffles(np.random.default_rng(1), DAYS, 50)
    assert (DAYS[order] == DAYS).all()
    assert (np.sort(order, axis=1) == np.arange(42)).all()
    assert len({tuple(row) for row in order}) == 50


def test_p_values_of_chance_are_as_often_small_as_they_say():
    rng = np.random.default_rng(2)
    found = np.concatenate([p_values(residuals(rng.normal(size=(42, 100)), DAYS), DAYS, 0.05) for _ in range(20)])
    for level in (0.01, 0.05, 0.2, 0.5):
        assert (found <= level).mean() == pytest.approx(level, abs=4 * np.sqrt(level / 2000))


@pytest.mark.slow
def test_without_a_change_no_more_histories_name_one_than_the_rate_says():
    # shares with a week's rhythm, in a feed that grows by two thirds and fails on some days
    few = 40 * TRIES  # of 40, 7 at a rate of 5 % and 16 at 20 % are rarer than one in a hundred
    assert sum(bool(named(seed, periods=28)) for seed in range(few)) <= 6 * TRIES
    assert sum(bool(named(seed, periods=28, rate=0.2)) for seed in range(few)) <= 15 * TRIES


@pytest.mark.slow
def test_a_planted_change_is_named_with_its_day():
    told = [named(seed, planted=2.0) for seed in range(20)]
    assert sum("C20" in each for each in told) >= 19
    days = [each["C20"].at for each in told if "C20" in each]
    assert np.median([abs((day - (START + dt.timedelta(days=40))).days) for day in days]) <= 1
    assert all(each["C20"].is_rise for each in told if "C20" in each)
    # in 20 histories, few are named that did not change
    assert sum(len(each) - ("C20" in each) for each in told) <= 4


def test_the_same_history_gives_the_same_changes():
    assert named(3, planted=1.5) == named(3, planted=1.5)


def test_a_feed_that_doubles_changes_its_volume_and_no_share():
    rng = np.random.default_rng(4)
    listed = []
    for day in range(35):
        for person in range(int(rng.normal(60 if day < 21 else 120, 4))):
            listed.append(traveller(1000 * day + person, day, ("POS-BGI", "POS-KIN", "BGI-KIN")[rng.integers(3)]))
    said = made(frame(listed))
    changed = [(each["table"], row["category"]) for each in said["tables"] for row in each["series"] if row["change"]]
    assert changed == [("volume", "all journeys")]
    told = table(said, "volume")[0]["change"]
    assert told["direction"] == "up"
    assert str(told["at"]) == "2026-03-23"
    assert 55 < told["before"] < 65 < 115 < told["after"] < 125


def test_a_route_that_is_new_is_a_change_from_few():
    listed = [traveller(100 * day + n, day, "POS-BGI") for day in range(30) for n in range(50)]
    listed += [traveller(9000 + 100 * day + n, day, "HAV-KIN") for day in range(20, 30) for n in range(20)]
    said = made(frame(listed))
    (new,) = [row["change"] for row in table(said, "routes") if row["category"] == "HAV-KIN"]
    assert (str(new["at"]), new["direction"], new["before"], new["after"]) == ("2026-03-22", "up", None, 0.2857)


def test_too_short_a_history_is_not_tested():
    listed = [traveller(n, day) for day in range(LEAST_PERIODS["day"] - 1) for n in range(20 if day < 10 else 90)]
    said = made(frame(listed))
    assert (said["series_tested"], said["changes"]) == (0, 0)


def test_a_library_that_is_missing_is_told_with_the_remedy(monkeypatch):
    def fails(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(extra, "import_module", fails)
    with pytest.raises(ConfigError, match=r"ruptures is not installed; pip install 'ops-hub\[trends\]'"):
        library("ruptures")
