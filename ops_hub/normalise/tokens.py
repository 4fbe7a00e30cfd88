"""One raw name token into the Latin tokens that are compared; whole names are put together in `names`.

Reach for it for anything that depends on one token alone: script, digits misread, glued titles, Arabic
compounds, phonetic folding. Weights, order and the rest of the name are left to the callers.
"""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

from ops_hub.normalise.tables import NameTables

# Scripts that leave short vowels out: their tokens are kept in lower case and compare by consonants.
_ABJAD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SEPARATOR = re.compile(r"[^\w'’‘ʼ`´ʿʾ]|_")
_QUOTES = re.compile(r"['’‘ʼ`´ʿʾ]")
_CAMEL = re.compile(r"[A-Z][^A-Z]*")
_MISREAD = str.maketrans("0134589", "OIEASBG")  # digit for letter, by shape: I9OR, SECH1N
# ABDUL, ABDEL, ABDER ... before a name: the article is joined and may be assimilated to the next letter.
_ABD = re.compile(r"^C?AB[DT](?:O?U|E|A|O|I)(?:L|([RSZNDTJ])(?=\1))(?=[A-Z]{3})(?!LAH|LAAH|AYE|LAI|LAY)")
_ABD_ALONE = {"ABDUL", "ABDEL", "ABDAL", "ABDOL", "ABDIL", "ABDU", "ABDOUL", "ABD", "ABDI", "CABDI"}
_DIN = re.compile(r"^([A-Z]{3,}?)(?:(?:O?U|E|A|O|I)(?:D|L|T)?|[AE]L)D(?:I|EE|Y|IE)NE?$")
_DIN_ALONE = {"DIN", "DEEN", "DINE", "DDIN", "EDDIN", "EDDINE", "UDDIN", "ADDIN", "ALDIN"}
MAX_LETTERS = 40  # of one token: longer ones are noise, and the line of a passport holds 39
_VOWELS = set("AEIOUY")


def split(text: str) -> list[str]:
    """Return the raw tokens of a name: upper case, apostrophes dropped, hyphens and signs as breaks."""
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())
    if not text.isascii():  # vowel signs of Indic and Khmer scripts are marks, not word characters
        text = "".join(c if unicodedata.category(c)[0] != "M" else anyascii(c) or c for c in text)
    return _SEPARATOR.sub(" ", _QUOTES.sub("", text)).upper().split()


def latin(raw: str, tables: NameTables) -> tuple[str, ...]:
    """Return the comparable tokens of one raw token: A-Z, or a-z for a consonant script; () when nothing is left.

    >>> from ops_hub.normalise.tables import name_tables
    >>> latin("JOHNMR", name_tables()), latin("ABDELKADER", name_tables()), latin("習近平", name_tables())
    (('JOHN',), ('ABD', 'KADER'), ('XI', 'JIN', 'PING'))
    """
    if not raw.isascii():
        written = anyascii(raw)
        if _ABJAD.search(raw):
            return _abjad(raw)
        if raw[:1] >= "\u3000":
            return tuple(
                t for part in _CAMEL.findall(written) for t in latin(re.sub("[^A-Za-z]", "", part).upper(), tables)
            )
        raw = re.sub("[^A-Z0-9]", "", written.upper())
    if any(c.isdigit() for c in raw):
        letters = sum(c.isalpha() for c in raw)
        if letters < 2 or letters * 2 < len(raw):
            return ()
        raw = re.sub("[^A-Z]", "", raw.translate(_MISREAD))
    raw = raw.replace("NXX", "N").replace("UXX", "U")  # ICAO 9303-3 section 6: N tilde, U umlaut
    for title in tables.glued_titles:
        if raw.endswith(title) and len(raw) >= len(title) + 3 and raw not in tables.titles:
            raw = raw[: -len(title)]
            break
    if raw in tables.titles:
        return (raw,)
    return _compound(raw[:MAX_LETTERS]) if raw else ()


def _abjad(raw: str) -> tuple[str, ...]:
    if raw in ("بن", "ابن", "بنت"):
        return ("BIN",)
    if raw.startswith("عبد"):
        return ("ABD", *(_abjad(raw[3:]) if len(raw) > 3 else ()))
    if raw.startswith("ال") and len(raw) > 3:
        return ("AL", *_abjad(raw[2:]))
    word = re.sub("[^a-z]", "", anyascii(raw).lower())
    return (word,) if word else ()


def _compound(token: str) -> tuple[str, ...]:
    if token in _ABD_ALONE:
        return ("ABD",)
    if token in _DIN_ALONE:
        return ("DIN",)
    if len(token) == 2 and not _VOWELS & set(token):
        return (token[0], token[1])  # JC, JP: two initials run together
    if found := _ABD.match(token):
        return ("ABD", *_compound(token[found.end() :]))
    if found := _DIN.match(token):
        return (found.group(1), "DIN")
    return (token,)


_FOLDS = [
    (re.compile(pattern), by)
    for pattern, by in (
        ("(?:TSCH|TCH|SCHTSCH|SHCH|SCH|SH|CH|CZ|TZ|TS)", "S"),
        ("(?:DZH|DJ|ZH|DSCH)", "J"),
        ("PH", "F"),
        ("KH", "H"),
        ("QU(?=[EI])", "K"),
        ("(?:GH|CK|Q|G|C(?![EIY]))", "K"),
        ("C|Z|X", "S"),
        ("TH", "T"),
        ("DH", "D"),
        ("[VW]", "V"),
        ("(?:UE|OE)", "U"),  # ICAO 9303-3: as U and O with diaeresis are written
        ("AE", "A"),
        ("(?:AI|AY|EI|EY|IE|IJ|YJ|IY|YI|EE|II|YY|YE|IA|YA|JA|IU|YU|JU)", "I"),
        ("(?:OU|OO|AU|AO|U|O)", "U"),
        ("[EIYJ]", "I"),
        (r"(?<=.)H(?=$|[^AEIOU])", ""),
        (r"(.)\1+", r"\1"),
    )
]


def fold(token: str) -> str:
    """Return the token as it sounds across romanisations: GADDAFI, QADHAFI and KADDAFI all fold alike."""
    for pattern, by in _FOLDS:
        token = pattern.sub(by, token)
    return token


_MERGE = str.maketrans({"P": "B", "V": "F", "G": "K", "C": "K", "Q": "K", "J": "K", "D": "T", "Z": "S", "X": "S"})


def skeleton(token: str) -> str:
    """Return the consonants by class: what a token of a consonant script has in common with a Latin one."""
    upper = token.upper()
    for pair, by in (
        ("SH", "S"),
        ("CH", "S"),
        ("KH", "H"),
        ("GH", "K"),
        ("TH", "T"),
        ("DH", "T"),
        ("PH", "F"),
    ):
        upper = upper.replace(pair, by)
    bones = re.sub("[AEIOUYW']", "", upper[1:] if upper[:1] in "AEIOUYW" else upper).translate(_MERGE)
    return re.sub(r"(.)\1+", r"\1", bones)
