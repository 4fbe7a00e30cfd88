"""Four languages: every word of every screen is in each of them, with the same gaps to fill."""

import pytest
from starlette.testclient import TestClient

from ops_hub.console.pages import _environment
from tests.console.catalogues import OTHERS, PLACE, catalogue, messages


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language):
    held = catalogue(language)
    missing = [each for each in messages() if not (found := held.get(each)) or not found.string or found.fuzzy]
    assert not missing, f"{len(missing)} of {language}; write them after `make catalogues`: {missing[:5]}"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_the_same_gaps(language):
    for each in catalogue(language):
        if each.id and isinstance(each.id, str) and each.string:
            assert sorted(PLACE.findall(each.id)) == sorted(PLACE.findall(each.string)), each.id


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Sign in"), ("es", "Iniciar sesión"), ("fr", "Se connecter"), ("nl", "Aanmelden")]
)
def test_the_door_speaks_four_languages(app, language, words):
    door = TestClient(app).get("/sign-in", headers={"accept-language": f"{language};q=0.9, de;q=0.1"})
    assert words in door.text
    assert f'<html lang="{language}">' in door.text


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("en", 1, "1 task."), ("en", 0, "0 tasks."), ("es", 1, "1 tarea."), ("es", 3, "3 tareas."), ("fr", 0, "0 tâche."),
        ("fr", 2, "2 tâches."), ("nl", 1, "1 taak."), ("nl", 0, "0 taken."),
    ],
)  # fmt: skip
def test_one_and_many_are_said_in_the_language_of_the_page(language, count, words):
    many = _environment(language).from_string('{{ ngettext("%(num)s task.", "%(num)s tasks.", n) }}')
    assert many.render(n=count) == words


@pytest.mark.parametrize("word", ["<b>", "wanted", "no word of ours <i>"])
def test_words_of_the_core_without_a_translation_are_marked_as_english(word):
    shown = (
        _environment("es")
        .from_string('{% import "parts.html" as p with context %}{{ p.core(word) }}')
        .render(word=word, csrf="")
    )
    assert ('<span lang="en">' in shown) == (word != "wanted")
    assert "<b>" not in shown
    assert "<i>" not in shown
