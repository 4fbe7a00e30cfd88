"""Lists in shards are, for everyone who asks, the lists that were not cut."""

import json
import random
import shutil
from functools import partial as bound

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_hub import pipeline
from ops_hub.engines.replay_run import keep
from ops_hub.engines.shards import compile_shards
from ops_hub.errors import ConfigError, StoreError
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.delta import each_in, parts, whole
from ops_hub.lists.reading import each_read, read_lists
from ops_hub.lists.shards import allotted
from ops_hub.lists.snapshot import open_snapshot, write
from ops_hub.pipeline import (
    add_lists,
    against,
    compile_lists,
    look_up,
    merged,
    name_blocks,
    open_lists,
    partial,
    screen,
)
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.store.archive_folder import Archive
from tests.conftest import TODAY
from tests.lists.test_delta import written
from tests.matching.helpers_names import adversarial

wide = pytest.mark.wide
SHARDS = [pytest.param(1, marks=wide), 2, pytest.param(3, marks=wide), 7]


@pytest.fixture(scope="module")
def travellers_and_lists(tmp_path_factory):
    """Travellers of an exercise, altered in every way, and a folder of three lists that some of them stand on."""
    made, folder = generate(ExerciseSpec(600, 400, 4, 200)), tmp_path_factory.mktemp("shards")
    made.feed.write_parquet(folder / "feed.parquet")
    travellers = pl.concat([batch.travellers for batch in read([folder / "feed.parquet"], ReadOptions(TODAY, b"key"))])
    number = pl.int_range(pl.len())
    other = pl.col("name").shift(-7).fill_null("NOBODY, At All")
    listed = made.watchlist.with_columns(
        pl.when(number % 5 == 0).then(other).alias("aliases"),
        pl.when(number % 7 == 0).then(pl.col("name").shift(3)).alias("weak_aliases"),
        pl.when(number % 11 == 0)
        .then(pl.col("birth_date").str.slice(0, 4))
        .when(number % 13 == 0)
        .then("~" + pl.col("birth_date").str.slice(0, 4))
        .when(number % 17 == 0)
        .then(pl.col("birth_date") + ";1970-01-01")
        .otherwise("birth_date")
        .alias("birth_date"),
        pl.when(number % 19 == 0).then(pl.lit("2020-01-01")).alias("valid_until"),
    )
    for k, name in enumerate(("one", "two", "three")):
        (folder / "lists" / name).mkdir(parents=True)
        own = listed.filter(number % 3 == k)
        own[: own.height // 2].write_csv(folder / "lists" / name / "a.csv")  # a list of two files
        own[own.height // 2 :].write_csv(folder / "lists" / name / "b.csv")
        (folder / "lists" / name / "list.toml").write_text(f'id = "{name}"\ntitle = "{name}"\nowner = "HND"\n')
    papers = [each[0] for each in travellers["documents"].head(400).to_list() if each]
    lines = [(f"D{k}", None, None, None, f"P:{each['number']}:{each['issuer']}") for k, each in enumerate(papers[:9])]
    written(folder / "lists" / "papers", lines)
    return travellers, folder / "lists"


@pytest.fixture(scope="module")
def together(travellers_and_lists, knowledge):
    """The lists compiled as one."""
    return compile_lists(read_lists([travellers_and_lists[1]]), knowledge)


@pytest.fixture(scope="module")
def hits(travellers_and_lists, together, knowledge):
    """What the travellers meet in it."""
    return screen(travellers_and_lists[0], open_lists(together, knowledge), knowledge, today=TODAY)


@pytest.fixture(scope="module")
def shard(travellers_and_lists, knowledge, tmp_path_factory):
    """Gives the snapshot of so many shards, opened from disk; made once."""
    folder, made = tmp_path_factory.mktemp("made"), {}

    def of(shards):
        if shards not in made:
            out = folder / f"of-{shards}"
            read_ = each_read([travellers_and_lists[1]])
            compile_shards(read_, out, knowledge, shards=shards, engine="0")
            made[shards] = open_snapshot(out, verify=True)
        return made[shards]

    return of


def each_alone(snapshot, knowledge):
    """The parts of a snapshot, each opened without the others, as on machines of their own."""
    return [open_lists(snapshot, knowledge, only=[number]) for number in range(len(parts(snapshot)))]


def of_all(snapshot, travellers, knowledge):
    """HITS merged from what is found in each part alone."""
    alone = each_alone(snapshot, knowledge)
    return merged([piece for lists in alone for piece in partial(travellers, lists, knowledge, today=TODAY)])


@pytest.mark.parametrize("shards", SHARDS)
def test_screening_shards_together_or_each_alone_gives_the_rows_of_lists_that_were_not_cut(
    shards, travellers_and_lists, together, hits, shard, knowledge
):
    travellers, _ = travellers_and_lists
    cut = shard(shards)
    assert (cut.hash, cut.lists, len(cut.shards)) == (together.hash, together.lists, shards)
    assert whole(cut).sort("list_id", "entry_id").equals(together.entries)
    assert hits.height > 100
    assert set(hits["handling"]) == {"protect", "enforce", "discreet"}
    assert set(hits["list_id"]) == {"one", "two", "three", "mine"}
    assert screen(travellers, open_lists(cut, knowledge), knowledge, today=TODAY).equals(hits)
    assert of_all(cut, travellers, knowledge).equals(hits)


def test_of_more_shards_than_entries_each_entry_is_one(travellers_and_lists, knowledge, tmp_path):
    travellers, folder = travellers_and_lists
    few = [type(each)(each.info, each.entries.head(3), each.rejects) for each in read_lists([folder])]
    one = compile_lists(few, knowledge)
    said = compile_shards(few, tmp_path / "cut", knowledge, shards=50, engine="0")
    assert (said["hash"], said["shards"]) == (one.hash, 12)
    travellers = travellers.head(200)
    hits = screen(travellers, open_lists(one, knowledge), knowledge, today=TODAY)
    cut = open_snapshot(tmp_path / "cut")
    assert hits.height >= 3
    assert screen(travellers, open_lists(cut, knowledge), knowledge, today=TODAY).equals(hits)
    assert of_all(cut, travellers, knowledge).equals(hits)


@pytest.mark.parametrize("shards", SHARDS)
def test_one_question_and_one_entry_are_answered_alike(shards, travellers_and_lists, together, shard, knowledge):
    travellers, _ = travellers_and_lists
    both = [open_lists(each, knowledge) for each in (together, shard(shards))]
    met = 0
    for family, given_, born in (
        travellers.select("family_name", "given_names", pl.col("birth_date").str.to_date(strict=False))
        .head(60)
        .iter_rows()
    ):
        told = []
        for lists in both:
            found = look_up(family, given_ or "", lists, knowledge, born=born)
            told.append([(lists.entry(entry), place, score) for entry, place, score in found])
        assert told[0] == told[1]
        met += len(told[0])
    assert met > 5
    some = travellers.head(40)
    for name in ("one/X0000003", "D4", "X0000010", "two/X0000019"):
        try:
            wanted = against(some, name, both[0], knowledge, today=TODAY)
        except ConfigError as error:
            with pytest.raises(ConfigError, match=str(error)):
                against(some, name, both[1], knowledge, today=TODAY)
        else:
            assert wanted.height >= 40
            assert against(some, name, both[1], knowledge, today=TODAY).equals(wanted)


def test_entries_are_added_to_shards_as_to_any_snapshot(travellers_and_lists, shard, knowledge, tmp_path):
    travellers, folder = travellers_and_lists
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    table = pl.read_csv(changed / "one" / "a.csv", infer_schema=False)
    table = pl.concat(
        [table[10:30].with_columns(birth_date=pl.lit("1970-01-01")), table[30:]]
    )  # ten removed, twenty changed
    table.write_csv(changed / "one" / "a.csv")
    (changed / "new").mkdir()
    table[:20].with_columns(pl.col("entry_id").str.replace("X", "N")).write_csv(changed / "new" / "new.csv")
    lists = read_lists([changed])
    together = compile_lists(lists, knowledge)
    base = open_snapshot(shard(2).place, keys_only=True)
    write(tmp_path / "top", add_lists(base, lists, knowledge, replace=True), "0")
    top = open_snapshot(tmp_path / "top", verify=True)
    assert top.hash == together.hash
    assert len(parts(top)) == 3
    assert top.entries.height == 40
    hits = screen(travellers, open_lists(together, knowledge), knowledge, today=TODAY)
    assert screen(travellers, open_lists(top, knowledge), knowledge, today=TODAY).equals(hits)
    assert of_all(top, travellers, knowledge).equals(hits)
    said = compile_shards(each_in(top), tmp_path / "again", knowledge, shards=2, engine="0")
    assert said == {"hash": top.hash, "entries": together.entries.height, "lists": 5, "shards": 2}
    assert open_snapshot(tmp_path / "again").lists == together.lists


def test_pieces_of_very_many_hits_merge_whatever_they_were_cut_by(
    travellers_and_lists, hits, shard, knowledge, monkeypatch
):
    travellers, _ = travellers_and_lists
    for most in (1, 50):
        monkeypatch.setattr(pipeline, "by_person", bound(BY_PERSON, most=most))
        alone = each_alone(shard(2), knowledge)
        pieces = [piece for lists in alone for piece in partial(travellers, lists, knowledge, today=TODAY)]
        assert len(pieces) > 2 * len(alone)
        assert merged(random.Random(most).sample(pieces, len(pieces))).equals(hits)


BY_PERSON = pipeline.by_person
BORN = ["", "1970-02-03", "1970-03-02", "1971-02-03", "1970", "~1969", "1970-02-03;1980-01-01"]
PAPERS = ["", "P:X1234567:HND", "P:XI234567:HND", "P:X1234567:", "P:X1234560..X1234570:HND:stolen-blank"]


@st.composite
def small_worlds(draw):
    """Travellers and entries with awkward names, near dates and documents that look alike."""
    rng = random.Random(draw(st.integers(0, 1 << 30)))
    names = [adversarial(rng) for _ in range(rng.randint(3, 25))]
    entries = [
        {
            "entry_id": f"E{k}", "name": rng.choice(names), "aliases": rng.choice(["", *names]), "weak_aliases": rng.choice(["", *names]),
            "birth_date": rng.choice(BORN), "documents": rng.choice(PAPERS), "nationality": rng.choice(["", "HND", "JAM"]), "sex": rng.choice(["", "F", "M"]),
            "handling": rng.choice(["enforce", "protect"]),
        }
        for k in range(rng.randint(1, 30))
    ]  # fmt: skip
    asked = [
        {
            "record_id": str(k), "full_name": rng.choice(names).replace(",", ""), "birth_date": rng.choice([None, "1970-02-03", "1970-03-02", "1970"]),
            "documents": rng.choice([None, [{"type": "P", "number": "X1234567", "issuer": "HND"}]]), "sex": rng.choice([None, "F"]),
        }
        for k in range(rng.randint(1, 25))
    ]  # fmt: skip
    return entries, asked, draw(st.integers(2, 9))


def alike_in_shards(world, knowledge, tmp_path_factory):
    entries, asked, shards = world
    folder = tmp_path_factory.mktemp("world")
    for k in range(2):
        pl.DataFrame(entries[k::2], schema=dict.fromkeys(entries[0], pl.String)).write_csv(folder / f"list{k}.csv")
    travellers, lists = rows(TRAVELLERS, asked), read_lists([folder])
    one = compile_lists(lists, knowledge)
    compile_shards(lists, folder / "cut", knowledge, shards=shards, engine="0")
    cut = open_snapshot(folder / "cut")
    assert cut.hash == one.hash
    hits = screen(travellers, open_lists(one, knowledge), knowledge, today=TODAY)
    assert screen(travellers, open_lists(cut, knowledge), knowledge, today=TODAY).equals(hits)
    assert of_all(cut, travellers, knowledge).equals(hits)
    shutil.rmtree(folder)


FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(world=small_worlds())
def test_awkward_names_dates_and_documents_meet_alike_in_any_number_of_shards(world, knowledge, tmp_path_factory):
    alike_in_shards(world, knowledge, tmp_path_factory)


@pytest.mark.wide
@settings(FEW, max_examples=60)
@given(world=small_worlds())
def test_they_do_in_many_more_worlds(world, knowledge, tmp_path_factory):
    alike_in_shards(world, knowledge, tmp_path_factory)


def test_shards_are_of_one_size_whatever_the_blocks_are():
    many = pl.DataFrame(
        {"list_id": "a", "entry_id": [f"{k:05d}" for k in range(9000)], "block": ["M"] * 6000 + [f"B{k % 50}" for k in range(3000)], "weight": [1 + k % 3 for k in range(9000)]}
    )  # fmt: skip
    for shards in (2, 7, 40):
        sizes = many.with_columns(allotted(many, shards)).group_by("shard").agg(pl.col("weight").sum())["weight"]
        assert len(sizes) == shards
        assert sizes.max() - sizes.min() <= 6
    small = many.filter(pl.col("block") != "M")
    held = small.with_columns(allotted(small, 4)).group_by("block").agg(pl.col("shard").n_unique())["shard"]
    assert (held == 1).sum() >= 47  # only where the cut falls is a block in two


def test_the_same_entries_come_to_the_same_shards_in_whatever_order_they_are_read(
    travellers_and_lists, shard, knowledge, tmp_path
):
    _, folder = travellers_and_lists
    turned = list(each_read([folder]))[::-1]
    compile_shards(turned, tmp_path / "turned", knowledge, shards=2, engine="0")
    hashes = [[each.hash for each in snapshot.shards] for snapshot in (open_snapshot(tmp_path / "turned"), shard(2))]
    assert hashes[0] == hashes[1]


def test_names_that_sound_alike_lie_together_and_those_without_a_name_go_by_their_document(tmp_path, knowledge):
    lines = [
        ("1", "HERNANDEZ, Ana"), ("2", "Hernandes Ana"), ("3", "LOPEZ, Eva"), ("4", None, None, None, "P:X1234567:HND"),
        ("5", "123", None, None, "P:X1234568:HND"),
    ]  # fmt: skip
    entries = read_lists([written(tmp_path / "l", lines)])[0].entries
    blocks = dict(zip(entries["entry_id"], name_blocks(entries, knowledge), strict=True))
    assert blocks["1"] == blocks["2"] != blocks["3"]
    assert (blocks["4"], blocks["5"]) == ("#X1234567", "#X1234568")


def test_a_shard_that_is_damaged_gone_or_another_is_told_with_its_name(shard, tmp_path):
    def copy(name):
        return shutil.copytree(shard(2).place, tmp_path / name)

    damaged = copy("damaged")
    victim = damaged / "shard-0002" / "name_tokens.npy"
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(bytes(data))
    with pytest.raises(ConfigError, match=r"shard-0002/name_tokens.npy: missing or damaged"):
        open_snapshot(damaged, verify=True)
    gone = copy("gone")
    shutil.rmtree(gone / "shard-0002")
    with pytest.raises(ConfigError, match=r"gone/shard-0002: this is no readable snapshot.* compile the lists again"):
        open_snapshot(gone)
    other = copy("other")
    shutil.rmtree(other / "shard-0001")
    shutil.copytree(other / "shard-0002", other / "shard-0001")
    with pytest.raises(ConfigError, match=r"other/shard-0001: this is another shard than was compiled here"):
        open_snapshot(other)
    cut = copy("cut")
    manifest = json.loads((cut / "manifest.json").read_text())
    manifest["shards"].pop()
    (cut / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ConfigError, match=r"manifest.json: damaged"):
        open_snapshot(cut, verify=True)


def test_two_lists_of_one_id_and_entries_given_twice_are_refused_and_leave_nothing(tmp_path, knowledge):
    one = written(tmp_path / "one", [("1", "GARCIA, Ana")], "x.csv", info='id = "m"\ntitle = "m"\nowner = "HND"\n')
    for name, line, info, reason in (
        ("two", ("2", "LOPEZ, Eva"), 'id = "m"\ntitle = "m"\nowner = "JAM"\n', "two different lists have this id"),
        (
            "three",
            ("1", "LOPEZ, Eva"),
            'id = "m"\ntitle = "m"\nowner = "HND"\n',
            "entry_id 1 stands in two of its files",
        ),
    ):
        other = written(tmp_path / name, [line], "y.csv", info=info)
        with pytest.raises(ConfigError, match=f"m: {reason}"):
            compile_shards(each_read([one, other]), tmp_path / "out", knowledge, shards=2, engine="0")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one", "three", "two"]


def test_what_is_no_snapshot_is_not_written_over(tmp_path, knowledge):
    lists = read_lists([written(tmp_path / "l", [("1", "GARCIA, Ana"), ("2", "LOPEZ, Eva")])])
    with pytest.raises(StoreError, match="something that is no snapshot stands here"):
        compile_shards(lists, tmp_path / "l", knowledge, shards=2, engine="0")


def test_a_run_keeps_shards_as_shards_and_one_of_what_was_added_to_them(shard, knowledge, tmp_path):
    archive = Archive(tmp_path / "home")
    keep(archive, shard(2), None, "rules", knowledge)
    kept = open_snapshot(archive.place("snapshots", shard(2).hash), verify=True)
    assert [each.hash for each in kept.shards] == [each.hash for each in shard(2).shards]
    more = read_lists([written(tmp_path / "more", [("N1", "GARCIA, Ana")])])
    write(tmp_path / "top", add_lists(open_snapshot(shard(2).place, keys_only=True), more, knowledge), "0")
    top = open_snapshot(tmp_path / "top")
    keep(archive, top, None, "rules", knowledge)
    kept = open_snapshot(archive.place("snapshots", top.hash), verify=True)
    assert (kept.hash, kept.base, kept.entries.height) == (top.hash, None, whole(top).height)
