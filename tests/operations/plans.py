"""An invented plan of three states, as a text to alter and as what is read of it."""

import datetime as dt

from ops_hub.operations.planfile import read
from ops_hub.states import home_states

STATES = home_states()
ACTION = dt.date(2026, 11, 20)
TEXT = """\
name = "ALCYON"
title = "Operation ALCYON"
legal_basis = "Memorandum of understanding of 2025"
crime_types = ["smuggling"]
most_stale_days = 30

[ports]
KIN = 2

[[routes]]
from_port = "POS"
to_port = "BGI"
priority = 1

[[phases]]
kind = "gathering"
begins = 2026-11-01
ends = 2026-11-19

[[phases]]
kind = "action"
begins = 2026-11-20
ends = 2026-11-23

[[phases]]
kind = "after"
begins = 2026-11-24
ends = 2027-02-01

[[states]]
code = "BRB"
coordinates = true
protection_places = 2
police = { desk = "Police desk BRB" }
immigration = { desk = "Border desk BRB" }
prosecutor = { desk = "Prosecutor BRB" }
victim_services = { desk = "Services BRB" }

[[states.teams]]
port = "BGI"
officers = 6
female = 2
languages = { es = 1 }

[[states]]
code = "TTO"
police = { desk = "Police desk TTO" }
immigration = { desk = "Border desk TTO" }
prosecutor = { desk = "Prosecutor TTO" }
victim_services = { desk = "Services TTO" }

[[states.teams]]
port = "POS"
officers = 4

[[states]]
code = "JAM"
police = { desk = "Police desk JAM" }
immigration = { desk = "Border desk JAM" }
prosecutor = { desk = "Prosecutor JAM" }
victim_services = { desk = "Services JAM" }
"""


def written(folder, *changes):
    """Write the plan with pieces of its text changed, and return its file."""
    text = TEXT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "ALCYON" / "plan.toml"
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def a_plan(folder, *changes):
    return read(written(folder, *changes), STATES)
