import json

import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.schemas import HITS, empty
from ops_hub.trends import extra
from tests.conftest import ROOT

FEED = str(ROOT / "sample_feeds")
LISTS = str(ROOT / "watchlists")
NOW = ("--today", "2026-11-24")


def run(*words, code=0):
    result = CliRunner().invoke(main, ["trends", *(str(word) for word in words)])
    assert result.exit_code == code, (result.output, result.stderr, result.exception)
    return result


def test_the_sample_feeds_give_a_table_json_and_a_page(tmp_path):
    told = run(FEED, *NOW, "--out", tmp_path / "b.html")
    assert "Made from 171 journeys" in told.stdout
    assert "that needs 21 days, and there are 5" in told.stdout
    assert "8 records name no day of departure" in told.stderr
    said = json.loads(run(FEED, *NOW, "--json").stdout)
    assert [len(row["journeys"]) for table in said["tables"] for row in table["series"]] == [5] * sum(
        len(table["series"]) for table in said["tables"]
    )
    assert all(n is None or n >= 10 for table in said["tables"] for row in table["series"] for n in row["journeys"])
    assert (tmp_path / "b.html").read_text().startswith("<!doctype html>")
    run(FEED, *NOW, "--out", tmp_path / "c.html")
    assert (tmp_path / "b.html").read_bytes() == (tmp_path / "c.html").read_bytes()


def test_hits_and_findings_of_earlier_runs_are_counted(tmp_path):
    command = CliRunner().invoke
    screened = ["screen", FEED, "--watchlist", LISTS, "--out", str(tmp_path / "run"), "--today", "2026-11-23"]
    assert command(main, screened).exit_code == 0
    checked = ["documents", "check", FEED, "--out", str(tmp_path / "papers"), "--today", "2026-11-23"]
    assert command(main, checked).exit_code == 0
    words = (
        FEED,
        *NOW,
        "--period",
        "week",
        "--run",
        tmp_path / "run",
        "--findings",
        tmp_path / "papers/findings.parquet",
    )
    told = run(*words, "--json")
    assert "screened in none" not in told.stderr
    said = json.loads(told.stdout)
    hits = pl.read_parquet(tmp_path / "run" / "hits.parquet")["record_id"].n_unique()
    (found,) = [table["series"] for table in said["tables"] if table["table"] == "hits"]
    # some hits are on records that name no day, or on two records of one journey
    assert 10 <= found[0]["total"] <= hits


def test_files_that_no_run_screened_are_told(tmp_path):
    (tmp_path / "run.json").write_text('{"inputs": []}')
    empty(HITS).write_parquet(tmp_path / "hits.parquet")
    assert "11 of 11 files were screened in none of the runs" in " ".join(
        run(FEED, *NOW, "--run", tmp_path).stderr.split()
    )


def test_without_the_extra_the_remedy_is_told(monkeypatch):
    def fails(name):
        raise ModuleNotFoundError(name="ruptures")

    monkeypatch.setattr(extra, "import_module", fails)
    said = run(FEED, code=2).stderr
    assert "the library ruptures is not installed; pip install 'ops-hub[trends]'" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{feed}", "--k", "9"], "9 is below 10: cells of fewer persons could identify one; give 10 or more"),
        (["nowhere"], "there is no such file or folder"),
        (["{empty}"], "the folder holds no feed"),
        (["{feed}", "--since", "2026-11-24", "--until", "2026-11-20"], "ends before it begins"),
        (["{feed}", "--since", "soon"], "soon is no date"),
        (
            ["{feed}", "--today", "2020-01-01"],
            "departures lie from 2026-11-20 to 2026-11-24: give other --since and --until",
        ),
        (["{feed}", "--today", "2026-11-24", "--k", "1000"], "no day has 1000 different persons"),
        (["{feed}", "--today", "2026-11-24", "--run", "{empty}"], "is no account of a run"),
        (["{feed}", "--today", "2026-11-24", "--findings", "{junk}"], "name findings.parquet in the folder"),
        (["{feed}", "--false-alarms", "2"], "2.0 is not in the range"),
    ],
)
def test_errors_say_what_where_and_what_to_do(tmp_path, words, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "junk").write_text("x")
    places = {"empty": tmp_path / "empty", "junk": tmp_path / "junk", "feed": FEED}
    assert said in " ".join(run(*(word.format(**places) for word in words), code=2).stderr.split())


def test_a_name_that_a_booking_writes_shorter_makes_no_second_person(tmp_path):
    names = [
        ("OWUSU", "ANA MARIA"),
        ("MENSAH", "KOFI JOHN"),
        ("BOATENG", "ABENA"),
        ("ADDO", "YAW PETER"),
        ("ASARE", "ESI"),
    ]
    head = "family_name,given_names,nationality,document_number,document_issuer,booking_ref,flight,from_port,to_port,departs_at\n"
    others = [("OTHER" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[k], "LI", "BRB", f"P{k}", "BRB", f"O{k:05}") for k in range(26)]
    api = [(*name, "GHA", f"G{k}", "GHA", f"L{k:05}") for k, name in enumerate(names)]
    pnr = [(family, given.split()[0], "GHA", "", "", f"L{k:05}") for k, (family, given) in enumerate(names)]
    for name, people in (("api", [*others, *api]), ("pnr", pnr)):
        lines = [f"{','.join(each)},BW432,POS,BGI,2026-11-10T10:00\n" for each in people]
        (tmp_path / f"{name}.csv").write_text(head + "".join(lines))
    said = json.loads(run(tmp_path, "--today", "2026-11-24", "--json").stdout)
    assert said["made_from"]["journeys"] == 31
    assert "GHA" not in json.dumps(said)
