"""Every screen of the head in each language, as the server writes it; the browser's look at them is in tests/screens."""

import msgspec
import pytest

from ops_hub.access.accounts import Account
from ops_hub.console.nav import entries
from ops_hub.console.words import speaking
from ops_hub.store import accounts
from tests.console.catalogues import OTHERS


@pytest.mark.parametrize("language", OTHERS)
def test_every_screen_opens_in_the_language_of_the_person(the_day, hub, centre, as_person, language):
    for name in ("sofia", "audra", "rita", "adam"):
        account = msgspec.json.decode(accounts.find(hub, name), type=Account)
        accounts.put(hub, name, msgspec.json.encode(msgspec.structs.replace(account, language=language)))
        client = as_person(name)
        for path, words in entries(lambda operation, role=account.role: centre.roles.may(role, operation)):
            told = client.get(path)
            assert told.status_code == 200, path
            assert f'<html lang="{language}">' in told.text
            assert f">{speaking(language).gettext(words)}</a>" in told.text
