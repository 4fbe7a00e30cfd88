import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_hub.normalise.names import MAX_TOKENS, _split, distinct_names
from ops_hub.normalise.tables import name_tables
from ops_hub.normalise.tokens import fold, latin, skeleton, split
from tests.matching.helpers_names import names_of


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("O'BRIEN-SMITH", ["OBRIEN", "SMITH"]), ("JOHNMR", ["JOHN"]), ("AMR", ["AMR"]), ("CHARLESMRS", ["CHARLES"]), ("ABDELKADER", ["ABD", "KADER"]),
        ("ABDURRAHMAN", ["ABD", "RAHMAN"]), ("Abdullah", ["ABD", "ALLAH"]), ("SEIFALLAH", ["SEIF", "ALLAH"]), ("ABDIRASHID", ["ABD", "RASHID"]), ("ALOTAIBI", ["AL", "OTAIBI"]), ("ALBERTO", ["ALBERTO"]), ("سيف الله", ["syf", "ALLAH"]), ("عبدالله", ["ABD", "ALLAH"]), ("صحراوي", ["s'hrwy"]), ("NOUREDDINE", ["NOUR", "DIN"]), ("習近平", ["XI", "JIN", "PING"]),
        ("김정은", ["GIM", "JEONG", "EUN"]), ("Владимир", ["VLADIMIR"]), ("عبد الرحمن", ["ABD", "AL", "rhmn"]), ("MUÑOZ", ["MUNOZ"]), ("MUNXXOZ", ["MUNOZ"]),
        ("SECH1N I9OR", ["SECHIN", "IGOR"]), ("12345", []), ("JC", ["J", "C"]), ("🙂", []), ("\u202eABC\u202c", ["ABC"]), ("Łukasz Ørsted", ["LUKASZ", "ORSTED"]),
    ],
)  # fmt: skip
def test_a_raw_name_becomes_latin_tokens(text, tokens):
    assert [token for raw in split(text) for token in latin(raw, name_tables())] == tokens


@pytest.mark.parametrize(
    "group",
    [
        ("GADDAFI", "QADHAFI", "KADDAFI"),
        ("HUSSEIN", "HUSAYN", "HUSEIN"),
        ("MULLER", "MUELLER"),
        ("YUSUF", "IUSUF"),
        ("PHILIP", "FILIP"),
    ],
)
def test_romanisations_of_one_name_sound_alike(group):
    assert len({fold(token) for token in group}) == 1


def test_consonants_join_scripts():
    assert skeleton("mhmd") == skeleton("MOHAMMED") == skeleton("MUHAMMAD")


@given(st.text(max_size=80))
@settings(max_examples=400, deadline=None)
def test_splitting_by_columns_is_splitting_by_hand(text):
    text = text.encode("utf-8", "ignore").decode()
    by_column = pl.DataFrame({"t": [text]}).select(_split(pl.col("t"))).to_series().to_list()[0]
    assert by_column == split(text)


def test_titles_particles_and_repeats_are_handled_within_the_name(knowledge):
    names = names_of(["Dr. John SMITH Mr", "MR DR", "Sergey Sergey Shoigu", "N. N.", "A " * 60], knowledge)
    tokens = [[names.words[t] for t in names.tokens[names.offsets[i] : names.offsets[i + 1]]] for i in range(5)]
    assert tokens[:4] == [["JOHN", "SMITH"], ["MR", "DR"], ["SERGEY", "SHOIGU"], ["N", "N"]]
    assert len(tokens[4]) == MAX_TOKENS


def test_a_long_field_may_have_been_cut_and_a_short_one_not(knowledge):
    frame = pl.DataFrame({"family": ["FERNANDEZ RODRIGUE", "GARCIA"], "given": ["MAXIMILIANO ALEJAND", "ANA"]})
    names = distinct_names(frame, knowledge.tables, knowledge.config.names, cut=True)
    assert [word for word in names.words if word.endswith("*")] == ["ALEJAND*"]


def test_rare_tokens_weigh_more_than_common_ones_and_particles_hardly(knowledge):
    names = names_of(["ZHILYAEV, Mohamed Al"], knowledge)
    weight = {names.words[t]: w for t, w in zip(names.tokens, names.weights, strict=True)}
    assert weight["ZHILYAEV"] > weight["MOHAMED"] > weight["AL"] > 0
