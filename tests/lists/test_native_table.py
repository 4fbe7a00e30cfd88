"""The quick reader of list tables gives what reading row by row gives."""

import random

import pytest

from ops_hub.lists import native, native_table

COLUMNS = ["entry_id", "kind", "name", "family_name", "given_names", "aliases", "weak_aliases", "birth_date", "sex", "nationality",
           "birth_place", "documents", "handling", "purpose", "crime_types", "caveats", "owner", "valid_from", "remarks"]  # fmt: skip
CELLS = {
    "kind": ["", "person", "document", "vessel"],
    "name": ["SMITH, John", "Ana María Pérez", "GARCÍA LÓPEZ, Ana", "X,", ", Y", "", "  LEE ,  Bo  ", "Abdul; Karim"],
    "family_name": ["", "", "", "Muñoz"], "given_names": ["", "", "", "José Luis"],
    "aliases": ["", "", "JONES, J; Johnny ;;", "Pepe"], "weak_aliases": ["", "", "the Boss; El Jefe"],
    "birth_date": ["", "1970-02-03", "1970", "1970-02; 1971", "~1980", "1970-13-40", "soon"],
    "sex": ["", "M", "f", "?"], "nationality": ["", "HND", "Honduras", "hnd; GTM", "Atlantis"],
    "birth_place": ["", "San Pedro Sula"],
    "documents": ["", "P:X123456:HND", "P:X123456", "I:AB 1:GTM", "P:A100..A199:BLZ:stolen-blank", "P:X1:ZZZ", "nonsense"],
    "handling": ["", "enforce", "protect", "shoot"], "purpose": ["", "smuggling"], "crime_types": ["", "a; b"], "caveats": ["", "no copies"],
    "owner": ["", "HND"], "valid_from": ["", "2026-01-31", "2026-99-99"], "remarks": ["", "seen twice", "a, b"],
}  # fmt: skip


def written(rng, n, delimiter, tail="\n"):
    lines = [delimiter.join(COLUMNS)]
    for k in range(n):
        cells = [f"E{k}" if column == "entry_id" else rng.choice(CELLS[column]) for column in COLUMNS]
        if rng.random() < 0.01:
            cells[0] = ""
        lines.append(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells))
    return tail.join(lines) + tail


@pytest.mark.parametrize(("delimiter", "tail"), [(",", "\n"), (";", "\r\n"), ("\t", "\n")])
@pytest.mark.parametrize("more", ["", "E1,again\n", 'E9999,person,"BAD "" QUOTE"\n', "\n\nE9998\n"])
def test_quick_and_slow_readers_agree(tmp_path, monkeypatch, delimiter, tail, more):
    path = tmp_path / "list.csv"
    path.write_text(
        written(random.Random(7), 600, delimiter, tail) + more.replace("\n", tail), encoding="utf-8-sig", newline=""
    )
    monkeypatch.setattr(native_table, "MIN_BYTES", 1 << 40)
    slow = native.read_native(path)
    monkeypatch.setattr(native_table, "MIN_BYTES", 0)
    quick = native.read_native(path)
    assert quick.entries.equals(slow.entries)
    assert quick.info == slow.info
    key = ["position", "reason", "detail"]
    assert quick.rejects.sort(key).select(key).equals(slow.rejects.sort(key).select(key))


def test_everyday_rows_are_read_in_columns(tmp_path, monkeypatch):
    path = tmp_path / "list.csv"
    path.write_text('entry_id,name,birth_date\nA,"SMITH, John",1970-02-03\nB,X,never\n')
    monkeypatch.setattr(native_table, "MIN_BYTES", 0)
    plain, others = native_table.plain_rows(path, ",", native._READERS)
    assert plain["entry_id"].to_list() == ["A"]
    assert others["entry_id"].to_list() == ["B"]
