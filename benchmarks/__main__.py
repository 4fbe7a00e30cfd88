"""The benchmark: one entry point for everything that is measured.

    python -m benchmarks                      every part, at the sizes of the report; writes benchmarks/RESULTS.md
    python -m benchmarks growth latency       these parts; the others keep what they have in the report
    python -m benchmarks --quick              small, to see that it works: minutes; writes runs/benchmark-quick/RESULTS.md
    python -m benchmarks --report             no measurement: the report again from benchmarks/results
    python -m benchmarks --list               all parts, and the benchmarks that print and are in no report
    python -m benchmarks live -- --seconds 60 one of these, with its own arguments

One scale sets all sizes. With N passengers and lists of E1 to E2 entries, peers are measured with N against each list; growth from
N / 10 to 100 N passengers against E1, and from E1 to 10 E2 entries with 5 N; profile with 10 N against E2; latency against E2 and
10 E2; shards with N against E2, and 3 E2 compiled.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import machine
from benchmarks.parts import BY_NAME, PARTS, measure, say
from benchmarks.results import kept
from benchmarks.settings import QUICK, SIZES, Settings

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "data"


def main(given: Sequence[str] | None = None) -> int:
    """Do what was asked and return the exit code: 1 where a part failed."""
    asked = list(sys.argv[1:] if given is None else given)
    if asked and asked[0] in others():
        return subprocess.call(
            [sys.executable, "-m", f"benchmarks.{asked[0]}", *[each for each in asked[1:] if each != "--"]]
        )
    told = arguments(asked)
    if told.list:
        print(listing())
        return 0
    if not told.report:
        with TemporaryDirectory(prefix="benchmark-") as made:
            settings = settings_of(told, (told.keep or Path(made)).resolve())
            measure(told.parts, settings, told.out, in_place=told.in_place)
    # not before everything is measured: a process begins with the peak of memory of whoever starts it
    outcomes = [kept(part, told.out / "results") for part in PARTS]
    importlib.import_module("benchmarks.report").write(outcomes, told.out)
    print(told.out / "RESULTS.md")
    failed = [each.part for each in outcomes if each.error and each.part in told.parts]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Return what was asked, sizes filled in."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} [default: all but {', '.join(BY_NAME)}]"
    )
    parser.add_argument("--passengers", type=int, help=f"[default: {SIZES['passengers']}]")
    parser.add_argument("--entries", help=f"list sizes [default: {SIZES['entries']}]")
    parser.add_argument("--runs", type=int, help=f"medians of so many [default: {SIZES['runs']}]")
    parser.add_argument("--seed", type=int, default=1, help="of everything invented [default: 1]")
    parser.add_argument("--out", type=Path, help="folder of RESULTS.md, results and plots [default: benchmarks]")
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, and the code where it lies, not a copy of it"
    )
    parser.add_argument(
        "--in-place", action="store_true", help="measure the code where it lies: no compilation, no edits meanwhile"
    )
    parser.add_argument("--keep", type=Path, help="folder for data, used again; empty it when the generator changes")
    parser.add_argument(
        "--shared", type=Path, default=SHARED, help="folder with labelled pairs [default: ../shared/data]"
    )
    parser.add_argument("--report", action="store_true", help="write the report again, measure nothing")
    parser.add_argument("--list", action="store_true", help="all that can be measured")
    told = parser.parse_args(given)
    for name, size in (QUICK if told.quick else SIZES).items():
        if getattr(told, name) is None:
            setattr(told, name, size)
    told.entries = tuple(sorted({int(each) for each in told.entries.split(",")}))
    told.out = (told.out or (Path("runs/benchmark-quick") if told.quick else HERE)).resolve()
    told.in_place |= told.quick
    if unknown := set(told.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; --list tells all")
    told.parts = [part for part in PARTS if part in (told.parts or set(PARTS) - set(BY_NAME))]
    return told


def settings_of(told: argparse.Namespace, folder: Path) -> Settings:
    """Return what parts are told."""
    shared = told.shared if told.shared.is_dir() else None
    sizes = (told.seed, told.runs, told.passengers, told.entries)
    return Settings(folder, *sizes, shared, machine.cores(), say)


def others() -> dict[str, str]:
    """Return the benchmarks that print and are in no report, with the first line of what they say of themselves."""
    parts, found = {*PARTS.values(), "__main__", "parts", "timing", "sampler", "repeated", "both"}, {}
    for place in sorted(HERE.glob("*.py")):
        source = place.read_text(encoding="utf-8")
        if place.stem not in parts and '__name__ == "__main__"' in source:
            found[place.stem] = (ast.get_docstring(ast.parse(source)) or "").splitlines()[0]
    return found


def listing() -> str:
    """Return all that can be measured."""
    first = {part: _first_line(HERE / f"{module}.py") for part, module in PARTS.items()}
    rows = [f"  {name:12} {line}" for name, line in first.items()]
    more = [f"  {name:12} {line}" for name, line in others().items()]
    return "\n".join(["Parts of the report:", *rows, "", "By name, with their own arguments after --:", *more])


def _first_line(place: Path) -> str:
    """Return the first line of a module's description."""
    if not place.exists():
        return "not here"
    return (ast.get_docstring(ast.parse(place.read_text(encoding="utf-8"))) or "").splitlines()[0]


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is timed would compile every module anew
    sys.exit(main())
