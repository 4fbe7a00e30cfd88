"""Files cut into units say what the whole file says: record by record, position by position, reject by reject."""

from __future__ import annotations

import random
from datetime import date

import pytest

from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source
from ops_hub.feeds.units import message_units, read_unit
from ops_hub.schemas import REJECTS, TRAVELLERS, rows
from tests.conftest import ROOT

SOURCE = Source("file.edi", date(2026, 11, 23), b"key")
FILES = [path.read_bytes() for path in sorted((ROOT / "sample_feeds").glob("*.edi"))]


def cut(data):
    people, lost, units = [], [], 0
    for piece in message_units(data, SOURCE):
        units += 1
        if piece.data is None:
            lost += piece.rejects.to_dicts()
        else:
            found = read_unit(piece.data, piece.shift, SOURCE)
            people += found.travellers
            lost += found.rejects
    return rows(TRAVELLERS, people), rows(REJECTS, lost), units


def assert_same(data):
    whole = parse_edifact(data, SOURCE)
    people, lost, units = cut(data)
    assert people.equals(rows(TRAVELLERS, whole.travellers))
    order = list(REJECTS)
    assert lost.sort(order).equals(rows(REJECTS, whole.rejects).sort(order))
    return units


def test_a_file_of_many_interchanges_is_cut_into_its_messages():
    messages = sum(data.count(b"UNH") for data in FILES)
    assert assert_same(b"\r\n".join(FILES)) >= messages


@pytest.mark.parametrize("seed", range(40))
def test_damage_anywhere_changes_nothing_about_that(seed):
    chance = random.Random(seed)
    data = bytearray(b"\n".join(chance.sample(FILES, 3)))
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.choice(b"'+:?*$&AUNHZT\n\x00")
            case 1:
                del data[at : at + chance.randrange(1, 60)]
            case 2:
                data[at:at] = chance.choice(
                    [b"UNH+", b"UNZ+1+1'", b"'UNB+UNOA:4", b"UNT+1+1'", b"?", b"'", b"UNA:+.? '"]
                )
            case _:
                data = data[: max(200, at)]
    assert_same(bytes(data))
