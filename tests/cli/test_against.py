"""`ops-hub match --against`: what an officer is told about one pair, hit or not."""

import json

import pytest

from tests.cli.test_cli import run
from tests.conftest import ROOT

OWN = """entry_id,name,weak_aliases,birth_date,sex,nationality,documents,valid_from,valid_until
1,"PAREDES, Lucia Marta",,1990-02-03,F,HND,P:Z999888:HND,,2025-01-01
2,"ORTIZ, Sol",,~1990;1992-05-06,M,,,2027-01-01,
3,"ORTIZ GOMEZ, Sol",Pinto,1990,M,GTM,,,
"""


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    path = tmp_path_factory.mktemp("lists") / "own.csv"
    path.write_text(OWN)
    return ["-w", ROOT / "watchlists", "-w", path, "--today", "2026-11-23"]


@pytest.mark.parametrize(
    ("asked", "entry", "said"),
    [
        (["REYES, Jose", "--dob", "1985-05-06"], "HND-W-13", "0.64, and 0.70 is needed. What weighs most: the birth date differs, 1985-05-06 here and 1981 in the list (-0.33)"),
        (["REYES, Marta"], "HND-W-13", "the names contradict each other, MARTA here and JOSE in the list (-0.6"),
        (["Smith, John"], "HND-W-11", "no part of one name is like a part of the other, JOHN SMITH here and OSCAR RENAN VILLALOBOS PINEDA in the list"),
        (["ORTIZ", "--dob", "1991"], "own/3", "only in the list stands SOL GOMEZ (-0.3"),
        (["ORTIZ GOMEZ ZELAYA PINEDA ROJAS, Sol", "--dob", "1991"], "own/3", "only here stands ZELAYA PINEDA ROJAS (-0.3"),
        (["Pinto", "--dob", "1993"], "own/3", "the birth date differs, 1993 here and 1990 in the list (-0.33)"),
        (["Smith, John"], "DOC-0001", "the entry is about documents alone, and none of them was shown"),
        (["Smith, John", "--document", "P:A3301129:JAM"], "DOC-0001", "the entry is about documents alone, and none of them was shown"),
        (["!!!", "--document", "P:A3301129:JAM"], "JAM-M-01", "there is no name to compare"),
        (["PAREDES, Lucia"], "own/1", "no hit: the entry was valid until 2025-01-01, no longer on 2026-11-23"),
        (["Nobody", "--document", "P:Z999888:HND"], "own/1", "no hit: the entry was valid until 2025-01-01"),
        (["ORTIZ, Sol", "--dob", "1999"], "own/2", "1999 here and 1989-01-01 to 1991-12-31 or 1992-05-06 in the list (-0.33); besides, the entry is valid from 2027-01-01, not yet on"),
    ],
)  # fmt: skip
def test_the_heaviest_reason_why_a_pair_is_no_hit_is_told_in_words(lists, asked, entry, said):
    told = run("match", *asked, "--against", entry, *lists).output
    assert said in told
    assert told.count("no hit:") == 1
    assert told.startswith("1. ")
    assert "None" not in told
    (found,) = json.loads(run("match", *asked, "--against", entry, *lists, "--json").output)
    assert found["band"] == "none"
    assert found["no_hit"] in told


@pytest.mark.parametrize(
    ("asked", "entry", "band"),
    [
        (["REYES, Jose"], "HND-W-13", "high"),
        (["VILLALOBOS"], "hnd-wanted/HND-W-11", "review"),
        (["Smith, John", "--document", "P:E1150873:HND"], "HND-W-11", "exact-document"),
        (["Smith, John", "--document", "P:A3301128:JAM"], "DOC-0001", "exact-document"),
        (["BRISSETT, A"], "JAM-M-01", "review"),
    ],
)
def test_a_pair_that_is_a_hit_is_the_hit_that_screening_gives(lists, asked, entry, band):
    told = run("match", *asked, "--against", entry, *lists).output
    assert "no hit" not in told
    (one,) = json.loads(run("match", *asked, "--against", entry, *lists, "--json").output)
    assert (one["band"], one["no_hit"]) == (band, None)
    every = json.loads(run("match", *asked, *lists, "--threshold", "0.7", "--json").output)
    (same,) = [hit for hit in every if hit["entry_id"] == one["entry_id"]]
    assert same == {key: one[key] for key in same}


def test_a_protected_person_is_named_as_one_and_never_a_suspect(lists):
    told = run("match", "BRISSETT, Aaliyah", "--against", "JAM-M-01", *lists).output
    assert "a person to be protected: follow the protection route, not enforcement" in told
    assert "suspect" not in told
    missed = run("match", "BRISSETT, Aaliyah", "--dob", "1999-01-01", "--against", "JAM-M-01", *lists).output
    assert "no hit: 0.6" in missed
    assert "protect]" in missed


def test_a_threshold_moves_what_is_a_hit(lists):
    asked = ["match", "REYES, Jose", "--dob", "1985-05-06", "--against", "HND-W-13", *lists]
    assert "no hit: 0.64, and 0.65 is needed" in run(*asked, "--threshold", "0.65").output
    assert "no hit" not in run(*asked, "--threshold", "0.6").output


def test_an_id_that_stands_in_two_lists_is_answered_for_both(lists, tmp_path):
    (tmp_path / "more.csv").write_text('entry_id,name\n3,"PINTO, Rosa"\n')
    told = run("match", "Rosa Pinto", "--against", "3", *lists, "-w", tmp_path / "more.csv").output
    assert told.index("[more 3") < told.index("[own 3")


@pytest.mark.parametrize("entry", ["NOPE", "jam-missing/HND-W-13", ""])
def test_an_entry_that_no_list_has_is_told(lists, entry):
    result = run("match", "REYES, Jose", "--against", entry, *lists, code=2)
    assert "no list here has this entry; give the entry's id, or LIST/ID" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
