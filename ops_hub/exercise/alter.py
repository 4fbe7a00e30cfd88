"""How a listed person's record comes to differ from the list: one small function for each kind.

Reach for `ALTERATIONS`: kind -> function (person, rng) -> person. A person is a dict of the feed's columns.
All kinds are such as happen in real API data; which pairs of people are altered is decided in `generate`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

Person = dict[str, str | None]
Rng = np.random.Generator

_NEAR = {
    "A": "QSZ", "B": "VGN", "C": "XDV", "D": "SFE", "E": "WRD", "F": "DGR", "G": "FHT", "H": "GJY", "I": "UOK", "J": "HKU", "K": "JLI",
    "L": "KOP", "M": "NJ", "N": "BMH", "O": "IPL", "P": "OL", "Q": "WA", "R": "ETF", "S": "ADW", "T": "RYG", "U": "YIJ", "V": "CBF",
    "W": "QES", "X": "ZCS", "Y": "TUH", "Z": "XAS",
}  # fmt: skip
# Spellings that change between romanisations and hands; applied where they fit, one or two at a time.
_SPELLINGS = (
    ("SH", "CH"), ("CH", "SH"), ("OU", "U"), ("OO", "U"), ("KH", "H"), ("PH", "F"), ("F", "PH"), ("Y", "I"), ("I", "Y"), ("W", "V"), ("V", "W"),
    ("K", "C"), ("C", "K"), ("Z", "S"), ("S", "Z"), ("LL", "L"), ("NN", "N"), ("TT", "T"), ("EI", "EY"), ("AI", "AY"), ("J", "DJ"), ("TH", "T"),
    ("EE", "I"), ("CK", "K"), ("QU", "K"), ("X", "J"), ("UE", "U"), ("OE", "O"),
)  # fmt: skip
_NICKNAMES = {
    "JOSE": "PEPE", "FRANCISCO": "PACO", "JESUS": "CHUY", "ROBERT": "BOB", "WILLIAM": "BILL", "MICHAEL": "MIKE", "JAMES": "JIM", "RICHARD": "DICK",
    "JOSEPH": "JOE", "THOMAS": "TOM", "DAVID": "DAVE", "ANTHONY": "TONY", "DANIEL": "DAN", "ROBERTO": "BETO", "ALBERTO": "BETO", "IGNACIO": "NACHO",
    "GUADALUPE": "LUPE", "ELIZABETH": "LIZ", "MARGARET": "MAGGIE", "KATHERINE": "KATE", "JENNIFER": "JEN", "PATRICIA": "PATTY", "CHRISTOPHER": "CHRIS",
    "ALEXANDER": "ALEX", "ALEJANDRO": "ALEX", "MANUEL": "MANOLO", "ANTONIO": "TONO", "EDUARDO": "LALO", "ENRIQUE": "QUIQUE", "RAFAEL": "RAFA",
    "MATTHEW": "MATT", "ANDREW": "ANDY", "STEVEN": "STEVE", "JONATHAN": "JON", "SAMUEL": "SAM", "BENJAMIN": "BEN", "NICHOLAS": "NICK", "JESSICA": "JESS",
}  # fmt: skip


def _tokens(person: Person, part: str) -> list[str]:
    return (person[part] or "").split()


def _longest(person: Person) -> tuple[str, int]:
    """Return the part and place of the name's longest token."""
    places = [
        (len(token), part, at)
        for part in ("family_name", "given_names")
        for at, token in enumerate(_tokens(person, part))
    ]
    _, part, at = max(places)
    return part, at


def _replaced(person: Person, part: str, at: int, token: str) -> Person:
    tokens = _tokens(person, part)
    tokens[at] = token
    return person | {part: " ".join(t for t in tokens if t)}


def edit(token: str, rng: Rng) -> str:
    """Return a token with one typing error: a neighbouring key, a letter doubled, lost, or two exchanged."""
    at = int(rng.integers(1, max(len(token), 2)))
    at = min(at, len(token) - 1)
    kind = int(rng.integers(0, 4))
    if kind == 0:
        near = _NEAR.get(token[at], "E")
        return token[:at] + near[int(rng.integers(0, len(near)))] + token[at + 1 :]
    if kind == 1:
        return token[: at + 1] + token[at] + token[at + 1 :]
    if kind == 2 and len(token) > 2:
        return token[:at] + token[at + 1 :]
    if at + 1 < len(token) and token[at] != token[at + 1]:
        return token[:at] + token[at + 1] + token[at] + token[at + 2 :]
    return token[:at] + "E" + token[at:]


def exact(person: Person, rng: Rng) -> Person:
    """Nothing changes."""
    return dict(person)


def typo(person: Person, rng: Rng) -> Person:
    """GARCIA -> GARCUA: one typing error in the longest token."""
    part, at = _longest(person)
    return _replaced(person, part, at, edit(_tokens(person, part)[at], rng))


def two_typos(person: Person, rng: Rng) -> Person:
    """GARCIA, ANTONIO -> GARCUA, ANTNIO: one typing error in the family name, one in the given names."""
    for part in ("family_name", "given_names"):
        tokens = _tokens(person, part)
        at = max(range(len(tokens)), key=lambda k: len(tokens[k]))
        person = _replaced(person, part, at, edit(tokens[at], rng))
    return person


def swapped(person: Person, rng: Rng) -> Person:
    """GARCIA, ANA -> ANA, GARCIA: family and given names exchanged."""
    return person | {"family_name": person["given_names"], "given_names": person["family_name"]}


def dropped(person: Person, rng: Rng) -> Person:
    """GARCIA LOPEZ, ANA -> GARCIA, ANA: one token of a name of three or more is left out."""
    part = "given_names" if len(_tokens(person, "given_names")) > 1 else "family_name"
    tokens = _tokens(person, part)
    return person | {part: " ".join(tokens[:-1]) if len(tokens) > 1 else person[part]}


def joined(person: Person, rng: Rng) -> Person:
    """GARCIA LOPEZ -> GARCIALOPEZ: neighbouring tokens run together."""
    part = "family_name" if len(_tokens(person, "family_name")) > 1 else "given_names"
    return person | {part: "".join(_tokens(person, part))}


def split(person: Person, rng: Rng) -> Person:
    """GARCIA -> GAR CIA: a token is broken in two."""
    part, at = _longest(person)
    token = _tokens(person, part)[at]
    cut = max(2, len(token) // 2)
    return _replaced(person, part, at, f"{token[:cut]} {token[cut:]}")


def initial(person: Person, rng: Rng) -> Person:
    """ANA MARIA -> A MARIA: a given name becomes its initial."""
    tokens = _tokens(person, "given_names")
    return _replaced(person, "given_names", 0, tokens[0][0])


def title_glued(person: Person, rng: Rng) -> Person:
    """ANA -> ANAMRS: the title is glued to the given names."""
    return person | {"given_names": f"{person['given_names']}{'MR' if person['sex'] == 'M' else 'MRS'}"}


def truncated(person: Person, rng: Rng) -> Person:
    """FERNANDEZ RODRIGUEZ -> FERNANDEZ RODRIGUE: cut at 20 letters, the shortest field in use."""
    return person | {part: (person[part] or "")[:20].strip() for part in ("family_name", "given_names")}


def transliterated(person: Person, rng: Rng) -> Person:
    """SCHMIDT -> CHMIDT, YUSUF -> IUSUF: another romanisation of one token."""
    part, at = _longest(person)
    token = _tokens(person, part)[at]
    fitting = [(old, new) for old, new in _SPELLINGS if old in token]
    if not fitting:
        return _replaced(person, part, at, re.sub(r"([AEIOU])([^AEIOU])$", r"\1H\2", token))
    old, new = fitting[int(rng.integers(0, len(fitting)))]
    return _replaced(person, part, at, token.replace(old, new, 1))


def one_surname(person: Person, rng: Rng) -> Person:
    """GARCIA LOPEZ -> GARCIA: the second surname is not sent."""
    return person | {"family_name": _tokens(person, "family_name")[0]}


def nickname(person: Person, rng: Rng) -> Person:
    """FRANCISCO -> PACO: the name used among friends."""
    tokens = [_NICKNAMES.get(token, token) for token in _tokens(person, "given_names")]
    return person | {"given_names": " ".join(tokens)}


def birth_swapped(person: Person, rng: Rng) -> Person:
    """1970-02-03 -> 1970-03-02: day and month exchanged."""
    year, month, day = (person["birth_date"] or "1970-01-01").split("-")
    return person | {"birth_date": f"{year}-{day}-{month}"}


def birth_year_only(person: Person, rng: Rng) -> Person:
    """1970-02-03 -> 1970."""
    return person | {"birth_date": (person["birth_date"] or "")[:4]}


def birth_typo(person: Person, rng: Rng) -> Person:
    """1970-02-03 -> 1971-02-03: one digit of the year."""
    text = person["birth_date"] or "1970-01-01"
    return person | {"birth_date": f"{text[:3]}{(int(text[3]) + int(rng.integers(1, 9))) % 10}{text[4:]}"}


def birth_missing(person: Person, rng: Rng) -> Person:
    """The birth date is not sent."""
    return person | {"birth_date": None}


ALTERATIONS: Mapping[str, Callable[[Person, Rng], Person]] = {
    "exact": exact, "typo": typo, "two-typos": two_typos, "swapped": swapped, "dropped": dropped, "joined": joined, "split": split,
    "initial": initial, "title-glued": title_glued, "truncated": truncated, "transliterated": transliterated, "one-surname": one_surname,
    "nickname": nickname, "birth-swapped": birth_swapped, "birth-year-only": birth_year_only, "birth-typo": birth_typo, "birth-missing": birth_missing,
}  # fmt: skip
DOCUMENT_ONLY = "document-only"  # another name altogether, the listed document


def fits(kind: str, person: Person) -> bool:
    """Return whether an alteration can be seen on this person."""
    family, given = _tokens(person, "family_name"), _tokens(person, "given_names")
    if not family or not given:
        return False
    if kind == "dropped":
        return len(family) + len(given) > 2
    if kind == "joined":
        return len(family) > 1 or len(given) > 1
    if kind == "one-surname":
        return len(family) > 1
    if kind == "nickname":
        return any(token in _NICKNAMES for token in given)
    if kind == "truncated":
        return max(len(person["family_name"] or ""), len(person["given_names"] or "")) > 20
    if kind == "split":
        return max(len(token) for token in family + given) >= 6
    if kind == "birth-swapped":
        text = person["birth_date"] or ""
        return len(text) == 10 and int(text[8:]) <= 12 and text[5:7] != text[8:]
    return True
