import json
from shutil import copytree, rmtree

import polars as pl
import pytest
from click.testing import CliRunner

import ops_hub.cli.replay as command
from ops_hub.cli.main import main
from ops_hub.engines.replay import differences, in_engine, same_versions
from ops_hub.errors import ConfigError
from ops_hub.store.archive_folder import Archive, copied
from ops_hub.store.code import code_digest, code_files, digest_of_files, package_versions
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Feeds, lists, rules and a run of them, none of it archived."""
    place = tmp_path_factory.mktemp("made")
    for name in ("sample_feeds", "watchlists", "rules"):
        copytree(ROOT / name, place / name)
    done = screened(place, "run")
    assert done.exit_code == 0, done.output
    return place


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    """A copy of these that may be spoilt; the home folder beside is empty."""
    copytree(made, tmp_path / "made")
    for path in (tmp_path / "made" / "run" / "run.json",):
        path.write_text(path.read_text().replace(str(made), str(tmp_path / "made")))
    monkeypatch.setenv("OPS_HUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPS_HUB_HASH_KEY", "key")
    return tmp_path / "made"


def screened(place, out, *more):
    options = ("--watchlist", place / "watchlists", "--rules", place / "rules", "--out", place / out, *more)
    return CliRunner().invoke(
        main, [str(each) for each in ("screen", place / "sample_feeds", *options)], env={"OPS_HUB_HASH_KEY": "key"}
    )


def replayed(place, *more, run="run"):
    return CliRunner().invoke(main, ["replay", "--run", str(place / run), *more])


def edited(place, change):
    path = place / "run" / "run.json"
    account = json.loads(path.read_text())
    change(account)
    path.write_text(json.dumps(account))


def test_a_run_repeated_is_identical(place):
    done = replayed(place, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["identical"] is True
    assert said["notes"] == []
    assert not (place.parent / "home").exists()


def test_a_folder_that_has_grown_since_does_not_matter(place):
    (place / "sample_feeds" / "a-later.csv").write_text("family_name,given_names\nLATER,ANN\n")
    assert replayed(place).exit_code == 0


def test_one_flipped_byte_in_a_feed_is_refused(place):
    feed = place / "sample_feeds" / "BW432_POS-BGI_2026-11-20.paxlst.edi"
    data = bytearray(feed.read_bytes())
    data[400] ^= 1
    feed.write_bytes(data)
    done = replayed(place)
    assert done.exit_code == 2
    assert "BW432" in done.stderr
    assert "sha256 differs" in done.stderr
    feed.unlink()
    assert "no longer there" in replayed(place).stderr


def test_a_changed_list_is_refused_and_named_unless_that_of_then_was_kept(place):
    assert screened(place, "kept", "--archive").exit_code == 0
    entries = next((place / "watchlists" / "BRB").rglob("*.csv"))
    heading, *lines = entries.read_text().splitlines(keepends=True)
    entries.write_text("".join([heading, *lines[:-1]]))
    assert replayed(place, run="kept").exit_code == 0
    rmtree(place.parent / "home")
    done = replayed(place)
    assert done.exit_code == 2
    assert "changed since: brb-smuggling" in done.stderr
    rmtree(place / "watchlists")
    assert "there is no such list" in replayed(place).stderr


def test_changed_rules_are_refused_unless_those_of_then_were_kept(place):
    assert screened(place, "kept", "--archive").exit_code == 0
    settings = place / "rules" / "matching.toml"
    settings.write_text(settings.read_text() + "\n# lower\n")
    assert replayed(place, run="kept").exit_code == 0
    kept = next((place.parent / "home" / "archive" / "rules").iterdir())
    (kept / "matching.toml").write_text(settings.read_text())
    done = replayed(place, run="kept")
    assert done.exit_code == 2
    assert "altered" in done.stderr
    rmtree(place.parent / "home")
    done = replayed(place)
    assert done.exit_code == 2
    assert "rules were changed since" in done.stderr


def test_results_that_differ_are_told_row_by_row_and_column_by_column(place):
    path = place / "run" / "hits.parquet"
    hits = pl.read_parquet(path)
    first, second, last = hits["hit_id"][0], hits["hit_id"][1], hits["hit_id"][-1]
    score = pl.when(pl.col("hit_id") == second).then(0.5).otherwise("score").alias("score")
    extra = hits.head(1).with_columns(pl.lit("invented").alias("hit_id"))
    stored = pl.concat([hits.filter(pl.col("hit_id") != first).with_columns(score), extra])
    stored.write_parquet(path)
    done = replayed(place, "--json")
    assert done.exit_code == 1, done.output
    found = json.loads(done.stdout)["differences"]
    assert set(found) == {"hits.parquet"}
    assert found["hits.parquet"] == [
        {"what": "missing", "row": {"hit_id": "invented"}},
        {"what": "additional", "row": {"hit_id": first}},
        {"what": "changed", "row": {"hit_id": second}, "column": "score", "then": 0.5, "now": hits["score"][1]},
    ]
    assert last in stored["hit_id"]
    assert "missing invented" in replayed(place).stdout


def test_an_engine_that_is_not_the_one_of_then_and_was_not_kept_is_refused(place):
    edited(place, lambda account: account["given"].update(code="0" * 32))
    done = replayed(place)
    assert done.exit_code == 2
    assert "it is not the one that runs here" in done.stderr
    assert code_digest() in done.stderr


def test_the_engine_of_then_is_run_where_it_was_kept(place, tmp_path, monkeypatch):
    digest = older(tmp_path)
    edited(place, lambda account: account["given"].update(code=digest))
    ran = []
    monkeypatch.setattr(command, "in_engine", lambda copy, arguments: ran.append((copy, arguments)) or 1)
    assert replayed(place, "--json", "--despite", "versions").exit_code == 1
    arguments = ["replay", "--run", str(place / "run"), "--despite", "versions", "--json"]
    assert ran == [(Archive(tmp_path / "home").place("code", digest), arguments)]
    changed = ran[0][0] / "ops_hub" / "pipeline.py"
    changed.write_text(changed.read_text() + "# altered\n")
    done = replayed(place)
    assert done.exit_code == 2
    assert "altered" in done.stderr


def test_a_copy_of_an_engine_runs_its_own_code(tmp_path, capfd):
    copy = Archive(tmp_path / "home").place("code", older(tmp_path))
    assert in_engine(copy, ["--version"]) == 0
    assert "older" in capfd.readouterr().out
    assert digest_of_files(code_files(copy)) == copy.name  # running it leaves it as it was
    assert not list(copy.rglob("__pycache__"))


def older(tmp_path):
    """Keep another engine in the archive and return its hash."""
    aside = tmp_path / "aside"
    copied(code_files(), aside)
    first = aside / "ops_hub" / "__init__.py"
    first.write_text(first.read_text() + '\n__version__ = "older"\n')
    digest = digest_of_files(code_files(aside))
    Archive(tmp_path / "home").keep("code", digest, aside.rename)
    return digest


def test_other_packages_are_named_and_refused_unless_told_to_go_on(place):
    edited(place, lambda account: account["given"]["versions"].update(polars="1.0.0"))
    done = replayed(place)
    assert done.exit_code == 2
    assert "polars was 1.0.0" in done.stderr
    done = replayed(place, "--despite", "versions")
    assert done.exit_code == 0
    assert "despite another version: polars was 1.0.0" in done.stdout
    with pytest.raises(ConfigError, match="python was 2"):
        same_versions(package_versions() | {"python": "2"}, despite=False)


def test_a_folder_that_tells_nothing_is_refused(place, tmp_path):
    assert "holds no run" in replayed(tmp_path, run="nowhere").stderr
    edited(place, lambda account: account.pop("given"))
    assert "older engine" in replayed(place).stderr


def test_another_key_for_payment_numbers_is_said(place, monkeypatch):
    monkeypatch.setenv("OPS_HUB_HASH_KEY", "another")
    done = replayed(place)
    assert done.exit_code == 0
    assert "links are not compared" in done.stdout


def test_rows_in_another_order_are_a_difference():
    frame = pl.DataFrame({"id": ["a", "b", "b"], "n": [1, 2, 3]})
    assert differences(frame, frame, ["id"]) == []
    assert differences(frame, frame[[1, 0, 2]], ["id"]) == [{"what": "order", "row": {}}]
    assert differences(frame, frame[[0, 2, 1]], ["id"]) == [
        {"what": "changed", "row": {"id": "b"}, "column": "n", "then": 2, "now": 3},
        {"what": "changed", "row": {"id": "b"}, "column": "n", "then": 3, "now": 2},
    ]
