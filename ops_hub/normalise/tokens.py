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
_ABJAD_WORDS = {
    **dict.fromkeys(("بن", "ابن", "إبن", "بنت", "בן", "בת"), ("BIN",)),
    **dict.fromkeys(("ابو", "أبو", "ابي", "أبي", "אבו"), ("ABU",)),
    **dict.fromkeys(("ولد", "اولد", "أولد"), ("OULD",)),
    **dict.fromkeys(("الله", "اللہ", "اللّه", "للہ", "لله"), ("ALLAH",)),
    **dict.fromkeys(("الدين", "الدین", "דין"), ("DIN",)),
    **dict.fromkeys(("ال", "آل", "אל"), ("AL",)),
}
_ABJAD_ENDINGS = tuple(
    (f"{stem}", word) for stem, word in (("الله", "ALLAH"), ("اللہ", "ALLAH"), ("الدين", "DIN"), ("الدین", "DIN"))
)
_BEFORE_H = tuple("cdgkpstz")
_SEPARATOR = re.compile(r"[^\w'’‘ʼ`´ʿʾ]|_")
_QUOTES = re.compile(r"['’‘ʼ`´ʿʾ]")
_CAMEL = re.compile(r"[A-Z][^A-Z]*")
_MISREAD = str.maketrans("0134589", "OIEASBG")  # digit for letter, by shape: I9OR, SECH1N
# ABDUL, ABDEL, ABDER ... before a name: the article is joined and may be assimilated to the next letter.
_ABD = re.compile(r"^C?AB[DT](?:O?U|E|A|O|I)(?:L|([RSZNDTJ])(?=\1))(?=[A-Z]{3})(?!LAH|LAAH|AYE|LAI|LAY)")
# ABDURAHMAN, ABDIRASHID, ABDUKADIR: the article is not written at all (Somali, Central Asian, Malay).
_ABD_OPEN = re.compile(r"^C?ABD(?:I|U|OU|O)(?=[BDFGHJKMNQRSTVWXZ][A-Z]{4})|^ABD(?:U|O|E)?R(?=AB+[AEOU])")
_ABD_ALONE = re.compile(r"^(?:C?ABD(?:(?:O?U|E|A|O|I)(?:[LRSZNDT]|SH)?)?)$")
# Abdullah: ABD and ALLAH, as every other name of this form.
_ABDULLAH = re.compile(r"^C?ABD(?:O?U|E|A|O|I)L+A+(?:H|YE|HI|HU|HE|I)?$|^ABDULLOH$")
# SAIFULLAH, SEIFALLAH, NASROLLAH: a name and ALLAH.
_ALLAH = re.compile(r"^([A-Z]{3,}?)(?:(?:O?U|A+|O|E|I)LLA+HI?|O?ULLA)$")
_ALLAH_ALONE = {"ALLAH", "ULLAH", "OLLAH", "ELLAH", "ILLAH", "OULLAH"}
_DIN = re.compile(r"^([A-Z]{3,}?)(?:(?:O?U|E|A|O|I)(?:D|L|T)?|[AE]L)D(?:I|EE|Y|IE)NE?$")
_DIN_ALONE = {"DIN", "DEEN", "DINE", "DDIN", "EDDIN", "EDDINE", "UDDIN", "ADDIN", "ALDIN"}
# ALOTAIBI, ELKADDAFI: the article glued to a name that is known, or to one of origin (-I). Not ALBERTO, ELVIRA.
_AL_GLUED = re.compile(r"^[AE]L(?=[A-Z]{4})")
_NISBA = re.compile(r"^(?:[BDFGHJKMNQRSTWZ][A-Z]|[OU][BDFHJKMNQRSTZ])[A-Z]{2,}[^AEIOU](?:I|Y|EE)$")
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
    if _AL_GLUED.match(raw) and raw not in tables.equivalents and raw not in tables.per_100k:
        rest = raw[2:]
        if rest in tables.equivalents or rest in tables.per_100k or _NISBA.match(rest):
            return ("AL", *_compound(rest[:MAX_LETTERS]))
    return _compound(raw[:MAX_LETTERS]) if raw else ()


def _abjad(raw: str) -> tuple[str, ...]:
    raw = raw.replace("ـ", "")  # only stretches the word
    if known := _ABJAD_WORDS.get(raw):
        return known
    if raw.startswith("عبد"):
        return ("ABD", *(_abjad(raw[3:]) if len(raw) > 3 else ()))
    for ending, word in _ABJAD_ENDINGS:
        if raw.endswith(ending) and len(raw) >= len(ending) + 2:
            return (*_abjad(raw[: -len(ending)]), word)
    if raw.startswith("ال") and len(raw) > 3:
        return ("AL", *_abjad(raw[2:]))
    if raw.startswith(("ابو", "أبو")) and len(raw) >= 6:
        return ("ABU", *_abjad(raw[3:]))
    word = ""
    for letter in raw:
        sound = re.sub("[^a-z]", "", anyascii(letter).lower())
        word += "'" + sound if sound == "h" and word[-1:] in _BEFORE_H else sound  # S and H are not SH
    return (word,) if word else ()


def _compound(token: str) -> tuple[str, ...]:
    if _ABD_ALONE.match(token):
        return ("ABD",)
    if _ABDULLAH.match(token):
        return ("ABD", "ALLAH")
    if token in _ALLAH_ALONE:
        return ("ALLAH",)
    if token in _DIN_ALONE:
        return ("DIN",)
    if len(token) == 2 and not _VOWELS & set(token):
        return (token[0], token[1])  # JC, JP: two initials run together
    if found := _ABD.match(token) or _ABD_OPEN.match(token):
        return ("ABD", *_compound(token[found.end() :]))
    if len(token) >= 8 and (found := _ALLAH.match(token)):
        return (found.group(1), "ALLAH")
    if found := _DIN.match(token):
        return (found.group(1), "DIN")
    return (token,)


_FOLDS = [
    (re.compile(pattern), by)
    for pattern, by in (
        ("(?<=[A-Z]{3}[BCDFGHJKLMNPQRSTVWXZ])E$", ""),  # HASSANE, AYACHE: French writes it, nobody says it
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
        ("DJ", "J"),
        ("TCH", "S"),
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
