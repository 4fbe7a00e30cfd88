"""The floor plan, held: imports point down, no room imports another, nothing hidden, no circle."""

import ast

import networkx as nx
import pytest

from tests.conftest import ROOT

GROUND = {"textlines", "ports", "papers", "schemas", "states", "config", "reference", "errors", "feedback"}
ROOMS = {
    "targeting",
    "trends",
    "manifests",
    "feeds",
    "normalise",
    "lists",
    "matching",
    "graph",
    "exercise",
    "store",
    "casework",
    "operations",
    "access",
}
# A room that is laid on another: matching compares names as normalise makes them (see ARCHITECTURE.md); the pipeline
# is the walk, and its steps, in screening, open doors as it does.
ALLOWED = {("matching", "normalise"), ("pipeline", "screening")}
FLOOR = dict.fromkeys(GROUND, 0) | dict.fromkeys(ROOMS, 1)
FLOOR |= {"screening": 2, "pipeline": 2, "journey": 2, "desk": 2, "engines": 3, "service": 4, "console": 5, "cli": 6}


def modules():
    return sorted((ROOT / "ops_hub").rglob("*.py"))


def name_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path):
    """Every module of ours that a file imports, also inside functions and type-checking blocks."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("ops_hub"))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ops_hub"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = (ROOT / inner.replace(".", "/")).is_dir() or (
                    ROOT / (inner.replace(".", "/") + ".py")
                ).is_file()
                yield inner if is_module else node.module


def room(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "errors"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_down_and_never_into_another_room(path):
    here = room(name_of(path))
    if name_of(path) == "ops_hub":
        return
    for target in imports_of(path):
        there = room(target)
        if there == here or target == "ops_hub":
            continue
        on_ground = here in GROUND and there in GROUND
        assert FLOOR[there] < FLOOR[here] or on_ground or (here, there) in ALLOWED, f"{name_of(path)} imports {target}"


def test_no_module_imports_itself_by_way_of_others():
    graph = nx.DiGraph((name_of(path), target) for path in modules() for target in imports_of(path))
    graph.remove_edges_from(nx.selfloop_edges(graph))
    assert nx.is_directed_acyclic_graph(graph), nx.find_cycle(graph)


def test_no_import_hides_inside_a_function():
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                assert not any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node)), (
                    f"{path}: {node.name}"
                )


def test_modules_stay_small_enough_to_read():
    # schemas names every frame once, and grows with them
    read = [path for path in modules() if name_of(path) != "ops_hub.schemas"]
    long = {name_of(path): n for path in read if (n := len(path.read_text(encoding="utf-8").splitlines())) > 350}
    assert not long
