"""No pair that the scorer accepts is missed: the candidate stage against brute force."""

import random

import numpy as np
import polars as pl
import pytest

from ops_hub.matching.candidates import candidates, similar_words
from ops_hub.matching.compare import name_scores, side_of
from ops_hub.matching.index import build_index, open_index, stored
from ops_hub.matching.similarity import similarities
from ops_hub.matching.words import words
from tests.matching.helpers_names import adversarial, names_of, people_names


def index_of(names, knowledge):
    bearing = pl.DataFrame(
        {"name": range(len(names)), "entry": range(len(names)), "place": 0, "weak": False, "day": -2},
        schema_overrides={"day": pl.Int32},
    )
    return build_index(names, bearing, knowledge.tables, knowledge.config)


def variants(texts, rng):
    """Names near the listed ones, where a candidate stage could lose some."""
    out = []
    for text in texts:
        letters = list(text)
        for _ in range(rng.randint(1, 3)):
            if not letters:
                break
            at = rng.randrange(len(letters))
            letters[at : at + 1] = rng.choice([[], [letters[at]] * 2, [rng.choice("AEIOUKSHNR ")]])
        out.append("".join(letters))
    return out


def assert_complete(asked, listed, knowledge, floors):
    index = index_of(listed, knowledge)
    every = np.stack(np.meshgrid(np.arange(len(asked)), np.arange(len(listed)), indexing="ij"), axis=-1).reshape(-1, 2)
    sides = (side_of(names, knowledge.tables) for names in (asked, listed))
    scores = name_scores(*sides, every, knowledge.config.names, threads=2)
    for floor in floors:
        wanted = {
            (int(i), int(j)): s for (i, j), s in zip(every[scores >= floor], scores[scores >= floor], strict=True)
        }
        found = candidates(asked, index, knowledge.tables, knowledge.config.names, floor=floor, threads=2)
        got = {(i, j): s for i, j, s in found.iter_rows()}
        missed = wanted.keys() - got.keys()
        assert not missed, [(floor, *pair, wanted[pair]) for pair in list(missed)[:5]]
        extra = {pair: s for pair, s in got.items() if pair not in wanted}
        assert all(abs(s - floor) < 1e-6 for s in extra.values())
        assert all(abs(got[pair] - s) < 1e-12 for pair, s in wanted.items())


@pytest.mark.parametrize("seed", [1, 2])
def test_no_accepted_pair_of_awkward_names_is_missed(knowledge, seed):
    rng = random.Random(seed)
    listed = names_of([adversarial(rng) for _ in range(250)], knowledge)
    asked = names_of([adversarial(rng) for _ in range(250)], knowledge, cut=True)
    assert_complete(asked, listed, knowledge, (0.4, 0.55, 0.7))


def test_no_accepted_pair_of_exercise_names_is_missed(knowledge):
    rng = random.Random(3)
    texts = people_names(500, 3)
    listed = names_of(texts, knowledge)
    asked = names_of(variants(texts[:300], rng) + people_names(200, 4), knowledge, cut=True)
    assert_complete(asked, listed, knowledge, (0.4, 0.55, 0.7))


def test_no_accepted_pair_of_really_listed_names_is_missed(knowledge, real_data):
    rng = random.Random(4)
    lines = (real_data / "ofac" / "sdn.csv").read_text(encoding="latin-1").splitlines()
    real = [line.split('"')[1] for line in lines if '"individual"' in line]
    listed = names_of(rng.sample(real, 600), knowledge)
    asked = names_of(variants(rng.sample(real, 400), rng), knowledge, cut=True)
    assert_complete(asked, listed, knowledge, (0.4, 0.55, 0.7))


def test_no_similar_token_is_missed(knowledge):
    rng = random.Random(5)
    tables, settings = knowledge.tables, knowledge.config.names
    base = sorted({token for text in people_names(3000, 5) for token in text.replace(",", "").split()})[:900]
    listed = names_of(base + ["mhmd", "slmn"], knowledge)
    asked = words(sorted(set(variants(base, rng)) | set(base[:200]) | {"GARC*", "mhmd", "brk"}), tables)
    asked = words([text.replace(" ", "") for text in asked.texts if text.replace(" ", "")], tables)
    index = index_of(listed, knowledge)
    found = similar_words(asked, index, settings)
    left, right = np.divmod(np.arange(len(asked) * len(index.vocabulary)), len(index.vocabulary))
    values, _ = similarities(asked, index.vocabulary, left, right, settings)
    wanted = {(int(i), int(j)) for i, j, v in zip(left, right, values, strict=True) if v > 0}
    got = {(i, int(j)) for i in range(len(asked)) for j in found.words[found.offsets[i] : found.offsets[i + 1]]}
    assert wanted == got


def test_a_stored_index_gives_the_same_pairs(knowledge):
    listed, asked = names_of(people_names(300, 8), knowledge), names_of(people_names(300, 8), knowledge)
    index = index_of(listed, knowledge)
    again = open_index(*stored(index), knowledge.tables)
    both = [
        candidates(asked, each, knowledge.tables, knowledge.config.names, floor=0.55, threads=1)
        for each in (index, again)
    ]
    assert both[0].equals(both[1])


def test_many_entries_of_one_name_are_found_without_a_blow_up(knowledge):
    listed = names_of(["GARCIA, Maria"], knowledge)
    found = candidates(
        listed, index_of(listed, knowledge), knowledge.tables, knowledge.config.names, floor=0.5, threads=1
    )
    assert found.height == 1
