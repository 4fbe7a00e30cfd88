"""Names that go wrong, on either side: nothing crashes, nothing is lost, and whoever can be found is found."""

from __future__ import annotations

import json
import time
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from benchmarks.bad_names import BAD_NAMES, HALF, Naming, always, births, turned
from ops_hub.cli.main import main
from ops_hub.exercise.paxlst_writer import paxlst
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.info import ListRead
from ops_hub.lists.reading import read_lists
from ops_hub.normalise.names import MAX_LETTERS, MAX_TOKENS
from ops_hub.normalise.people import travellers_people
from ops_hub.pipeline import Knowledge, Lists, add_lists, compile_lists, look_up, open_lists, screen
from ops_hub.schemas import TRAVELLERS, rows
from tests.conftest import TODAY

LISTED = {"entry_id": "E-1", "name": "QUESADA, Ilda", "birth_date": "1980-02-03"}
TRAVELLER = {"family_name": "QUESADA", "given_names": "ILDA", "birth_date": "1980-02-03"}
ODD = BAD_NAMES | {
    "half of a surrogate pair": f"QUINTANA{HALF}",
    "a break of lines": "QUINTANA\nROO",
    "another sign for a break of lines": "QUINTANA\u2028ROO",
    "nothing but commas": ",,,,",
    "quotes": 'O""BRIEN "X',
    "a null byte": "QUINTANA\x00ROO",
    "fourteen initials": " ".join("ABCDEFGHIJKLMN"),
    "one sign that stands for eighteen": "\ufdfa" * 400,
    "markup": "</script><script>alert(1)</script>",
}
EMPTY = {"empty", "blank"}
# No letter is left of these: they count as nameless, and no name is like them.
NAMELESS = {
    "one sign", "emoji", "zero-width joiners", "combining marks alone", "digits alone", "filler signs", "nothing but commas",
}  # fmt: skip
# Too little is left of these to tell one person from another: not even the same name is a hit.
TOO_LITTLE = {"one letter", "marks upon marks", "fourteen initials"}


def write_list(path: Path, entries: list[dict[str, str]]) -> ListRead:
    """Return a list of these entries, read from CSV or NDJSON by the path's suffix; nothing of it may be lost."""
    if path.suffix == ".csv":
        pl.DataFrame(entries).write_csv(path)
    else:
        path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    (found,) = read_lists([path])
    assert found.entries.height + found.rejects.filter(pl.col("kind") == "record").height == len(entries)
    return found


def ready(found: ListRead, knowledge: Knowledge) -> Lists:
    return open_lists(compile_lists([found], knowledge), knowledge)


def bad_entries(names: dict[str, str]) -> list[dict[str, str]]:
    """Return an entry of each name, and the one worth finding in the middle."""
    entries = [{"entry_id": kind, "name": name, "birth_date": "1970-01-01"} for kind, name in names.items()]
    return [*entries[:9], LISTED, *entries[9:]]


def in_text(names: dict[str, str]) -> dict[str, str]:
    """Return the names that can stand in a file of UTF-8."""
    return {kind: name for kind, name in names.items() if HALF not in name}


def screened(travellers: list[dict[str, str]], lists: Lists, knowledge: Knowledge) -> pl.DataFrame:
    numbered = [{"record_id": str(number)} | row for number, row in enumerate(travellers)]
    return screen(rows(TRAVELLERS, numbered), lists, knowledge, today=TODAY)


@pytest.fixture(scope="module")
def bad_list(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Lists:
    """One person worth finding among entries of every bad name."""
    return ready(write_list(tmp_path_factory.mktemp("lists") / "list.ndjson", bad_entries(ODD)), knowledge)


def feed(folder: Path, kind: str) -> tuple[Path, int]:
    """Return a feed of every bad name, with one traveller who is listed in the middle, and how many travel in it."""
    names = list((ODD if kind == "ndjson" else in_text(ODD)).values())
    people = [{"family_name": "", "given_names": name, "birth_date": "1980-02-03"} for name in names]
    people = [*people[:9], TRAVELLER, *people[9:]]
    path = folder / f"feed.{kind}"
    if kind == "edi":
        fixed = {
            **dict.fromkeys(("sex", "document_type", "document_number", "document_issuer"), ""),
            "flight": "ZZ100", "from_port": "POS", "to_port": "BGI", "nationality": "HND", "booking_ref": "QW8T4M",
        }  # fmt: skip
        frame = pl.DataFrame([{"record_id": f"r{i}"} | person | fixed for i, person in enumerate(people)])
        frame = frame.with_columns(departs_at=pl.datetime(2026, 11, 20), document_expires=pl.date(2031, 5, 1))
        path.write_text("".join(paxlst(frame, TODAY)), newline="")
    elif kind == "ndjson":
        path.write_text("".join(json.dumps(person) + "\n" for person in people))
    else:
        frame = pl.DataFrame(people)
        _ = frame.write_csv(path) if kind == "csv" else frame.write_parquet(path)
    return path, len(people)


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson", "edi"])
def test_every_bad_name_is_screened_or_rejected_with_a_reason_and_the_listed_one_among_them_is_found(
    tmp_path: Path, bad_list: Lists, knowledge: Knowledge, kind: str
) -> None:
    path, sent = feed(tmp_path, kind)
    batches = list(read([path], ReadOptions(TODAY, b"key")))
    travellers = pl.concat([batch.travellers for batch in batches])
    rejects = pl.concat([batch.rejects for batch in batches]).filter(pl.col("kind") == "record")
    assert travellers.height + rejects.height == sent == sum(i.records_in for b in batches for i in b.inputs)
    assert rejects["reason"].to_list() == ["no-name"] * len(EMPTY)
    for reject in rejects.iter_rows(named=True):
        assert (reject["source"], reject["position"] > 0) == (path.name, True)
        assert "neither name nor document" in reject["detail"]
        assert reject["raw"]
    hits = screen(travellers, bad_list, knowledge, today=TODAY)
    assert "E-1" in hits.filter(pl.col("family_name") == "QUESADA")["entry_id"].to_list()
    nameless = travellers_people(travellers, knowledge.tables, knowledge.config.names).nameless
    assert nameless.sum() == len(NAMELESS)


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_a_bad_name_on_a_list_stops_no_other_entry_and_an_empty_one_is_told_with_its_line(
    tmp_path: Path, knowledge: Knowledge, kind: str
) -> None:
    entries = bad_entries(ODD if kind == "ndjson" else in_text(ODD))
    found = write_list(tmp_path / f"list.{kind}", entries)
    lines = {entry["entry_id"]: line for line, entry in enumerate(entries, 1 if kind == "ndjson" else 2)}
    assert found.entries["entry_id"].sort().to_list() == sorted(lines.keys() - EMPTY)
    lost = found.rejects.filter(pl.col("kind") == "record")
    assert lost["position"].to_list() == [lines[each] for each in lines if each in EMPTY]
    assert set(lost["source"]) == {f"list.{kind}"}
    assert lost["detail"].str.contains("neither a name nor a document").all()
    best = screened([TRAVELLER], ready(found, knowledge), knowledge).row(0, named=True)
    assert (best["entry_id"], best["birth_agreement"], best["band"]) == ("E-1", "exact", "high")


@pytest.mark.parametrize("kind", [kind for kind in ODD if kind not in EMPTY])
def test_a_list_of_one_bad_name_is_searched_by_it_and_added_to(tmp_path: Path, knowledge: Knowledge, kind: str) -> None:
    bad = {"entry_id": "BAD", "name": ODD[kind]}
    base = compile_lists([write_list(tmp_path / "list.ndjson", [bad])], knowledge)
    more = add_lists(base, [write_list(tmp_path / "list.ndjson", [bad, LISTED])], knowledge)
    lists = open_lists(more, knowledge)
    name = ODD[kind].encode("utf-8", "replace").decode()
    found = screened([TRAVELLER, {"full_name": name}], lists, knowledge)
    assert found.filter(pl.col("record_id") == "0")["entry_id"].to_list() == ["E-1"]
    itself = [] if kind in NAMELESS | TOO_LITTLE else ["BAD"]
    assert found.filter(pl.col("record_id") == "1")["entry_id"].to_list() == itself
    assert bool(look_up(None, name, lists, knowledge)) == bool(itself)


def test_signs_that_nobody_sees_hide_no_listed_person_whichever_side_has_them(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    signs = ["\u200b", "\u200d", "\u00ad", "\u200f", "\u202e", "\ufeff", "\u0301", "\x00", "\x07", "\x85", "\U0001f600"]
    hidden = [form.format(sign) for sign in signs for form in ("QUE{}SADA", "{}QUESADA", "QUESADA{}")]
    plain = ready(write_list(tmp_path / "one.ndjson", [LISTED]), knowledge)
    found = screened([TRAVELLER | {"family_name": name} for name in hidden], plain, knowledge)
    assert found["record_id"].to_list() == [str(number) for number in range(len(hidden))]
    entries = [{"entry_id": str(number), "name": f"{name}, Ilda"} for number, name in enumerate(hidden)]
    odd = ready(write_list(tmp_path / "many.ndjson", entries), knowledge)
    assert screened([TRAVELLER], odd, knowledge)["entry_id"].n_unique() == len(hidden)


def test_of_a_name_of_500_tokens_the_first_fourteen_are_kept_and_decide(tmp_path: Path, knowledge: Knowledge) -> None:
    name = BAD_NAMES["500 tokens"]
    frame = rows(TRAVELLERS, [{"record_id": "1", "full_name": name}])
    names = travellers_people(frame, knowledge.tables, knowledge.config.names).names
    kept = [names.words[token] for token in names.tokens]
    assert kept == name.split()[:MAX_TOKENS]
    assert len(" ".join(kept)) < MAX_LETTERS
    entries = [
        {"entry_id": "beginning", "name": " ".join(kept)},
        {"entry_id": "another end", "name": " ".join([*kept, "WHATEVER", "FOLLOWS"])},
        {"entry_id": "what is cut off", "name": " ".join(name.split()[MAX_TOKENS : 2 * MAX_TOKENS])},
    ]
    lists = ready(write_list(tmp_path / "list.ndjson", entries), knowledge)
    assert set(screened([{"full_name": name}], lists, knowledge)["entry_id"]) == {"beginning", "another end"}


def test_a_list_where_ten_thousand_share_one_name_gives_the_one_who_was_born_that_day(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    days = births(10_000)
    assert len(set(days)) == 10_000
    shared = [{"entry_id": f"E{i}", "name": "GARCIA, Jose", "birth_date": day} for i, day in enumerate(days)]
    lists = ready(write_list(tmp_path / "list.csv", shared), knowledge)
    asked = range(0, 10_000, 500)
    frame = {"family_name": "GARCIA", "given_names": "JOSE"}
    found = screened([frame | {"birth_date": days[i]} for i in asked], lists, knowledge)
    exact = found.filter(pl.col("birth_agreement") == "exact")
    assert exact["entry_id"].to_list() == [f"E{i}" for i in asked]
    assert exact["score"].to_list() == [found["score"].max()] * len(asked)
    as_likely = found.filter(pl.col("score") == pl.col("score").max())["birth_agreement"]
    assert set(as_likely) <= {"exact", "swapped"}


def cost(naming: Naming, sizes: tuple[int, int], folder: Path, knowledge: Knowledge) -> float:
    """Return the processor time, of three runs the best, of so many travellers and entries named like this."""
    travellers, entries = sizes
    people = [{"full_name": naming(i), "birth_date": day} for i, day in enumerate(births(travellers))]
    frame = rows(TRAVELLERS, [{"record_id": str(i)} | person for i, person in enumerate(people)])
    listed = [{"entry_id": f"E{i}", "name": naming(i), "birth_date": day} for i, day in enumerate(births(entries))]
    found = write_list(folder / "list.ndjson", listed)
    taken = []
    for _ in range(3):
        begin = time.process_time()
        screen(frame, ready(found, knowledge), knowledge, today=TODAY)
        taken.append(time.process_time() - begin)
    return min(taken)


def mixed(i: int) -> str:
    """Return bad names by turns, those of one kind beginning at different letters."""
    names = [name for name in in_text(ODD).values() if name.strip()]
    return turned(names[i % len(names)])(i // len(names))


@pytest.mark.parametrize("naming", [always("JOSE GARCIA"), mixed], ids=["one name for all", "all kinds, few alike"])
@pytest.mark.parametrize("side", ["travellers", "entries"])
def test_time_grows_no_faster_than_the_number_of_bad_names(
    tmp_path: Path, knowledge: Knowledge, naming: Naming, side: str
) -> None:
    once, four_times = (
        cost(naming, (size, 10) if side == "travellers" else (10, size), tmp_path, knowledge) for size in (1_500, 6_000)
    )
    assert four_times < 8 * max(once, 0.05)  # four times as many: 4 if linear, 16 if quadratic


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_run_accounts_for_every_bad_name_and_tells_how_many_cannot_be_compared(tmp_path: Path) -> None:
    path, sent = feed(tmp_path, "csv")
    write_list(tmp_path / "list.ndjson", bad_entries(ODD))
    done = run("watchlist", "compile", tmp_path / "list.ndjson", "--out", tmp_path / "s.snapshot")
    assert done.exit_code == 0, done.output
    assert f"{len(ODD) - len(EMPTY) + 1} entries" in done.output
    assert done.stderr.count("neither a name nor a document") == len(EMPTY)
    assert "list.ndjson:1: " in done.stderr
    done = run("screen", path, "--watchlist", tmp_path / "s.snapshot", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    account = json.loads((tmp_path / "out" / "run.json").read_text())
    assert account["records_in"] == account["screened"] + account["rejected"] == sent
    assert account["rejected"] == pl.read_csv(tmp_path / "out" / "rejects.csv").height == len(EMPTY)
    assert account["nameless"] == len(NAMELESS)
    assert f"{account['nameless']} travellers have no name that can be compared" in done.output
    hits = pl.read_parquet(tmp_path / "out" / "hits.parquet")
    assert ("QUESADA", "E-1") in hits.select("family_name", "entry_id").rows()


@pytest.mark.parametrize("kind", sorted(EMPTY | NAMELESS | {"half of a surrogate pair"}))
def test_a_question_without_a_letter_is_refused_and_says_so(tmp_path: Path, kind: str) -> None:
    write_list(tmp_path / "list.ndjson", [LISTED])
    name = HALF if kind == "half of a surrogate pair" else ODD[kind]
    done = run("match", "--watchlist", tmp_path / "list.ndjson", "--", name)
    assert done.exit_code == 2, done.output
    assert "there is no letter in it, so nobody can be looked for" in done.stderr


def test_a_line_of_a_list_too_deep_to_be_read_is_told_and_stops_no_other(tmp_path: Path, knowledge: Knowledge) -> None:
    path = tmp_path / "list.ndjson"
    deep = '{"entry_id": "deep", "name": ' + "[" * 200_000 + "]" * 200_000 + "}"
    path.write_text(deep + '\n{"entry_id": "E-1", "name": "QUESADA, Ilda"}\n')
    (read,) = read_lists([path])
    assert read.entries["entry_id"].to_list() == ["E-1"]
    assert "too deep" in read.rejects["detail"][0]
