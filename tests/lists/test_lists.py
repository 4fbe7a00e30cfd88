import json
from datetime import date

import polars as pl
import pytest

from ops_hub.errors import ConfigError
from ops_hub.lists.births import birth
from ops_hub.lists.diff import diff, summary
from ops_hub.lists.native import read_native
from ops_hub.lists.ofac import read_ofac
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import open_snapshot, write
from ops_hub.lists.un import read_un
from ops_hub.pipeline import compile_lists, open_lists
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "first", "last", "approximate"),
    [
        ("1970-02-03", "1970-02-03", "1970-02-03", False), ("03 Feb 1970", "1970-02-03", "1970-02-03", False), ("1970-02", "1970-02-01", "1970-02-28", False),
        ("Feb 1972", "1972-02-01", "1972-02-29", False), ("1970", "1970-01-01", "1970-12-31", False), ("circa 1957", "1956-01-01", "1958-12-31", True),
        ("~1988", "1987-01-01", "1989-12-31", True), ("1957 to 1959", "1957-01-01", "1959-12-31", True), ("1978/1981", "1978-01-01", "1981-12-31", True),
        ("Jan 1961 to Dec 1962", "1961-01-01", "1962-12-31", True), ("circa 1979-1982", "1978-01-01", "1983-12-31", True), ("1960s", "1960-01-01", "1969-12-31", True),
    ],
)  # fmt: skip
def test_birth_dates_of_list_owners_are_understood(text, first, last, approximate):
    assert birth(text) == {
        "from": date.fromisoformat(first),
        "to": date.fromisoformat(last),
        "approximate": approximate,
    }


@pytest.mark.parametrize("text", ["", "unknown", "31 Feb 1970", "1970-13-01", "19700", "1990 to 1980", "0001"])
def test_what_is_no_birth_date_is_none(text):
    assert birth(text) is None


def native(tmp_path, text, name="mine.csv", info=None):
    (tmp_path / name).write_text(text, encoding="utf-8")
    if info:
        (tmp_path / "list.toml").write_text(info, encoding="utf-8")
    (read,) = read_lists([tmp_path])
    return read


def test_an_owners_csv_carries_names_births_documents_and_terms(tmp_path):
    read = native(
        tmp_path,
        'entry_id,name,aliases,weak_aliases,birth_date,sex,nationality,documents,handling,crime_types,valid_until\n'
        '7,"GARCIA, Ana","Ana G;GARCÍA LÓPEZ, Ana",Anita,1970;~1980,f,Honduras;USA,P:X1:HN;I:9:USA:stolen,protect,a;b,2027-01-01\n',
        info='id = "hnd-1"\nowner = "HND"\npurpose = "missing"\nhandling = "enforce"\ncaveats = ["owner-only"]\n',
    )  # fmt: skip
    row = read.entries.row(0, named=True)
    assert [(n["full"], n["family"], n["quality"]) for n in row["names"]] == [
        ("GARCIA, Ana", "GARCIA", "primary"), ("Ana G", None, "strong"), ("GARCÍA LÓPEZ, Ana", "GARCÍA LÓPEZ", "strong"), ("Anita", None, "weak"),
    ]  # fmt: skip
    assert (row["list_id"], row["owner"], row["purpose"], row["handling"], row["caveats"], row["sex"]) == (
        "hnd-1",
        "HND",
        "missing",
        "protect",
        ["owner-only"],
        "F",
    )
    assert row["nationalities"] == ["HND", "USA"]
    assert [(d["number"], d["issuer"], d["status"]) for d in row["documents"]] == [
        ("X1", "HND", None),
        ("9", "USA", "stolen"),
    ]
    assert (len(row["births"]), row["valid_until"]) == (2, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2,,,,", "neither a name nor a document"), (",B,,,", "entry_id is missing"), ("1,again,,,", "stands twice"), ("2,B", "2 fields instead of 5"),
        ("2,,,,P", "neither a name nor a document; document P is not"),
    ],
)  # fmt: skip
def test_an_unusable_entry_is_rejected_with_its_line_and_the_others_stay(tmp_path, line, said):
    read = native(tmp_path, f"entry_id,name,birth_date,handling,documents\n1,A,,,\n{line}\n3,C,,,\n")
    assert read.entries["entry_id"].to_list() == ["1", "3"]
    (reject,) = read.rejects.to_dicts()
    assert said in reject["detail"]
    assert (reject["position"], reject["kind"]) == (3, "record")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2,B,31-02-1970,,", "birth_date 31-02-1970"), ("2,B,,hunt,", "handling is hunt"), ("2,B,,,P:1:HND:burnt", "document status is burnt"),
        ("2,B,,,P:B9..A1:HND", "must run upwards"),
    ],
)  # fmt: skip
def test_a_wrong_field_never_hides_a_listed_person(tmp_path, line, said):
    read = native(tmp_path, f"entry_id,name,birth_date,handling,documents\n1,A,,,\n{line}\n")
    assert read.entries["entry_id"].to_list() == ["1", "2"]
    (reject,) = read.rejects.to_dicts()
    assert said in reject["detail"]
    assert (reject["position"], reject["kind"]) == (3, "note")


def test_json_and_toml_lists_say_the_same_as_csv(tmp_path):
    said = {"entry_id": "1", "name": "GARCIA, Ana", "aliases": ["X Y"], "birth_date": "1970", "documents": ["P:X1:HND"]}
    forms = {
        "a.ndjson": json.dumps(said) + "\n",
        "a.toml": '[[entry]]\nentry_id = "1"\nname = "GARCIA, Ana"\naliases = ["X Y"]\nbirth_date = "1970"\ndocuments = ["P:X1:HND"]\n',
        "a.csv": 'entry_id,name,aliases,birth_date,documents\n1,"GARCIA, Ana",X Y,1970,P:X1:HND\n',
    }
    hashes = set()
    for name, text in forms.items():
        folder = tmp_path / name
        folder.mkdir()
        hashes.add(native(folder, text, name).entries["entry_hash"][0])
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"x.txt": "hello"}, "no list was found"), ({"x.csv": "a,b\n1,2\n"}, "format of this list is not known"), ({"x.xml": "<html></html>"}, "not the UN"),
        ({"x.csv": "entry_id,nom\n1,A\n"}, "unknown column nom"), ({"x.csv": "entry_id,name\n1,A\n", "list.toml": 'handlng = "x"'}, "did you mean handling"),
        ({"x.csv": "entry_id,name\n1,A\n", "list.toml": 'handling = "hunt"'}, "use one of enforce"), ({"x.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>"}, "cannot be read as the consolidated"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_the_place_and_what_is_accepted(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_lists([tmp_path])


def test_two_lists_of_one_id_are_refused(tmp_path):
    for folder, owner in (("a", "HND"), ("b", "GTM")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text("entry_id,name\n1,A\n")
        (tmp_path / folder / "list.toml").write_text(f'id = "same"\nowner = "{owner}"\n')
    with pytest.raises(ConfigError, match="two different lists have this id"):
        read_lists([tmp_path])


def test_the_real_ofac_list_is_read_whole(real_data):
    read = read_ofac(real_data / "ofac")
    lines = [
        line
        for line in (real_data / "ofac" / "sdn.csv").read_text(encoding="latin-1").splitlines()
        if ',"individual",' in line
    ]
    assert read.entries.height == len(lines) == read.info.counts["persons"]
    assert int((read.entries["births"].list.len() > 0).sum()) == sum("DOB " in line for line in lines)
    assert int((read.entries["sex"].is_not_null()).sum()) == sum(
        "Gender Male" in line or "Gender Female" in line for line in lines
    )
    assert all(n["family"] for n in read.entries["names"].list.first().to_list() if "," in n["full"])


def test_the_real_un_list_is_read_whole(real_data):
    read = read_un(real_data / "un" / "consolidated.xml")
    text = (real_data / "un" / "consolidated.xml").read_text(encoding="utf-8")
    assert read.entries.height == text.count("<INDIVIDUAL>")
    assert read.entries["names"].list.eval(pl.element().struct.field("quality") == "weak").explode().sum() >= 600
    assert int((read.entries["births"].list.len() > 0).sum()) >= 670


def test_a_snapshot_opens_as_it_was_written_and_a_flipped_byte_is_told(tmp_path, knowledge):
    snapshot = compile_lists(read_lists([ROOT / "watchlists"]), knowledge)
    path = tmp_path / "lists.snapshot"
    write(path, snapshot, "0")
    write(path, snapshot, "0")
    again = open_snapshot(path, verify=True)
    assert again.hash == snapshot.hash
    assert again.entries.equals(snapshot.entries)
    open_lists(again, knowledge)
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace("sample", "simple", 1))
    with pytest.raises(ConfigError, match="manifest.json: damaged"):
        open_snapshot(path, verify=True)
    write(path, snapshot, "0")
    victim = path / "name_tokens.npy"
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(bytes(data))
    with pytest.raises(ConfigError, match="missing or damaged"):
        open_snapshot(path, verify=True)
    victim.write_bytes(bytes(data[:-1]))
    with pytest.raises(ConfigError, match="name_tokens.npy"):
        open_snapshot(path)


def test_diff_says_what_was_added_changed_and_removed(tmp_path):
    one = native(tmp_path, "entry_id,name,birth_date\n1,A,1970\n2,B,1971\n").entries
    two = native(tmp_path, "entry_id,name,birth_date\n2,B,1972\n3,C,1973\n").entries
    assert diff(one, two).select("entry_id", "change", "columns").rows() == [
        ("3", "added", None),
        ("2", "changed", ["births"]),
        ("1", "removed", None),
    ]
    assert diff(one, one).is_empty()


def test_a_summary_counts_what_a_list_holds():
    lists = read_lists([ROOT / "watchlists"])
    said = {line["list"]: line for each in lists for line in summary(each.entries, (each.info,))}
    assert said["region-documents"]["documents"] == {"lost": 2, "revoked": 1, "stolen": 3, "stolen-blank": 1}
    assert said["usa-sample"]["left_out"] == {"organisations": 2}
    assert said["jam-missing"]["handling"] == {"protect": 6}


@pytest.mark.parametrize("inside", ['"broken,A,,,', 'B,"a ""quoted"" word,,,', '7,"X,,,'])
def test_a_quote_that_is_never_closed_costs_its_own_line_and_no_other(tmp_path, inside):
    around = "".join(f'{k},"Name, {k}",,,\n' for k in range(1, 6))
    after = "".join(f'{k},"Name, {k}",,,\n' for k in range(10, 16))
    read = native(tmp_path, f"entry_id,name,birth_date,handling,documents\n{around}{inside}\n{after}")
    assert read.entries["entry_id"].to_list() == [*map(str, range(1, 6)), *map(str, range(10, 16))]
    (reject,) = read.rejects.to_dicts()
    assert reject["position"] == 7
    assert "quote" in reject["detail"]


def test_a_quoted_field_may_hold_line_ends(tmp_path):
    read = native(tmp_path, 'entry_id,name,remarks\n1,A,"first\nsecond"\n2,"B\nb",\n"3\n",C,x\n')
    assert read.entries["entry_id"].to_list() == ["1", "2", "3"]
    assert read.entries["remarks"][0] == "first\nsecond"


def test_one_line_that_is_no_utf8_is_read_all_the_same_and_told(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes("entry_id,name\n1,Ana\n2,Jos\xe9\n3,Zo\xeb\n".encode("cp1252") + "4,Łukasz\n".encode())
    read = read_native(path)
    assert [each[0]["full"] for each in read.entries["names"]] == ["Ana", "José", "Zoë", "Łukasz"]
    assert read.rejects.select("position", "kind", "reason").rows() == [
        (3, "note", "not-utf8"),
        (4, "note", "not-utf8"),
    ]


def test_utf16_as_spreadsheets_write_it_is_read(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes("entry_id,name\r\n1,José\r\n".encode("utf-16"))
    (read,) = read_lists([path])
    assert read.entries["names"][0][0]["full"] == "José"


def test_an_entry_without_a_name_that_can_be_compared_is_kept_and_told(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("entry_id,name,documents\n1,,P:AB123:JAM\n2,\U0001f600,\n3,Ana,\n")
    (read,) = read_lists([path])
    assert read.entries.height == 3
    assert [("only its documents" in each, "nothing of it" in each) for each in read.rejects["detail"]] == [
        (True, False),
        (False, True),
    ]
