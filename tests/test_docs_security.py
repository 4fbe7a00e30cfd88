"""docs/security.md says what the code does: its keys, folders, roles, periods and tests are those that there are."""

import ast
import re
import tomllib
from functools import cache

from ops_hub.access.roles import role_table
from ops_hub.states import home_states
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


@cache
def modules(folder=""):
    """Of each module of the package, or of a folder in it: its texts by name, all calls, and all that is divided, as paths are."""
    found = []
    for path in sorted((ROOT / "ops_hub" / folder).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.BinOp)]
        found.append((constants(tree), nodes))
    return found


def constants(tree):
    """Texts (and texts of tables) that names of a module stand for."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            parts = value.values if isinstance(value, ast.Dict) else [value]
            texts = [each.value for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            found[node.targets[0].id] = texts
    return found


def texts_of(node, known):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Name):
        return known.get(node.id, [])
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return known.get(node.value.id, [])
    return []


def calls(names, folder=""):
    for known, nodes in modules(folder):
        for node in nodes:
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in names:
                    yield node, known


@cache
def words_of_keys():
    """First words of all keys of the hub's server."""
    found = {word for node, known in calls({"key"}) for word in texts_of(node.args[0], known)}
    # those of all partitions are named to who finds them there
    for name, at in {"streams": 0, "stream": 0, "_summed": 1}.items():
        found |= {word for node, known in calls({name}, "engines/live") for word in texts_of(node.args[at], known)}
    plain = (text for known, _ in modules() for texts in known.values() for text in texts)
    return found | {told[1] for text in plain if (told := re.match(r"oh:\{0\}:([a-z-]+)", text))}


def folders():
    """First names under a home folder."""
    found = set()
    for known, nodes in modules():
        for node in nodes:
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                left = node.left.id if isinstance(node.left, ast.Name) else getattr(node.left, "attr", "")
                if left == "home":
                    found |= set(texts_of(node.right, known))
    return {each for each in found if "*" not in each}


def storage():
    """Cells of the tables of what is stored: rows of six."""
    part = PAGE.split("## What is stored where")[1].split("### Not stored")[0]
    rows = [line.strip("|").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    assert {len(row) for row in rows} == {6}
    return [[cell.strip() for cell in row] for row in rows if row[0].strip() != "what"]


def places():
    return {told for row in storage() for told in re.findall(r"`([^`]+)`", row[1])}


def test_every_key_of_the_hub_stands_in_the_table_of_what_is_stored():
    told = {each.removesuffix(":") for each in places() if re.fullmatch(r"[a-z][a-z-]*:?", each)}
    assert words_of_keys() - told == set()
    assert told - words_of_keys() == set(), "the code has no such keys"


def test_every_folder_of_a_home_stands_in_the_table_of_what_is_stored():
    told = {each.removeprefix("HOME/") for each in places() if each.startswith("HOME/")}
    assert {"lake", "audit", "archive", "keys", "server", "networks"} <= folders()
    assert folders() - told == set()
    assert told - folders() == set(), "the code has no such folders"


def test_every_period_that_the_centre_seals_with_stands_in_the_table():
    sealing = {"seal", "unseal", "opener", "derived"}
    used = set()
    for node, known in calls(sealing):
        if isinstance(node.args[0], ast.Name) and node.args[0].id == "CENTRE" and len(node.args) > 1:
            used |= set(texts_of(node.args[1], known))
    told = " ".join(row[2] for row in storage())
    assert {"intake", "tokens", "held-acts", "replies"} <= used
    assert [each for each in sorted(used) if not re.search(rf"CENTRE / [a-z, /-]*\b{each}\b", told)] == []


def test_every_role_has_its_row():
    part = PAGE.split("## Who may see it: roles")[1].split("## ")[0]
    rows = [line.split("|")[1].strip() for line in part.splitlines() if line.startswith("| ")][1:]
    assert rows == [role.name for role in role_table().role]


def test_every_rule_of_retention_stands_there_with_what_is_shipped():
    rules = tomllib.loads((ROOT / "rules" / "retention.toml").read_text(encoding="utf-8"))
    said = {name: value for table in rules.values() for name, value in table.items()}
    part = PAGE.split("## How long: the rules")[1].split("## ")[0]
    rows = {row.split("|")[1].strip(" `"): row for row in part.splitlines() if row.startswith("| `")}
    assert rows.keys() == said.keys() | {"keep_days"}
    for name, value in said.items():
        assert f"{value:,}" in rows[name]
    states = home_states().by_code.values()
    assert max(each.retention.mask_days for each in states) == said["mask_days"]
    assert max(each.retention.delete_days for each in states) == said["delete_days"]
    replies = tomllib.loads((ROOT / "rules" / "replies.toml").read_text(encoding="utf-8"))
    assert f"{replies['keep_days']} days" in rows["keep_days"]


def test_every_test_and_file_that_is_named_is_there():
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 40
    assert [each for each in sorted(named) if f"def {each}(" not in tests] == []
    paths = re.findall(r"`((?:ops_hub|tests|rules)/[\w/.]+)`", PAGE) + re.findall(r"\]\(([\w/.]+\.md)\)", PAGE)
    assert [each for each in paths if not ((ROOT / each).exists() or (ROOT / "docs" / each).exists())] == []
