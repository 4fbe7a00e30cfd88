import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.errors import ConfigError
from ops_hub.exercise.networks.grow import NetworkSpec, grow_networks
from ops_hub.exercise.networks.lookalikes import LOOK_ALIKES
from ops_hub.exercise.networks.sea import imo_number
from ops_hub.exercise.score_network import TRUTH, score_organisers, score_pairs
from ops_hub.exercise.timetable import PORTS
from ops_hub.reference import port_country

STATES = ("BRB", "TTO", "JAM", "DOM", "HND", "PAN", "CRI", "COL")
PARTS = ("history", "feed", "sea", "watchlist", "truth", "networks")


def spec(**more):
    return NetworkSpec(**({"passengers": 20, "days": 40, "seed": 9, "networks": 2, "look_alikes": 1} | more))


@pytest.fixture(scope="module")
def grown():
    return grow_networks(spec())


@pytest.fixture(scope="module")
def kept():
    return grow_networks(spec(seed=10, networks=1, look_alikes=0, states=STATES))


@pytest.fixture(scope="module")
def everything(grown):
    rows = pl.concat([grown.history, grown.feed]).with_columns(
        pl.col("payments").list[0].struct["token"].alias("token")
    )
    return rows.drop("role").join(grown.truth, on="record_id", how="left", maintain_order="left")


def test_one_seed_hides_the_same_networks_and_another_seed_others(grown, kept):
    again = grow_networks(spec(seed=10, networks=1, look_alikes=0, states=STATES))
    for part in PARTS:
        assert getattr(again, part).equals(getattr(kept, part)), part
    assert not kept.networks.equals(grown.networks)


def test_without_networks_the_others_travel_as_before(grown):
    none = grow_networks(spec(networks=0))
    assert set(none.truth["kind"]) == {"innocent"}
    assert none.truth["entry_id"].null_count() == none.truth.height
    assert none.networks.is_empty()
    key = ["document_number", "document_issuer", "flight", "departs_at"]
    hidden = grown.truth.filter(pl.col("kind") == "network")
    assert none.history.select(key).equals(grown.history.join(hidden, on="record_id", how="anti").select(key))


def test_every_network_has_an_organiser_who_travels_on_means_that_clients_have_too(everything, grown):
    for (network,), rows in (
        everything.filter(pl.col("kind") == "network").partition_by("network", as_dict=True).items()
    ):
        chief, others = rows.filter(pl.col("role") == "organiser"), rows.filter(pl.col("role") != "organiser")
        assert chief["person"].n_unique() == 1
        assert 1 <= chief.height <= 8, network
        on_his = others.filter(
            pl.col("token").is_in(chief["token"].drop_nulls().implode())
            | pl.col("phone").is_in(chief["phone"].implode())
        )
        assert 0 < on_his["person"].n_unique() < others["person"].n_unique(), network
        assert {"client", "escort"} <= set(others["role"]), network
    assert grown.networks["clients"].is_between(15, 150).all()


def test_networks_move_people_in_the_live_days(grown):
    live = grown.truth.filter((pl.col("part") == "feed") & (pl.col("kind") == "network"))
    assert set(live["network"]) == set(grown.networks["network"])


def test_the_innocent_of_every_kind_are_there_and_some_look_like_organisers(grown):
    innocent = grown.truth.filter(pl.col("kind") == "innocent")
    kinds = set(innocent["case"].str.replace(r"-\d+$", ""))
    assert kinds - {"ferry"} == set(LOOK_ALIKES)
    assert set(innocent["role"]) == {"innocent"}
    assert innocent["looks_like"].null_count() == 0
    assert innocent.filter(pl.col("looks_like") == "organiser")["case"].n_unique() >= 8


def test_states_list_workers_to_be_watched_and_victims_to_be_protected(grown):
    entries = grown.truth.drop_nulls("entry_id").with_columns(pl.col("entry_id").str.split(";")).explode("entry_id")
    known = entries.select("entry_id", "role").unique().join(grown.watchlist, on="entry_id")
    assert known.height
    is_victim = pl.col("role") == "victim"
    assert set(known.filter(is_victim)["handling"]) <= {"protect"}
    assert "protect" not in set(known.filter(~is_victim)["handling"])
    assert "client" not in set(known["role"])
    assert grown.watchlist["entry_id"].is_unique().all()


def test_networks_keep_to_the_states_that_are_named(kept):
    hidden = kept.truth.filter((pl.col("kind") == "network") & (pl.col("part") != "sea"))
    rows = pl.concat([kept.history, kept.feed]).join(hidden, on="record_id", how="semi")
    ports = set(rows["from_port"]) | set(rows["to_port"])
    assert ports <= {code for code in PORTS if port_country(code) in STATES}
    assert set(kept.watchlist["owner"]) <= set(STATES) - {"COL"}
    for states, word in ((("BRB", "TTO"), "more places"), (("BRB", "TTO", "XXX"), "no flight")):
        with pytest.raises(ConfigError, match=word):
            grow_networks(spec(states=states))


def test_a_vessels_list_tells_of_some_who_cross_by_sea_among_strangers(grown):
    known = grown.sea.join(grown.truth, on="record_id", suffix="_true")
    assert known.height == grown.sea.height > 0
    assert set(known["kind"]) == {"network", "innocent"}
    assert imo_number(1) == "9900019"  # 9 x 7 + 9 x 6 + 1 x 2 = 119


ROWS = [
    ("r1", "network", "network-01", "network-01", "organiser", "1", None),
    ("r2", "network", "network-01", "network-01", "organiser", "1", None),
    ("r3", "network", "network-01", "network-01", "recruiter", "2", None),
    ("r4", "network", "network-01", "network-01", "victim", "3", None),
    ("r5", "network", "network-02", "network-02", "organiser", "4", None),
    ("r6", "innocent", None, "parish-001", "innocent", "5", "organiser"),
    ("r7", "innocent", None, "parish-001", "innocent", "6", "client"),
    ("r8", "network", "network-03", "network-03", "organiser", "7", None),
]
KNOWN = pl.DataFrame(ROWS, schema=list(TRUTH), orient="row")
RESOLVED = pl.DataFrame(
    {
        "record_id": [f"r{n}" for n in range(1, 11)],
        "person_id": [f"person:r{n}" for n in (1, 1, 3, 4, 5, 6, 7, 8, 9, 10)],
    }
)


def test_organisers_are_ranked_and_those_named_wrongly_are_told_of():
    order = [("r6", True), ("r5", True), ("r3", True), ("r1", True), ("r4", True), ("r9", True), ("r7", False)]
    table = pl.DataFrame(
        [(f"person:{who}", 1.0 - at / 10, named) for at, (who, named) in enumerate(order)],
        schema=["person_id", "score", "named"], orient="row",
    )  # fmt: skip
    said = score_organisers(table, RESOLVED, KNOWN)
    assert [(one["network"], one["rank"], one["rank_apart"], one["named"]) for one in said["organisers"]] == [
        ("network-01", 4, 3, True), ("network-02", 2, 2, True), ("network-03", None, None, False),
    ]  # fmt: skip
    assert (said["in_top"], said["named"], said["false_per_10"], said["victims_named"]) == (2, 6, 5.0, 1)
    assert [one["is"] for one in said["false"]] == [
        "innocent: parish, looks like organiser",
        "victim",
        "ordinary traveller",
    ]


def test_a_tie_gives_an_organiser_the_last_place_of_it():
    table = pl.DataFrame(
        {"person_id": ["person:r1", "person:r6", "person:r9"], "score": [1.0] * 3, "named": [False] * 3}
    )
    assert score_organisers(table, RESOLVED, KNOWN)["organisers"][0]["rank"] == 3


def test_pairs_are_true_within_a_case_and_false_else():
    pairs = [("r1", "r3"), ("r3", "r1"), ("r6", "r7"), ("r1", "r5"), ("r9", "r10"), ("r1", "r6")]
    frame = pl.DataFrame(
        [(f"person:{a}", f"person:{b}") for a, b in pairs], schema=["person_id", "other_id"], orient="row"
    )
    assert score_pairs(frame, RESOLVED, KNOWN) == {
        "pairs": 5,
        "network": 1,
        "innocent": 1,
        "false": 3,
        "false_share": 0.6,
    }


def test_the_commands_write_an_exercise_and_score_a_table(tmp_path):
    out, run = tmp_path / "ex", CliRunner()
    made = run.invoke(main, ["exercise", "network", "--passengers", "10", "--days", "20", "--look-alikes", "0", "--format", "pnrgov", "--out", str(out)])  # fmt: skip
    assert made.exit_code == 0, made.output
    feed = (out / "feed.edi").read_text()
    assert feed.count("REF+:") == feed.count("MON+T:") > 0
    truth = pl.read_csv(out / "truth.csv", infer_schema=False)
    chief = truth.filter(pl.col("role") == "organiser")["record_id"][0]
    ids = truth["record_id"]
    pl.DataFrame({"record_id": ids, "person_id": "person:" + ids}).write_parquet(out / "resolved.parquet")
    pl.DataFrame({"person_id": [f"person:{chief}"], "rank": [1], "named": [True]}).write_csv(out / "found.csv")
    said = run.invoke(main, ["exercise", "score-network", str(out / "found.csv"), str(out), str(out)])
    assert said.exit_code == 0, said.output
    assert "organisers in the first 5: 1 of 1" in said.output
    pl.DataFrame({"person_id": ["x"], "rank": [1]}).write_csv(out / "found.csv")
    assert run.invoke(main, ["exercise", "score-network", str(out / "found.csv"), str(out), str(out)]).exit_code == 2
