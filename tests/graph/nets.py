"""Small networks for tests, written as who does what."""

from datetime import datetime, timedelta

from ops_hub.graph.net import Network
from ops_hub.schemas import EDGES, NODES, RESOLVED, TRIPS, rows

DAY = datetime(2026, 11, 1, 10, 0)
LISTS = ("crime_types", "caveats")


def a_net(edges=(), trips=(), nodes=None, about=None):
    """Return a network.

    Args:
        edges: (from_id, to_id, link) or with a dict of further columns of EDGES; ids as 'person:ana', 'payment:c1'.
        trips: (person, flight, day, from, to) or with a dict of further columns of TRIPS; flight 'BW432', day from 0.
        nodes: further columns of NODES by node id.
        about: of the network.
    """
    made_edges = [_edge(*each) for each in edges]
    made_trips = [_trip(*each) for each in trips]
    seen = {e[end] for e in made_edges for end in ("from_id", "to_id")} | set(nodes or ())
    for trip in made_trips:
        seen |= {trip["person_id"], trip["flight_id"]}
        made_edges.append(_edge(trip["person_id"], trip["flight_id"], "travelled", {"first_seen": trip["departs_at"], "last_seen": trip["departs_at"]}))  # fmt: skip
        for column, link in (("booking_ids", "booked"), ("payment_ids", "paid"), ("contact_ids", "contact"), ("document_ids", "holds"), ("agency_ids", "booked through")):  # fmt: skip
            for value in trip[column]:
                seen.add(value)
                made_edges.append(_edge(trip["person_id"], value, link, {"first_seen": trip["departs_at"], "last_seen": trip["departs_at"]}))  # fmt: skip
    tied = {}
    for e in made_edges:
        tied.setdefault(e["from_id"], set()).add(e["to_id"])
        tied.setdefault(e["to_id"], set()).add(e["from_id"])
    made_nodes = [_node(node, tied.get(node, set()), (nodes or {}).get(node, {})) for node in sorted(seen)]
    once = {(e["from_id"], e["to_id"], e["link"], e["owner"]): e for e in made_edges}.values()
    by_trip = sorted(made_trips, key=lambda t: (t["departs_at"], t["flight_id"], t["person_id"]))
    return Network(
        rows(NODES, made_nodes),
        rows(EDGES, sorted(once, key=lambda e: (e["link"], e["from_id"], e["to_id"]))),
        rows(TRIPS, by_trip),
        rows(RESOLVED, _resolved(made_trips, nodes or {})),
        about or {"name": "test"},
    )


def _resolved(trips, nodes):
    """Return rows of RESOLVED of the records that trips cite: each says of its person what the node says."""
    told = {}
    for trip in trips:
        person = trip["person_id"]
        said = {name: nodes.get(person, {}).get(name) for name in ("birth_date", "sex", "nationality")}
        label = nodes.get(person, {}).get("label", person.partition(":")[2])
        more = {"label": label, "nationalities": nodes.get(person, {}).get("nationalities", [])}
        for cite in trip["cites"]:
            told[cite["record_id"]] = {"record_id": cite["record_id"], "person_id": person} | said | more
    return [told[record] for record in sorted(told)]


def _node(node, others, more):
    kind = node.partition(":")[0]
    persons = sum(other.startswith("person:") for other in others)
    base = {
        "node_id": node, "type": kind, "label": node.partition(":")[2], "first_seen": DAY, "last_seen": DAY, "records": 1,
        "persons": persons, "weight": 1.0, "states": [], "nationalities": [],
    }  # fmt: skip
    return base | {name: [] for name in LISTS} | more


def _edge(one, other, link, more=None):
    base = {
        "from_id": one, "to_id": other, "link": link, "first_seen": DAY, "last_seen": DAY, "count": 1, "weight": 1.0,
        "owner": None, "states": [], "cites": [{"record_id": f"r-{one}", "source": "test.edi", "message_ref": "1", "position": 0}],
    }  # fmt: skip
    return base | {name: [] for name in LISTS} | (more or {})


def _trip(person, flight, day, from_port, to_port, more=None):
    departs = DAY + timedelta(days=day)
    base = {
        "person_id": f"person:{person}", "flight_id": f"flight:{flight}/{departs:%Y-%m-%d}/{from_port}", "flight": flight,
        "carrier": flight[:2], "mode": "air", "from_port": from_port, "to_port": to_port, "departs_at": departs,
        "arrives_at": departs + timedelta(hours=2), "role": "passenger", "minor": False, "booking_ids": [], "payment_ids": [],
        "contact_ids": [], "document_ids": [], "agency_ids": [], "ticket_ids": [], "fares": [], "paid_kinds": [], "states": [],
        "cites": [{"record_id": f"r-{person}-{day}", "source": "test.edi", "message_ref": "1", "position": 0}],
    }  # fmt: skip
    return base | (more or {})
