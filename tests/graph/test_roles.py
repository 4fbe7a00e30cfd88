from datetime import timedelta

import pytest

from ops_hub.errors import ConfigError
from ops_hub.graph.analyses.organisers import organisers, payers
from ops_hub.graph.analyses.signs import TERMS
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.settings import graph_settings
from tests.graph.nets import DAY, a_net

SET = graph_settings()


def journey(person, flight, day, ports, payment, *, booking=None, ahead=30, back=None, phone=None, **more):
    """Trips of one person: out, and after `back` days home again."""
    said = {
        "payment_ids": [f"payment:{payment}"] if payment else [],
        "contact_ids": [f"phone:{phone}"] if phone else [],
        "booking_ids": [f"booking:{booking or f'{person}-{day}'}"],
        "booked_at": DAY + timedelta(days=day - ahead),
    } | more
    trips = [(person, flight, day, *ports, said)]
    if back:
        trips.append((person, flight + "0", day + back, ports[1], ports[0], said))
    return trips


def ordinary():
    """Households who go and come back, over 80 days; the last days of the data are theirs."""
    trips = []
    for k in range(120):
        for who in range(2):
            trips += journey(
                f"fam{k}-{who}", f"BW{k % 4}", k % 80, ("POS", "BGI"), f"own{k}", booking=f"own{k}", back=7
            )
    return trips


def names(trips, surname=None):
    nodes = {}
    for person, *_ in trips:
        family = surname or (person.split("-")[0] if person.startswith("fam") else f"Name{person}")
        nodes[f"person:{person}"] = {
            "label": f"{family.upper()}, X",
            "nationality": "VEN" if person[-1] in "13579" else "HTI",
        }
    return nodes


def smuggled(payments=("dark",), own=True):
    trips = []
    for k in range(10):
        ports = [("CCS", "POS"), ("PTY", "BGI")][k % 2]
        trips += journey(f"client{k}", f"XX{k % 2}", 5 * k, ports, payments[k % len(payments)], ahead=2, phone="night")
    if own:
        trips += journey("boss", "XX0", 7, ("CCS", "POS"), payments[0], back=3, phone="night")
        trips += journey("boss", "XX1", 33, ("PTY", "BGI"), payments[-1], back=3)
    return trips


def found(*groups, extra=None, edges=()):
    trips = [trip for group in (ordinary(), *groups) for trip in group]
    return organisers(a_net(edges, trips, names(trips) | (extra or {})), SET)


def row(finding, node):
    return finding.table.filter(finding.table["node_id"] == node).to_dicts()[0]


def test_who_pays_for_many_one_way_strangers_and_hardly_travels_is_named_first():
    finding = found(smuggled(("dark", "darker")))
    first = finding.table.to_dicts()[0]
    assert first["node_id"] == "person:boss"
    assert first["named"]
    assert first["clients"] == 10
    assert first["own_trips"] == 4
    assert {"payment:dark", "payment:darker", "phone:night"} == set(first["value_ids"])
    assert "client" not in first["why"].replace("clients", "")
    assert "person:boss" in finding.ids


def test_the_score_is_the_sum_of_its_terms():
    table = found(smuggled()).table
    assert table["score"].to_list() == pytest.approx(table.select(TERMS).sum_horizontal().to_list())
    assert table["score"].is_between(0, 1).all()


def test_where_nobody_travels_on_it_like_an_owner_the_payment_is_the_lead():
    first = found(smuggled(own=False)).table.to_dicts()[0]
    assert first["node_id"].startswith(("payment:dark", "phone:night"))
    assert first["named"]
    assert "unknown person behind" in first["why"]


def club():
    """A leader and twelve others of one party, three times, all back together."""
    return [
        trip
        for day in (3, 30, 50)
        for who in ("leader", *(f"player{day}-{k}" for k in range(12)))
        for trip in journey(who, f"CL{day}", day, ("POS", "MIA"), "club", booking=f"club{day}", back=5, phone="club")
    ]


def company():
    trips = []
    for k in range(40):
        trips += journey(f"staff{k % 12}", f"CO{k % 3}", 2 * k, [("POS", "MIA"), ("POS", "GEO")][k % 2], "firm", ahead=3, back=2, agency_ids=["agency:A1"])  # fmt: skip
    return trips


def agency():
    trips = []
    for k in range(40):
        trips += journey(f"guest{k}", f"AG{k % 3}", 2 * k, [("POS", "MIA"), ("POS", "BGI"), ("BGI", "MIA")][k % 3], f"card{k}", back=None if k % 5 == 0 else 8, phone="shop", agency_ids=["agency:A2"])  # fmt: skip
    return trips


def employer():
    return [trip for k in range(25) for trip in journey(f"picker{k}", "SE1", 10 + k % 2, ("KIN", "YYZ"), "farm", ahead=60, phone="farm")]  # fmt: skip


def family():
    return [trip for k in range(6) for trip in journey(f"fam900-{k}", f"FA{k % 2}", 9 * k, ("CCS", "POS"), "mum", ahead=3, phone="mum")]  # fmt: skip


@pytest.mark.parametrize("look_alike", [club, company, agency, employer, family])
def test_who_looks_alike_is_not_named(look_alike):
    table = found(look_alike(), smuggled()).table
    assert table.filter("named")["node_id"].to_list() == ["person:boss"]


def test_payers_are_payments_with_the_same_signs():
    trips = [*ordinary(), *smuggled(("dark", "darker")), *company()]
    first = payers(a_net((), trips, names(trips)), SET).table.to_dicts()[0]
    assert first["node_id"] in ("payment:dark", "payment:darker")
    assert first["value_ids"] == [first["node_id"]]
    assert first["behind_id"] == "person:boss"


def test_who_is_to_be_protected_is_never_taken_for_an_organiser():
    victim = {"person:boss": {"label": "BOSS, X", "band": "high", "handling": "protect"}}
    finding = found(smuggled(), extra=victim)
    best = finding.table.to_dicts()[0]
    assert best["named"]
    assert best["behind_id"] is None
    assert not best["escort_ids"]
    assert best["why"].startswith("an unknown person behind")
    assert not finding.table["why"].str.contains("BOSS").any()


@pytest.mark.parametrize("kind", FINDERS)
@pytest.mark.parametrize("net", [a_net(), a_net(nodes={"person:a": {}}), a_net(trips=[("a", "BW1", 0, "POS", "BGI")])])
def test_a_network_of_nothing_or_nearly_nothing_is_answered(kind, net):
    finder = FINDERS[kind]
    finding = finder(net, SET, around=["person:a"] if finder.begins else None)
    assert "why" in finding.table.columns
    assert "-1" not in " ".join(finding.words)


def test_no_sentence_and_no_table_names_a_minor_and_who_may_need_protection_is_said_to():
    trips = [
        (p, f"BW{k}", k, "POS", "BGI", {"payment_ids": ["payment:c"]}) for p in ("kid", "help", "ann") for k in range(3)
    ]
    trips += [(p, "XX1", 9, "POS", "BGI", {"contact_ids": ["phone:1"]}) for p in ("kid", "dan")]
    nodes = {
        "person:kid": {"label": "YOUNG, YAN", "minor": True},
        "person:help": {"label": "HELP, H", "handling": "protect"},
    }
    net = a_net(trips=trips, nodes=nodes)
    for finder in FINDERS.values():
        finding = finder(net, SET, around=["person:help"] if finder.begins else None)
        assert "YOUNG" not in str(finding.table.to_dicts()) + " ".join(finding.words)
    near = FINDERS["neighbours"](net, SET, around=["person:help"])
    assert near.table["why"][0] == "HELP, H (may need protection): where this begins"


def test_settings_that_make_no_sense_are_refused(tmp_path):
    for line in (
        "[roles]\nnamed = 1.5",
        "[roles]\nclients = 0",
        "[moves]\nseason_days = 0",
        "[roles.weights]\none_way = -0.2",
    ):
        (tmp_path / "graph.toml").write_text(line + "\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"graph\.toml"):
            graph_settings.__wrapped__(tmp_path)


def test_who_pays_for_as_many_ways_home_as_ways_out_relieves_crews_and_is_not_named():
    def crews(turn):
        trips = journey("agent", "XX0", 7, ("CCS", "POS"), "agency", back=3) + journey(
            "agent", "XX1", 33, ("CCS", "POS"), "agency", back=3
        )
        for k in range(16):
            ports = ("POS", "CCS") if turn and k % 2 else ("CCS", "POS")
            trips += journey(f"sailor{k}", f"XX{k % 2}", 4 * k, ports, "agency", ahead=2)
        return trips

    out_only, both_ways = (row(found(crews(turn)), "person:agent") for turn in (False, True))
    assert out_only["named"]
    assert not both_ways["named"]
    assert both_ways["term_one_way"] < 0.05 < out_only["term_one_way"]
