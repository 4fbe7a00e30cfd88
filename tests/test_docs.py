"""Docs that are made from the code say what the code says."""

import re

from ops_hub import schemas
from ops_hub.lists.native import COLUMNS
from tests.conftest import ROOT

FRAMES = (
    "TRAVELLERS",
    "REJECTS",
    "MESSAGES",
    "ENTRIES",
    "HITS",
    "LINKS",
    "FLAGS",
    "FINDINGS",
    "MANIFESTED",
    "PEOPLE",
    "NODES",
    "EDGES",
    "TRIPS",
    "RESOLVED",
    "INTELLIGENCE",
    "OUTCOMES",
    "TASKS",
)


def schema_page():
    lines = [
        "# Schemas",
        "",
        "Every frame that passes between rooms, from `ops_hub/schemas.py` (this page is made from it; a test compares them).",
        "",
    ]
    for name in FRAMES:
        lines += [f"## {name}", "", "| column | type | meaning |", "|---|---|---|"]
        for column, said in getattr(schemas, name).items():
            kind = re.sub(r"\(time_unit='us', time_zone=None\)", "", str(said.dtype)).replace("|", "\\|")
            lines.append(f"| {column} | {kind} | {said.meaning} |")
        lines.append("")
    return "\n".join(lines)


def test_the_page_of_schemas_is_the_code():
    path = ROOT / "docs" / "schemas.md"
    assert path.read_text(encoding="utf-8") == schema_page(), "write it anew: python -m tests.test_docs"


def test_every_column_of_our_list_format_is_documented():
    text = (ROOT / "docs" / "watchlists.md").read_text(encoding="utf-8")
    assert [column for column in COLUMNS if column not in text] == []


def test_every_reason_for_a_reject_is_documented():
    text = (ROOT / "docs" / "feeds.md").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ops_hub" / "feeds").rglob("*.py"))
    reasons = set(re.findall(r"(?:note|record)\(\s*(?:m\.)?source\.name,\s*\"([a-z-]+)\"", code)) | set(
        re.findall(r"set_aside\(\s*\w+,\s*\"([a-z-]+)\"", code)
    )
    missing = {reason for reason in reasons if reason not in text} - {
        "stray-document",
        "stray-name",
        "stray-segments",
        "bad-count",
        "bad-sex",
        "bad-ssr",
        "no-bearer",
    }
    assert not missing


if __name__ == "__main__":
    (ROOT / "docs" / "schemas.md").write_text(schema_page(), encoding="utf-8")
