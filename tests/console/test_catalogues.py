"""Four languages: every word of every screen is in each of them, with the same gaps to fill."""

import pytest

from ops_hub.console.pages import render
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
def test_the_door_speaks_four_languages(language, words):
    assert words in render("sign_in.html", language, following="/", failed=False)
