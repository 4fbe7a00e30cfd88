"""How much a centre needs: cores, memory, disk, network, money and officers, for a region, a continent and the world.

    python -m benchmarks.capacity                                     # tables from benchmarks/capacity.json
    python -m benchmarks.capacity --travellers-a-year 12e6 --list-entries 50000 --minutes 10 --core-hour 0.03
    python -m benchmarks.capacity --measure --write                   # measure anew (some minutes), write docs/capacity.md

Costs are measured in small and stand in benchmarks/capacity.json; everything else is arithmetic (`capacity_model`) over
assumptions, each an option. The model is compared with two sizes that it has not seen. docs/capacity.md explains.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path

from benchmarks.capacity_measure import FULL, QUICK, measured
from benchmarks.capacity_model import SCALES, Assumed, Demand
from benchmarks.capacity_tables import tables, written
from ops_hub.store.files import write_text

COSTS = Path(__file__).with_name("capacity.json")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "capacity.md"


def asked(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help=f"measure anew and write {COSTS.name}")
    parser.add_argument("--quick", action="store_true", help="measure smaller sizes: minutes, and less sure")
    parser.add_argument("--runs", type=int, default=5, help="screenings of each size; the one that cost least counts")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/capacity.md")
    parser.add_argument("--travellers-a-year", type=float, help="one size of your own instead of the three")
    parser.add_argument("--list-entries", type=float, default=100_000)
    parser.add_argument("--peak", type=float, default=3, help="peak hour over the mean hour")
    parser.add_argument("--hits", type=float, default=0.3, help="per 1,000 travellers")
    for each in fields(Assumed):
        parser.add_argument(f"--{each.name.replace('_', '-')}", type=float, default=each.default)
    return parser.parse_args(arguments)


def main() -> None:
    """Print the tables, or write them."""
    told = asked()
    if told.measure:
        write_text(COSTS, json.dumps(measured(told.runs, QUICK if told.quick else FULL), indent=1) + "\n")
    data = json.loads(COSTS.read_text(encoding="utf-8"))
    if told.write:
        write_text(PAGE, written(PAGE.read_text(encoding="utf-8"), tables(data)))
        return
    own = Demand("yours", told.travellers_a_year or 0, told.list_entries, told.peak, told.hits)
    assumed = Assumed(**{each.name: getattr(told, each.name) for each in fields(Assumed)})
    for name, text in tables(data, (own,) if told.travellers_a_year else SCALES, assumed).items():
        print(f"{name}\n\n{text}\n")


if __name__ == "__main__":
    main()
