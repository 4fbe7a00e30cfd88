"""A snapshot that entries were added to is, for everyone who asks, the snapshot of all of them."""

import json
import shutil

import polars as pl
import pytest

from ops_hub.errors import ConfigError, StoreError
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.delta import counts, lists_in, whole
from ops_hub.lists.diff import diff
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import open_snapshot, write
from ops_hub.pipeline import add_lists, against, compile_lists, look_up, open_lists, screen
from ops_hub.schemas import TRAVELLERS, rows
from tests.conftest import TODAY

HEADING = ["entry_id", "name", "aliases", "birth_date", "documents", "valid_until"]


def written(folder, lines, name="mine.csv", info=None):
    """A list of our own form: lines as HEADING says, what is missing empty."""
    folder.mkdir(exist_ok=True)
    table = [dict(zip(HEADING, line, strict=False)) for line in lines]
    pl.DataFrame(table, schema=dict.fromkeys(HEADING, pl.String)).write_csv(folder / name)
    if info:
        (folder / "list.toml").write_text(info, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """An exercise: travellers, and the list that some of them stand on."""
    made = generate(ExerciseSpec(1500, 400, 4, 150))
    feed = tmp_path_factory.mktemp("feed") / "feed.parquet"
    made.feed.write_parquet(feed)
    return pl.concat([batch.travellers for batch in read([feed], ReadOptions(TODAY, b"key"))]), made.watchlist


@pytest.fixture(scope="module")
def states(people, tmp_path_factory):
    """The list on Monday, on Tuesday and on Wednesday, each whole, as folders."""
    travellers, listed = people
    folder = tmp_path_factory.mktemp("states")
    table = listed.with_columns(valid_until=pl.lit(None, pl.String))
    monday = table[:300]
    changed = monday[40:80].with_columns(birth_date=pl.lit("1970-01-01"))
    namesakes = monday[100:130].with_columns(
        pl.col("entry_id").str.replace("X", "A"), documents=pl.lit(None, pl.String)
    )
    held = [papers[0] for papers in travellers["documents"].head(20).to_list() if papers]
    paper = pl.DataFrame(
        {"entry_id": f"D{k}", "documents": f"P:{each['number']}:{each['issuer']}", "kind": "document"}
        for k, each in enumerate(held)
    )
    expired = monday[140:150].with_columns(pl.col("entry_id").str.replace("X", "E"), valid_until=pl.lit("2020-01-01"))
    tuesday = pl.concat(
        [monday[10:40], changed, monday[80:], namesakes, paper, expired, table[300:370]], how="diagonal"
    )
    back = monday[5:8]  # removed on Tuesday
    again = changed[:5].with_columns(birth_date=pl.lit("1971-01-01"))  # changed a second time
    wednesday = pl.concat([back, tuesday[:30], again, tuesday[35:250], tuesday[260:], table[370:]], how="diagonal")
    for name, state in (("monday", monday), ("tuesday", tuesday), ("wednesday", wednesday)):
        (folder / name).mkdir()
        state.write_csv(folder / name / "mine.csv")
    return folder


@pytest.fixture(scope="module")
def stack(states, knowledge, tmp_path_factory):
    """Monday's snapshot, Tuesday's that stands on it, Wednesday's on top; opened from disk."""
    folder = tmp_path_factory.mktemp("stack")
    write(folder / "monday", compile_lists(read_lists([states / "monday"]), knowledge), "0")
    for base, name in (("monday", "tuesday"), ("tuesday", "wednesday")):
        new = add_lists(
            open_snapshot(folder / base, keys_only=True), read_lists([states / name]), knowledge, replace=True
        )
        write(folder / name, new, "0")
    return folder


@pytest.mark.parametrize("day", ["tuesday", "wednesday"])
def test_screening_finds_what_it_finds_with_all_compiled_together(day, people, states, stack, knowledge):
    travellers, _ = people
    together = compile_lists(read_lists([states / day]), knowledge)
    added = open_snapshot(stack / day, verify=True)
    assert added.hash == together.hash
    assert added.lists == together.lists
    assert added.entries.height < together.entries.height / 2
    assert whole(added).sort("list_id", "entry_id").equals(together.entries)
    one, several = open_lists(together, knowledge), open_lists(added, knowledge)
    hits = screen(travellers, one, knowledge, today=TODAY)
    assert screen(travellers, several, knowledge, today=TODAY).equals(hits)
    assert hits.height > 100
    by_kind = hits["entry_id"].str.slice(0, 1).value_counts()
    assert set(by_kind["entry_id"]) == {"A", "D", "X"}  # namesakes, documents without names; nobody expired


def test_withdrawn_entries_are_found_by_neither_name_nor_document(people, stack, knowledge):
    travellers, _ = people
    before, after = (open_lists(open_snapshot(stack / day), knowledge) for day in ("monday", "tuesday"))
    first = [f"X{k:07d}" for k in range(10)]
    hits = screen(travellers, before, knowledge, today=TODAY)
    assert hits.filter(pl.col("entry_id").is_in(first)).height
    hits = screen(travellers, after, knowledge, today=TODAY)
    assert not hits.filter(pl.col("entry_id").is_in(first)).height
    with pytest.raises(ConfigError, match="no list here has this entry"):
        against(travellers[:1], first[0], after, knowledge, today=TODAY)
    assert against(travellers[:1], first[0], before, knowledge, today=TODAY).height == 1


def test_one_question_gives_the_same_answers_in_the_same_order(people, states, stack, knowledge):
    _, listed = people
    together = open_lists(compile_lists(read_lists([states / "wednesday"]), knowledge), knowledge)
    added = open_lists(open_snapshot(stack / "wednesday"), knowledge)
    met = 0
    for name in listed["name"].head(200):
        family, given = name.split(", ")
        asked = [look_up(family, given, lists, knowledge) for lists in (together, added)]
        answers = [
            [
                (lists.entry(entry)["entry_id"], lists.entry(entry)["births"], place, score)
                for entry, place, score in found
            ]
            for lists, found in zip((together, added), asked, strict=True)
        ]
        assert answers[0] == answers[1]
        met += len(answers[0])
    assert met > 200


def test_entries_are_added_to_a_list_without_giving_it_whole(tmp_path, knowledge):
    info = 'id = "m"\nowner = "HND"\n'
    base = written(tmp_path / "base", [("1", "GARCIA, Ana"), ("2", "LOPEZ, Eva"), ("3", "DIAZ, Luz")], info=info)
    more = written(tmp_path / "more", [("4", "ORTIZ, Sol"), ("2", "LOPEZ, Eva Maria"), ("3", "DIAZ, Luz")], info=info)
    all_ = written(
        tmp_path / "all",
        [("1", "GARCIA, Ana"), ("2", "LOPEZ, Eva Maria"), ("3", "DIAZ, Luz"), ("4", "ORTIZ, Sol")],
        info=info,
    )
    write(tmp_path / "s", compile_lists(read_lists([base]), knowledge), "0")
    added = add_lists(open_snapshot(tmp_path / "s"), read_lists([more]), knowledge)
    together = compile_lists(read_lists([all_]), knowledge)
    assert counts(added) == {"added": 1, "changed": 1, "removed": 0}
    assert added.entries["entry_id"].to_list() == ["2", "4"]
    assert added.hash == together.hash
    assert [each.counts for each in added.lists] == [each.counts for each in together.lists]
    write(tmp_path / "t", added, "0")
    assert diff(whole(open_snapshot(tmp_path / "t")), together.entries).is_empty()
    squashed = compile_lists(lists_in(open_snapshot(tmp_path / "t")), knowledge)
    assert (squashed.hash, squashed.base) == (added.hash, None)


def test_lists_that_are_not_given_stay_and_new_lists_come(tmp_path, knowledge):
    one = written(tmp_path / "one", [("1", "GARCIA, Ana")], "one.csv")
    two = written(tmp_path / "two", [("1", "LOPEZ, Eva")], "two.csv")
    base = compile_lists(read_lists([one]), knowledge)
    for replace in (False, True):
        added = add_lists(base, read_lists([two]), knowledge, replace=replace)
        assert added.hash == compile_lists(read_lists([one, two]), knowledge).hash
        assert counts(added) == {"added": 1, "changed": 0, "removed": 0}


def test_nothing_new_and_nothing_but_removed_are_states_too(tmp_path, knowledge):
    lines = [("1", "GARCIA, Ana"), ("2", "LOPEZ, Eva")]
    full, less = written(tmp_path / "full", lines), written(tmp_path / "less", lines[:1])
    base = compile_lists(read_lists([full]), knowledge)
    write(tmp_path / "s", base, "0")
    same = add_lists(open_snapshot(tmp_path / "s"), read_lists([full]), knowledge, replace=True)
    assert (same.hash, counts(same)) == (base.hash, {"added": 0, "changed": 0, "removed": 0})
    removed = add_lists(open_snapshot(tmp_path / "s"), read_lists([less]), knowledge, replace=True)
    assert counts(removed) == {"added": 0, "changed": 0, "removed": 1}
    who = rows(
        TRAVELLERS, [{"record_id": "1", "full_name": "Eva Lopez"}, {"record_id": "2", "full_name": "Ana Garcia"}]
    )
    for snapshot, found in ((same, ["2", "1"]), (removed, ["1"])):
        write(tmp_path / "t", snapshot, "0")
        lists = open_lists(open_snapshot(tmp_path / "t", verify=True), knowledge)
        assert screen(who, lists, knowledge, today=TODAY)["entry_id"].to_list() == found


def test_documents_alone_are_added(tmp_path, knowledge):
    base = written(tmp_path / "base", [("1", "GARCIA, Ana")])
    more = written(tmp_path / "more", [("2", None, None, None, "P:X1234567:HND")])
    added = open_lists(
        add_lists(compile_lists(read_lists([base]), knowledge), read_lists([more]), knowledge), knowledge
    )
    paper = {"type": "P", "number": "X1234567", "issuer": "HND"}
    who = rows(TRAVELLERS, [{"record_id": "1", "full_name": "Nobody Known", "documents": [paper]}])
    found = screen(who, added, knowledge, today=TODAY)
    assert found.select("entry_id", "band").rows() == [("2", "exact-document")]


def test_the_order_in_which_entries_were_added_is_no_part_of_the_hash(tmp_path, knowledge):
    folders = [written(tmp_path / f"f{k}", [(str(k), f"GARCIA, Ana {k}")]) for k in range(3)]
    made = {}
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        snapshot = compile_lists(read_lists([folders[order[0]]]), knowledge)
        for k in order[1:]:
            snapshot = add_lists(snapshot, read_lists([folders[k]]), knowledge)
        made[order] = snapshot.hash
    assert len(set(made.values())) == 1
    assert compile_lists(read_lists(folders[:2]), knowledge).hash not in made.values()


def test_a_list_on_other_terms_is_refused_unless_it_is_given_whole(tmp_path, knowledge):
    base = written(tmp_path / "base", [("1", "GARCIA, Ana")], info='id = "mine"\nowner = "HND"\n')
    more = written(tmp_path / "more", [("2", "LOPEZ, Eva")])
    snapshot = compile_lists(read_lists([base]), knowledge)
    with pytest.raises(
        ConfigError, match=r"mine: its owner is 'UNKNOWN' here and 'HND' in the snapshot; put its list.toml"
    ):
        add_lists(snapshot, read_lists([more]), knowledge)
    assert add_lists(snapshot, read_lists([more]), knowledge, replace=True).lists[0].owner == "UNKNOWN"


def stacked(tmp_path, knowledge):
    base, more = (written(tmp_path / name, [(name, f"GARCIA, {name}")]) for name in ("ana", "eva"))
    write(tmp_path / "s", compile_lists(read_lists([base]), knowledge), "0")
    write(tmp_path / "t", add_lists(open_snapshot(tmp_path / "s"), read_lists([more]), knowledge), "0")
    return tmp_path / "s", tmp_path / "t"


def test_a_base_that_is_gone_or_another_one_is_told_with_its_path(tmp_path, knowledge):
    base, top = stacked(tmp_path, knowledge)
    write(base, compile_lists(read_lists([tmp_path / "eva"]), knowledge), "0")
    with pytest.raises(
        ConfigError, match=rf"t: it adds to {base}, which has changed since .* add to the new one again"
    ):
        open_snapshot(top)
    shutil.rmtree(base)
    with pytest.raises(ConfigError, match=rf"t: it adds to {base}, and no snapshot is there; put that back"):
        open_snapshot(top)


def test_a_snapshot_moved_over_its_base_is_told(tmp_path, knowledge):
    base, top = stacked(tmp_path, knowledge)
    write(top, add_lists(open_snapshot(base), read_lists([tmp_path / "ana"]), knowledge), "0")  # nothing new
    shutil.rmtree(base)
    top.rename(base)
    with pytest.raises(ConfigError, match="s: it stands where its base was; put both back"):
        open_snapshot(base)


def test_a_base_may_be_compiled_again_or_moved_with_what_stands_on_it(tmp_path, knowledge):
    base, top = stacked(tmp_path, knowledge)
    known = open_snapshot(top).hash
    write(base, compile_lists(read_lists([tmp_path / "ana"]), knowledge), "1")
    assert open_snapshot(top, verify=True).hash == known
    away = tmp_path / "away"
    away.mkdir()
    for each in (base, top):
        shutil.move(each, away / each.name)
    assert open_snapshot(away / "t", verify=True).hash == known


def test_damage_to_the_base_is_told_when_what_stands_on_it_is_verified(tmp_path, knowledge):
    base, top = stacked(tmp_path, knowledge)
    victim = base / "name_tokens.npy"
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(bytes(data))
    with pytest.raises(ConfigError, match=r"s/name_tokens.npy: missing or damaged"):
        open_snapshot(top, verify=True)


def test_what_a_snapshot_stands_on_is_never_written_over_by_it(tmp_path, knowledge):
    base, top = stacked(tmp_path, knowledge)
    new = add_lists(open_snapshot(top), read_lists([tmp_path / "eva"]), knowledge)
    for place in (base, top):
        with pytest.raises(StoreError, match="would stand on this one; choose another name"):
            write(place, new, "0")
    with pytest.raises(StoreError, match="is not written yet"):
        write(tmp_path / "u", add_lists(new, read_lists([tmp_path / "eva"]), knowledge), "0")
    assert json.loads((top / "manifest.json").read_text())["base"]["path"] == "s"


def test_other_rules_than_the_base_was_compiled_with_are_refused(tmp_path, knowledge):
    base, _ = stacked(tmp_path, knowledge)
    names = knowledge.config.names.__class__(**{**knowledge.config.names.__dict__, "spelling": 0.5})
    other = type(knowledge)(
        knowledge.tables, knowledge.config.__class__(**{**knowledge.config.__dict__, "names": names})
    )
    with pytest.raises(ConfigError, match="s: it was compiled with other name tables or settings"):
        add_lists(open_snapshot(base), read_lists([tmp_path / "eva"]), other)
