"""The UN Security Council consolidated list (XML) into ENTRIES.

Reach for `read_un()`. Only individuals become entries; entities are counted. Names in the original script
are names like any other. Entities in the XML that could unfold into more are refused by the parser.

Source: the Security Council's schema "sc-sanctions.xsd".
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, ElementTree

from ops_hub.errors import ConfigError
from ops_hub.lists.births import Birth, birth
from ops_hub.lists.entries import Row, entries_frame, name
from ops_hub.lists.info import ListInfo, ListRead, load_info
from ops_hub.reference import country
from ops_hub.schemas import REJECTS, rows

DEFAULT = ListInfo("un-sc", "UN Security Council consolidated list", "UN", "sanctions", "enforce")
_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_CRIMES = {"Al-Qaida": "terrorism", "Taliban": "terrorism", "Libya": "sanctions", "DPRK": "proliferation"}


def read_un(path: Path) -> ListRead:
    """Return the list in a consolidated XML file.

    Raises:
        ConfigError: the file is no such XML, or holds entity declarations.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except (ParseError, DefusedXmlException, OSError, ValueError) as error:
        raise ConfigError(str(path), f"cannot be read as the consolidated list: {error}", "download it again") from None
    info = load_info(path.parent, DEFAULT)
    people = list(root.iter("INDIVIDUAL"))
    counts = {"persons": len(people), "organisations": sum(1 for _ in root.iter("ENTITY"))}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    filled = ListInfo(
        **{
            **info.__dict__,
            "counts": counts,
            "files": ((path.name, digest),),
            "generated_on": (root.get("dateGenerated") or "")[:10] or None,
        }
    )
    return ListRead(filled, entries_frame([_entry(person) for person in people], filled), rows(REJECTS, []))


def _text(element: Element, tag: str) -> str:
    return " ".join((element.findtext(tag) or "").split())


def _entry(person: Element) -> Row:
    primary = " ".join(part for tag in _PARTS if (part := _text(person, tag)))
    names = [name(primary, "primary")]
    if original := _text(person, "NAME_ORIGINAL_SCRIPT"):
        names.append(name(original, "strong"))
    for alias in person.findall("INDIVIDUAL_ALIAS"):
        for each in _text(alias, "ALIAS_NAME").split(";"):
            if each.strip():
                names.append(name(each.strip(), "weak" if _text(alias, "QUALITY").lower() == "low" else "strong"))
    listed = person.findtext("UN_LIST_TYPE") or ""
    changed = [value.text or "" for value in person.findall("LAST_DAY_UPDATED/VALUE")]
    return {
        "entry_id": f"un-{_text(person, 'DATAID')}",
        "names": [n for n in names if n["full"]],
        "births": _births(person),
        "sex": {"male": "M", "female": "F"}.get(_text(person, "GENDER").lower()),
        "nationalities": [
            country(value.text) or value.text for value in person.findall("NATIONALITY/VALUE") if value.text
        ],
        "birth_places": [place for each in person.findall("INDIVIDUAL_PLACE_OF_BIRTH") if (place := _place(each))],
        "documents": [found for each in person.findall("INDIVIDUAL_DOCUMENT") if (found := _document(each))],
        "crime_types": [_CRIMES.get(listed, "sanctions")],
        "updated_on": max(
            (day for text in [*changed, _text(person, "LISTED_ON")] if (day := _day(text))), default=None
        ),
        "remarks": "; ".join(
            part for part in (_text(person, "REFERENCE_NUMBER"), listed, _text(person, "COMMENTS1")) if part
        ),
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _births(person: Element) -> list[Birth]:
    found: list[Birth] = []
    for each in person.findall("INDIVIDUAL_DATE_OF_BIRTH"):
        kind = _text(each, "TYPE_OF_DATE").upper()
        if kind == "BETWEEN" or (_text(each, "FROM_YEAR") and _text(each, "TO_YEAR")):
            made = birth(f"{_text(each, 'FROM_YEAR')} to {_text(each, 'TO_YEAR')}")
        else:
            text = _text(each, "DATE")[:10] or _text(each, "YEAR")
            made = birth(("circa " if kind == "APPROXIMATELY" else "") + text) if text else None
        if made is not None and made not in found:
            found.append(made)
    return found


def _place(element: Element) -> str:
    return ", ".join(part for tag in ("CITY", "STATE_PROVINCE", "COUNTRY") if (part := _text(element, tag)))


def _document(element: Element) -> Row | None:
    number = _text(element, "NUMBER")
    if not number:
        return None
    kind = (
        "P" if "passport" in (_text(element, "TYPE_OF_DOCUMENT") + _text(element, "TYPE_OF_DOCUMENT2")).lower() else "I"
    )
    issuer = _text(element, "ISSUING_COUNTRY") or _text(element, "COUNTRY_OF_ISSUE")
    return {
        "type": kind,
        "number": number.split(",")[0],
        "number_to": None,
        "issuer": country(issuer) or issuer or None,
        "status": None,
    }
