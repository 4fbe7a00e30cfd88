import random

import numpy as np
import pytest

from ops_hub.matching.compare import lines, name_scores, side_of
from tests.matching.helpers_names import adversarial, names_of, people_names
from tests.matching.oracle import best_gain_scores, tokens_of


def score(knowledge, a, b):
    left, right = names_of([a], knowledge), names_of([b], knowledge)
    return float(
        name_scores(*(side_of(n, knowledge.tables) for n in (left, right)), np.array([[0, 0]]), knowledge.config.names)[
            0
        ]
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_compiled_score_is_the_oracles(knowledge, seed):
    rng = random.Random(seed)
    texts = [adversarial(rng) for _ in range(80)] + people_names(40, seed)
    names = names_of(texts, knowledge)
    pairs = np.array([(rng.randrange(len(texts)), rng.randrange(len(texts))) for _ in range(120)])
    side = side_of(names, knowledge.tables)
    scores = name_scores(side, side, pairs, knowledge.config.names)
    for (i, j), found in zip(pairs, scores, strict=True):
        a, b = tokens_of(names, i), tokens_of(names, j)
        if not a or not b:
            assert found == 0.0
            continue
        wanted = best_gain_scores(a, b, knowledge.config.names, knowledge.tables)
        assert any(abs(found - each) < 1e-9 for each in wanted), (texts[i], texts[j], found, wanted)


def test_the_lines_of_an_explanation_sum_to_the_score(knowledge):
    rng = random.Random(5)
    texts = [adversarial(rng) for _ in range(300)]
    names = names_of(texts, knowledge)
    pairs = np.array([(rng.randrange(300), rng.randrange(300)) for _ in range(1500)])
    side = side_of(names, knowledge.tables)
    scores = name_scores(side, side, pairs, knowledge.config.names)
    found = lines(side, side, pairs, knowledge.config.names)
    assert (found.scores == scores).all()
    assert (np.diff(found.offsets) > 0).all()
    sums = np.add.reduceat(found.points, found.offsets[:-1])
    assert np.abs(sums - scores).max() < 1e-9


def test_the_score_does_not_depend_on_which_name_is_asked_for(knowledge):
    rng = random.Random(6)
    names = names_of([adversarial(rng) for _ in range(200)], knowledge)
    pairs = np.array([(rng.randrange(200), rng.randrange(200)) for _ in range(2000)])
    side = side_of(names, knowledge.tables)
    forth, back = (name_scores(side, side, each, knowledge.config.names) for each in (pairs, pairs[:, ::-1]))
    assert np.abs(forth - back).max() < 1e-9


# Each line: a name, one that must be nearer, one that must be farther.
NEARER = [
    ("GARCIA LOPEZ, Ana", "GARCIA, Ana", "GARCIA PEREZ, Ana"),  # omitted is mild, contradicted severe
    ("Sergey Viktorovich Lavrov", "Sergey Lavrov", "Sergey Borisovich Lavrov"),
    ("SMITH, John", "SMITH, J", "SMITH, Paul"),
    ("SMITH, John", "SMITH, Jon", "SMITH, Joan Mary"),
    ("GADDAFI, Muammar", "QADHAFI, Moammar", "GHADDAR, Muammar"),
    ("HUSSEIN, Saddam", "HUSAYN, Saddam", "HASSAN, Saddam"),
    ("AL-ASSAD, Bashar", "ASSAD, Bachar", "AL-ATTAR, Bashar"),
    ("Mohammed bin Salman", "SALMAN, Mohamed", "Mohammed bin Nayef"),
    ("PEREZ, Francisco", "PEREZ, Paco", "PEREZ, Fernando"),
    ("PUTIN, Vladimir", "Владимир Путин", "Владимир Ткачев"),
    ("PEREZ, Fernando", "فرناندو بيريز", "محمد بن سلمان"),
    ("XI, Jinping", "习近平", "胡锦涛"),
    ("LOPEZ, Ana Maria", "LOPEZ, Anamaria", "LOPEZ, Marianela"),
    ("MULLER, Hans", "MUELLER, Hans", "MULDER, Hans"),
    ("KOMAROV, Ivan", "KOMAROVA, Ivan", "KOMISSAROV, Ivan"),
    ("ABD AL-RAHMAN, Omar", "ABDURRAHMAN, Omar", "ABD AL-KARIM, Omar"),
    ("DE LA CRUZ, Juan", "DELACRUZ, Juan", "DE LA ROSA, Juan"),
    ("SMITH, JohnMR", "SMITH, John", "SMITH, Jonah"),
    ("VILLALOBOS, Oscar", "V1LLALOB0S, Oscar", "VILLANUEVA, Oscar"),
]


@pytest.mark.parametrize(("name", "near", "far"), NEARER, ids=lambda text: text)
def test_the_same_person_scores_above_another(knowledge, name, near, far):
    assert score(knowledge, name, near) > score(knowledge, name, far) + 0.05
    assert score(knowledge, name, near) >= knowledge.config.bands.threshold


def test_common_and_short_names_score_below_rare_and_long_ones(knowledge):
    assert (
        score(knowledge, "ALI", "ALI")
        < score(knowledge, "GARCIA, Maria", "GARCIA, Maria")
        < score(knowledge, "ZHILYAEV, Arkady Pavlovich", "ZHILYAEV, Arkady Pavlovich")
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "A B",
        "DE LA",
        "MR",
        "12345",
        "\U0001f600",
        "\u202e\u200f",
        "X" * 5000,
        "N " * 500,
        "MR DR",
        "-'.",
        "\x00\x01",
    ],
)
def test_awkward_names_neither_crash_nor_meet_anyone_by_initials(knowledge, name):
    assert 0.0 <= score(knowledge, name, "GARCIA LOPEZ, Ana") < knowledge.config.bands.threshold
    assert 0.0 <= score(knowledge, name, name) <= 1.0
