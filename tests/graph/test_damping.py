"""What very many share says little, and the telephone of an organiser of 60 clients says all."""

import polars as pl

from tests.graph.travellers import network, traveller


def client(n, **more):
    return traveller(f"c{n:04}", name=f"CLIENT{'ABCDEFGHIJ'[n % 10]} {'KLMNOPQRST'[n // 10 % 10]}", born=f"{1950 + n % 50}-01-0{n % 9 + 1}", document=f"P{1000000 + n}/HND", booking=f"B{n:05}", **more)  # fmt: skip


def weight(net, node):
    return net.nodes.filter(pl.col("node_id") == node).select("weight", "damped").row(0)


def test_an_organisers_telephone_keeps_its_weight_and_an_agencys_own_loses_it():
    organised = [client(n, phone="+1 246 555 0100", agency="7001") for n in range(60)]
    office = [client(100 + n, phone="+1 246 555 0999", agency="7002") for n in range(60)]
    others = [client(200 + n, phone=f"+1 246 777 {n:04}", agency="7001") for n in range(240)]
    net = network(organised + office + others)
    assert weight(net, "phone:12465550100")[0] > 0.99
    own, why = weight(net, "phone:12465550999")
    assert own < 0.4
    assert "agency's own" in why
    edge = net.edges.filter(pl.col("to_id") == "phone:12465550999")
    assert edge["weight"].max() == own


def test_an_address_of_very_many_parties_is_damped_by_their_number():
    net = network([client(n, address="1 Airport Road, Piarco") for n in range(250)])
    value, why = weight(net, "address:1 airport road, piarco")
    assert value == 100 / 250
    assert "250 parties" in why
    assert [each["node_id"] for each in net.about["damped"]] == ["address:1 airport road, piarco"]


def test_who_travels_every_week_with_one_telephone_is_one_party():
    shown = {"born": "1990-02-03", "document": "P1234567/HND"}
    net = network([traveller(f"r{n}", booking=f"B{n:05}", day=n, phone="+1 246 555 0100", **shown) for n in range(150)])
    assert weight(net, "phone:12465550100") == (1.0, None)
