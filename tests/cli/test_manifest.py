"""`ops-hub manifest` and `ops-hub carriers` as people type them."""

import csv
import io
import json

import pytest

from tests.cli.test_cli import run
from tests.conftest import ROOT

FEEDS = ROOT / "sample_feeds"
HEAD = "flight,from_port,to_port,departs,days,valid_from,valid_until\n"
TODAY = ("--today", "2026-11-23")


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    feed = FEEDS / "CM227_PTY-KIN_2026-11-21.two-parts.paxlst.edi"
    run("screen", feed, "--watchlist", ROOT / "watchlists", "--out", out, *TODAY)
    return out


@pytest.fixture
def winter(tmp_path):
    path = tmp_path / "winter.csv"
    path.write_text(
        HEAD + "BW432,POS,BGI,10:45,,2026-11-19,2026-11-20\nBW432,POS,BGI,11:00,5,2026-11-20,2026-11-20\n",
        encoding="utf-8",
    )
    return path


def test_a_manifest_shows_what_was_expected_received_and_screened(screened):
    said = run("manifest", "show", "cm 0227/2026-11-21", FEEDS, "--run", screened, *TODAY).output
    assert "CM227/2026-11-21/PTY-KIN" in said
    assert "39 passengers" in said
    assert "37 passengers, 2 in transit" in said
    assert "screened   39 (not screened: 0)" in said
    assert "GRANADO JOSE CARLOS" in said


def test_a_manifest_as_json_holds_people_transmissions_and_gaps(screened):
    found = json.loads(run("manifest", "show", "CM227/2026-11-21", FEEDS, "--run", screened, "--json", *TODAY).output)
    (manifest,) = found["manifests"]
    assert (manifest["expected_passengers"], manifest["screened"], len(manifest["people"])) == (39, 39, 39)
    assert manifest["sent"][0]["parts"] == [1, 2]
    assert manifest["gaps"] == []
    assert {each["direction"] for each in manifest["directions"]} == {"intra-region"}


def test_a_flight_that_nobody_announced_is_exit_2_and_the_ones_there_are_named():
    said = run("manifest", "show", "BW432/2026-11-21", FEEDS, *TODAY, code=2).stderr
    assert "these are: BW432/2026-11-20/POS-BGI" in said
    assert "not FLIGHT/DATE" in run("manifest", "show", "BW432", FEEDS, code=2).stderr


def test_gaps_are_listed_since_a_day_and_strict_says_so():
    said = run("manifest", "gaps", FEEDS, "--since", "2026-11-23", *TODAY).output
    assert "JM19/2026-11-23/KIN-NAS" in said
    assert "AV640" not in said
    assert "give --run" in said
    run("manifest", "gaps", FEEDS, "--since", "2026-11-23", "--strict", *TODAY, code=1)
    found = json.loads(run("manifest", "gaps", FEEDS, "--since", "2027-01-01", "--json", *TODAY).output)
    assert found["gaps"] == []


def test_what_was_screened_leaves_no_gap_and_what_was_not_does(screened):
    found = json.loads(run("manifest", "gaps", FEEDS, "--run", screened, "--json", *TODAY).output)["gaps"]
    unscreened = {each["manifest_id"] for each in found if each["gap"] == "not-screened"}
    assert "CM227/2026-11-21/PTY-KIN" not in unscreened
    assert "BW432/2026-11-20/POS-BGI" in unscreened


def test_a_folder_that_is_no_run_is_named(tmp_path):
    assert "name a folder that ops-hub screen" in run("manifest", "gaps", FEEDS, "--run", tmp_path, code=2).stderr


def test_carriers_are_reported_as_table_csv_html_and_json(winter, tmp_path):
    words = (
        "carriers",
        "report",
        FEEDS,
        "--schedule",
        winter,
        "--since",
        "2026-11-19",
        "--until",
        "2026-11-21",
        *TODAY,
    )
    plain = run(*words)
    assert "BW432/2026-11-19/POS-BGI" in plain.output
    assert "winter.csv:3: BW432 POS-BGI stands on line 2 already" in plain.stderr
    rows = {each["carrier"]: each for each in csv.DictReader(io.StringIO(run(*words, "--format", "csv").stdout))}
    assert (rows["BW"]["expected"], rows["BW"]["missing"], rows["BW"]["quality"]) == ("2", "1", "1.0")
    page = tmp_path / "report.html"
    run(*words, "--format", "html", "--out", page)
    assert "Copa Airlines" in page.read_text(encoding="utf-8")
    found = json.loads(run(*words, "--json").stdout)
    assert {each["carrier"] for each in found["carriers"]} == {"BW", "CM"}
    run(*words, "--strict", code=1)
