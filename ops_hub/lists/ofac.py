"""The US Treasury's Specially Designated Nationals list (legacy CSV files) into ENTRIES.

Reach for `read_ofac()` with a folder that holds sdn.csv and, as far as they are there, alt.csv, add.csv and
sdn_comments.csv. Only individuals become entries; the others are counted. What a person's remarks hold is
parsed, and kept whole as well.

Source: OFAC, "SDN legacy data formats": -0- is null; sdn_comments.csv continues remarks that overflow.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from ops_hub.lists.births import birth
from ops_hub.lists.entries import Row, entries_frame, name
from ops_hub.lists.info import ListInfo, ListRead, load_info
from ops_hub.reference import country
from ops_hub.schemas import REJECTS, rows

DEFAULT = ListInfo("ofac-sdn", "Specially Designated Nationals list", "USA", "sanctions", "enforce")
# Programme codes to crime types: what the programme was made against. Others are sanctions alone.
_CRIMES = {
    "SDNT": "narcotics", "SDNTK": "narcotics", "ILLICIT-DRUGS-EO14059": "narcotics", "SDGT": "terrorism", "FTO": "terrorism",
    "TCO": "organised-crime", "NPWMD": "proliferation", "CYBER2": "cybercrime", "GLOMAG": "human-rights-abuse",
}  # fmt: skip
_PASSPORT = re.compile(
    r"^(?:alt\. )?(?:Diplomatic |Stateless Person )?Passport (?:No\. |# )?([A-Z0-9][^ (;]*)(?: \(([^)]*)\))?(.*)$",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"^(?:alt\. )?(?:National ID No\.|Cedula No\.|C\.?U\.?R\.?P\.?|D\.?N\.?I\.?|Identification Number|Tazkira National ID Card"
    r"|National Foreign ID Number|Residency Number|Citizen's Card Number|Birth Certificate Number|Kenyan ID No\.|Numero de Identidad)"
    r" ([A-Z0-9][^ (;]*)(?: \(([^)]*)\))?",
    re.IGNORECASE,
)
_WEAK = re.compile(r"""^(?:alt\. )?[anf]\.?k\.?a\.? ['"](.+?)['"]\.?$""", re.IGNORECASE)
_WEAK_COMMA = re.compile(r"""^[anf]\.?k\.?a\.? ['"](.+?),['"]? ['"]?(.+?)['"]\.?$""", re.IGNORECASE)
_EXPIRES = re.compile(r"expires (\d{1,2} [A-Za-z]{3} \d{4})")


def read_ofac(folder: Path) -> ListRead:
    """Return the list in a folder of OFAC files."""
    info = load_info(folder, DEFAULT)
    aliases: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(folder / "alt.csv", 4):
        quality = "weak" if "weak" in (row[4] or "").lower() else "strong"
        if row[3]:
            aliases[row[0] or ""].append(name(row[3], quality))
    more = {row[0]: row[1] or "" for row in _rows(folder / "sdn_comments.csv", 2)}
    kinds: Counter[str] = Counter()
    entries = []
    for row in _rows(folder / "sdn.csv", 12):
        kind = (row[2] or "organisation").strip().lower()
        kinds["persons" if kind == "individual" else f"{kind}s"] += 1
        if kind == "individual":
            remarks = (row[11] or "") + more.get(row[0], "")
            entries.append(_entry(row, remarks, aliases[row[0] or ""]))
    files = tuple((p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in sorted(folder.glob("*.csv")))
    filled = _with(info, dict(kinds), files)
    return ListRead(filled, entries_frame(entries, filled), rows(REJECTS, []))


def _with(info: ListInfo, counts: dict[str, int], files: tuple[tuple[str, str], ...]) -> ListInfo:
    return ListInfo(**{**info.__dict__, "counts": counts, "files": files})


def _rows(path: Path, width: int) -> Iterator[list[str | None]]:
    """Yield rows of at least `width` cells, null marks as None; an end-of-file byte or short line is passed over."""
    if not path.is_file():
        return
    with path.open(encoding="latin-1", newline="") as file:
        for cells in csv.reader(line.replace("\x00", "") for line in file):
            if len(cells) < 2 or cells[0].strip("\x1a \ufeff") == "":
                continue
            clean = [cell.strip() for cell in cells]
            yield [None if cell in ("-0-", "") else cell for cell in clean] + [None] * max(0, width + 1 - len(clean))


def _entry(row: list[str | None], remarks: str, aliases: list[Row]) -> Row:
    entry: Row = {
        "entry_id": f"ofac-{row[0]}",
        "names": [name(row[1], "primary"), *aliases],
        "births": [],
        "nationalities": [],
        "birth_places": [],
        "documents": [],
        "sex": None,
        "crime_types": sorted({_CRIMES[code] for code in re.split(r"[\]\[ ]+", row[3] or "") if code in _CRIMES})
        or ["sanctions"],
        "remarks": "; ".join(part for part in (f"programme {row[3]}" if row[3] else "", row[4] or "", remarks) if part),
    }
    for part in re.split(r";\s*", remarks):
        _remark(entry, part.strip().rstrip("."))
    entry["names"] = _distinct(entry["names"])
    return entry


def _distinct(names: list[Row]) -> list[Row]:
    return list({found["full"].upper(): found for found in reversed(names) if found["full"]}.values())[::-1]


def _remark(entry: Row, part: str) -> None:
    """Put one remark where it belongs; what is not understood stays in `remarks` only."""
    plain = part[5:] if part.startswith("alt. ") else part
    if plain.startswith("DOB "):
        found = birth(plain[4:])
        if found is not None and found not in entry["births"]:
            entry["births"].append(found)
    elif plain.startswith("POB "):
        entry["birth_places"].append(plain[4:])
    elif plain.startswith(("nationality ", "citizen ")):
        state = plain.split(" ", 1)[1]
        code = country(state) or state
        if code not in entry["nationalities"]:
            entry["nationalities"].append(code)
    elif plain.startswith("Gender "):
        entry["sex"] = {"male": "M", "female": "F"}.get(plain[7:].strip().lower())
    elif match := _PASSPORT.match(part):
        entry["documents"].append(_document("P", match[1], match[2]))
    elif match := _IDENTITY.match(part):
        entry["documents"].append(_document("I", match[1], match[2]))
    elif match := _WEAK_COMMA.match(part) or _WEAK.match(part):
        entry["names"].append(name(", ".join(match.groups()), "weak"))


def _document(kind: str, number: str, issuer: str | None) -> Row:
    state = country(issuer) or issuer if issuer else None
    return {"type": kind, "number": number.strip(".,"), "number_to": None, "issuer": state, "status": None}
