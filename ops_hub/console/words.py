"""The four languages: catalogues read from the .po files that translators edit; nothing has to be built.

Reach for `speaking()`. English is what stands in templates.
"""

from __future__ import annotations

import gettext
import io
from functools import lru_cache
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ops_hub.console.settings import LANGUAGES


@lru_cache(maxsize=len(LANGUAGES))
def speaking(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; English for one that is not known."""
    path = files("ops_hub.console") / "locale" / language / "LC_MESSAGES" / "ops_hub.po"
    if language not in LANGUAGES or not path.is_file():
        return gettext.NullTranslations()
    made = io.BytesIO()
    write_mo(made, read_po(io.BytesIO(path.read_bytes()), locale=language))
    made.seek(0)
    return gettext.GNUTranslations(made)
