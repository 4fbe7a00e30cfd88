"""The base map: made of what it says, with every home state on it, small, and right where it must be."""

import hashlib

from ops_hub.console.basemap import _outlines, frame, land
from ops_hub.console.routemap import route_map
from ops_hub.reference import airports
from ops_hub.service.operations.results import Place, Routes, Way
from ops_hub.states import home_states
from tests.conftest import ROOT

VENDOR = ROOT / "ops_hub" / "console" / "static" / "vendor"


def place(port):
    known = airports()[port]
    return Place(port, "", None, 1, 0, float(known["lat"]), float(known["lon"]))


def drawn(*ways):
    ports = sorted({port for way in ways for port in way})
    told = [Way(number, *way, 1, travellers=100) for number, way in enumerate(ways, 1)]
    return route_map(Routes("X", None, None, 5, told, [place(port) for port in ports]))


def test_the_file_is_the_one_that_was_vendored():
    for line in (VENDOR / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
    assert (VENDOR / "basemap.json").stat().st_size < 600_000


def test_every_home_states_airport_lies_on_or_by_its_land():
    outlines = [point for _, rings in _outlines() for ring in rings for point in ring]
    for state in home_states().by_code.values():
        for port, _ in state.ports:
            if port:
                lon, lat = float(airports()[port]["lon"]), float(airports()[port]["lat"])
                assert min(abs(x - lon) + abs(y - lat) for x, y in outlines) < 2, (state.code, port)


def test_small_islands_are_there():
    names = {name for name, _ in _outlines()}
    assert {"Barbados", "Antigua and Barb.", "St. Vin. and Gren.", "Grenada", "Saint Lucia", "Dominica"} <= names


def test_a_map_is_small_wherever_the_routes_are():
    for ways in ([("POS", "BGI")], [("POS", "BGI"), ("SDQ", "PTY"), ("SJO", "GUA")], [("AMS", "PBM"), ("MAD", "PTY"), ("LIM", "SJO")], [("AKL", "SCL")], [("IST", "PTY")]):  # fmt: skip
        made = drawn(*ways)
        assert sum(len(path) for _, path in made.land) < 150_000, ways
        assert len(made.land) > 0
        assert all(0 <= dot.at[0] <= made.width and 0 <= dot.at[1] <= made.height for dot in made.dots)


def test_ways_there_and_back_are_two_lines():
    there, back = drawn(("POS", "BGI"), ("BGI", "POS")).curves
    assert abs(there.middle[0] - back.middle[0]) + abs(there.middle[1] - back.middle[1]) > 10


def test_ports_that_nobody_knows_the_place_of_are_named():
    told = Routes("X", None, None, 5, [Way(1, "BBBGI", "XXABC", 1)], [Place("XXABC", "", None, 1, 0)])
    made = route_map(told)
    assert made.unplaced == ["XXABC"]
    assert not made.curves


def test_a_window_is_drawn_once():
    window = frame([(-61.0, 10.0), (-59.0, 13.0)])
    assert land(window) is land(window)
