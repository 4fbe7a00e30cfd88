"""Networks in the console: built of what the hub keeps, each reader's own part, charts, finds, ways, files."""

import re
import time

import msgspec
import polars as pl
import pytest
from starlette.testclient import TestClient

from ops_hub.console.signed_in import COOKIE
from ops_hub.engines.network import opened, saved
from ops_hub.service.shelf import Shelf
from ops_hub.store import graphs, sessions
from tests.graph.nets import a_net

ANALYSES = ("organisers", "payers", "communities", "brokers", "mules", "minors", "cotravel", "handovers", "broken", "cross", "money")  # fmt: skip
TYPED = ("search", "path")  # what people type about somebody is in no address
FORMS = ("html", "svg", "graphml", "gexf", "csv", "cypher", "anx")


@pytest.fixture(scope="module")
def live(the_day, hub, app):
    """The network `live` of the day, built by the console itself; yields the whole of it."""
    token, session = sessions.begin(hub, "wanda")
    client = TestClient(app, cookies={COOKIE: token}, headers={"x-csrf-token": session.csrf, "x-purpose": "operation"})
    begun = client.post("/api/v1/networks", json={"network": "live", "days": 30})
    assert begun.status_code == 200, begun.text
    for _ in range(400):
        told = client.get("/api/v1/networks").json()
        if told["building"]["state"] != "running":
            break
        time.sleep(0.05)
    assert told["building"]["state"] == "done", told
    return opened(hub.home / "networks" / "live")


def asked(client, path, **query):
    at = f"/api/v1/networks/live/{path}"
    told = client.post(at, json=query) if path in TYPED else client.get(at, params=query)
    assert told.status_code == 200, told.text
    return told.json()


def a_person(client):
    nodes = asked(client, "chart")["data"]["nodes"]
    return next(
        each for each in nodes if each["type"] == "person" and each.get("band") and "withheld" not in each["id"]
    )


def test_a_network_is_built_in_the_background_kept_closed_and_told_of(live, as_person, hub):
    told = as_person("wanda").get("/api/v1/networks").json()
    assert [each["name"] for each in told["networks"]] == ["live"]
    assert told["networks"][0]["trips"] == live.trips.height
    assert told["networks"][0]["keep_until"]
    assert (hub.home / "networks" / "live").stat().st_mode & 0o777 == 0o700
    assert not (hub.home / "networks" / ".building").exists()
    page = as_person("wanda").get("/network").text
    assert "live" in page
    assert "is built" in page


def test_counts_of_the_whole_are_the_centres_alone(live, as_person):
    told = as_person("lia").get("/api/v1/networks").json()
    assert told["building"] is None
    assert told["networks"][0]["records"] is told["networks"][0]["trips"] is None
    assert "wanda" not in as_person("lia").get("/network").text


@pytest.mark.parametrize(
    ("name", "sent", "status", "words"),
    [
        ("lia", {"network": "x"}, 403, "the lake is the centre"),
        ("adam", {"network": "x"}, 403, "may not do this"),
        ("wanda", {"network": "../x"}, 422, "regex"),
        ("wanda", {"network": "x\n"}, 422, "no name for one"),
        ("wanda", {"network": "x", "days": 10**30}, 422, "too large"),
        ("wanda", {"network": "x", "days": 9999}, 422, "93"),
        ("wanda", {"network": "live"}, 409, "there is one of this name"),
        ("wanda", {"network": {"a": 1}}, 422, "not as it must be"),
    ],
)
def test_who_may_not_build_or_names_it_badly_is_told_why(live, as_person, name, sent, status, words):
    told = as_person(name).post("/api/v1/networks", json=sent)
    assert told.status_code == status
    assert words in told.json()["detail"]


def test_without_a_purpose_nothing_is_built_shown_or_found(live, as_person):
    client = as_person("wanda", purpose="")
    assert client.post("/api/v1/networks", json={"network": "x"}).status_code == 422
    typed = {"search": {"text": "a"}, "path": {"one": "a", "other": "b"}}
    for path in ("chart", "search", "finds/organisers", "node?node=a", "path", "export", "table"):
        at = f"/api/v1/networks/live/{path}"
        told = client.post(at, json=typed[path]) if path in typed else client.get(at)
        assert told.status_code == 422
        assert "says why" in told.json()["detail"]
    assert "Why do you look?" in client.get("/network/live").text


def test_networks_are_nothing_for_roles_that_do_not_work_with_them(live, as_person):
    for name in ("serge", "pros", "luis", "rita", "audra", "adam"):
        client = as_person(name)
        assert client.get("/api/v1/networks/live/chart").status_code == 403, name
        assert client.get("/network/live").status_code == 403, name
        assert "/network" not in client.get("/me").text


@pytest.mark.parametrize("name", ["nothing", "..", ".building", "%2e%2e%2f%2e%2e", "a" * 99, "Š", "<script>"])
def test_only_networks_of_the_list_are_opened(live, as_person, name):
    assert as_person("wanda").get(f"/api/v1/networks/{name}/chart").status_code == 404


def test_the_chart_is_of_all_of_a_find_or_of_what_is_near(live, as_person):
    client = as_person("wanda")
    whole = asked(client, "chart")
    assert len(whole["data"]["nodes"]) == whole["all_nodes"]
    assert set(whole["places"]) >= {each["id"] for each in whole["data"]["nodes"]}
    one = a_person(client)
    near = asked(client, "chart", around=one["id"], hops=1)
    assert 1 < len(near["data"]["nodes"]) < whole["all_nodes"]
    assert [each["id"] for each in near["data"]["nodes"] if each.get("find")] == [one["id"]]
    found = asked(client, "chart", find="brokers", top=2)
    assert 0 < len(found["data"]["nodes"]) < whole["all_nodes"]
    assert found["words"]


def test_a_node_is_found_by_name_by_number_and_by_id(live, as_person):
    client = as_person("wanda")
    one = a_person(client)
    for text in (one["label"], one["id"]):
        assert one["id"] in [each["id"] for each in asked(client, "search", text=text)["nodes"]]
    document = next(each for each in asked(client, "chart")["data"]["nodes"] if each["type"] == "document")
    number = document["id"].removeprefix("document:").split("/")[0]
    assert document["id"] in [each["id"] for each in asked(client, "search", text=number)["nodes"]]
    assert asked(client, "search", text="nobody is called so")["nodes"] == []


def test_every_analysis_answers_and_is_shown(live, as_person):
    client = as_person("wanda")
    for kind in ANALYSES:
        told = asked(client, f"finds/{kind}")
        assert told["words"], kind
        page = client.get(f"/network/live/find?kind={kind}")
        assert page.status_code == 200, page.text
        if told["rows"]:
            assert "Mark on the chart" in page.text
    assert client.get("/network/live/find?kind=nonsense").status_code == 422
    assert client.get("/network/live/find?kind=neighbours").status_code == 422


def test_details_say_who_says_so_and_expanding_brings_what_is_not_drawn(live, as_person):
    client = as_person("wanda")
    one = a_person(client)
    told = asked(client, "node", node=one["id"])
    assert told["node"]["label"] == one["label"]
    assert any(each["cites"] for each in told["edges"])
    page = client.get("/network/live/node", params={"node": one["id"]}).text
    assert "Links and who says so" in page
    assert "message" in page
    sent = {"node": one["id"], "drawn": [one["id"]]}
    beside = client.post("/api/v1/networks/live/expand", json=sent).json()
    ids = [each["id"] for each in beside["nodes"]]
    assert ids
    assert one["id"] not in ids
    ends = {end for link in beside["edges"] for end in (link["source"], link["target"])}
    assert ends <= {*ids, one["id"]}
    again = client.post("/api/v1/networks/live/expand", json={"node": one["id"], "drawn": [one["id"], *ids]}).json()
    assert again == {"nodes": [], "edges": [], "more": 0}
    assert client.post("/api/v1/networks/live/expand", json={"node": "person:nobody"}).status_code == 404


def test_a_path_says_how_two_are_tied(live, as_person):
    client = as_person("wanda")
    one = a_person(client)
    other = asked(client, "node", node=one["id"])["edges"][0]["other_id"]
    told = asked(client, "path", one=one["id"], other=other, everything=True)
    assert told["rows"][0]["node_ids"] == [one["id"], other]
    assert client.post("/api/v1/networks/live/path", json={"one": one["id"], "other": one["id"]}).status_code == 422


def test_all_that_is_drawn_is_told_in_tables_as_well(live, as_person):
    client = as_person("wanda")
    drawn = {each["id"] for each in asked(client, "chart")["data"]["nodes"]}
    told, after = set(), 0
    while page := asked(client, "table", after=after)["nodes"]:
        told |= {each["id"] for each in page}
        after += len(page)
    assert told == drawn
    text = client.get("/network/live/table").text
    assert "Links of these nodes" in text
    assert client.get("/network/live/table?after=100000").status_code == 200


def test_a_file_needs_a_purpose_of_its_own_and_says_for_whom_it_is(live, as_person):
    client = as_person("wanda")
    for form in ("html", "csv"):
        told = client.get("/api/v1/networks/live/export", params={"form": form, "find": "brokers"})
        assert told.status_code == 200
        assert f"live-brokers.{form}" in told.headers["content-disposition"]
        assert b"wanda" in told.content
    assert client.get("/api/v1/networks/live/export?form=exe").status_code == 422
    assert client.post("/network/live/export", data={"form": "svg"}).status_code == 422
    assert client.post("/network/live/export", data={"form": "svg", "why": "briefing"}).content.startswith(b"<?xml")


def test_nobody_is_proposed_for_an_operation_without_a_reason(live, as_person):
    client = as_person("wanda")
    told = client.post("/network/live/propose", data={"nodes": "person:x", "operation": "alcyon", "reason": "  "})
    assert told.status_code == 422
    assert "says why" in told.text
    told = client.post("/network/live/propose", data={"operation": "alcyon", "reason": "pays for many"})
    assert "nobody is chosen" in told.text


def test_another_state_gets_no_word_of_journeys_that_are_not_its(live, as_person, the_day):
    mine = live.trips.filter(pl.col("states").list.contains("BRB"))["person_id"].unique()
    owned = live.edges.filter((pl.col("link") == "hit") & (pl.col("owner") == "BRB"))["from_id"].unique()
    others = live.nodes.filter((pl.col("type") == "person") & ~pl.col("node_id").is_in([*mine, *owned]))
    theirs = live.edges.filter(
        pl.col("from_id").is_in(others["node_id"].implode()) & pl.col("link").is_in(["holds", "booked"])
    )
    shared = live.edges.filter(pl.col("from_id").is_in([*mine, *owned]))["to_id"]
    values = set(theirs["to_id"]) - set(shared)
    records = live.resolved.filter(pl.col("person_id").is_in(others["node_id"].implode()))["record_id"]
    forbidden = {
        *others["label"],
        *values,
        *(each.removeprefix("document:").split("/")[0] for each in values if each.startswith("document:")),
        *records,
    }
    assert len(forbidden) > 50
    client = as_person("lia")
    told = [
        client.get("/api/v1/networks"),
        client.get("/network"),
        client.get("/network/live"),
        client.get("/network/live/table"),
    ]
    told += [
        client.get(f"/api/v1/networks/live/{each}")
        for each in ("chart", "table", *(f"finds/{kind}" for kind in ANALYSES))
    ]
    told += [client.get("/api/v1/networks/live/export", params={"form": form}) for form in FORMS]
    told += [client.get(f"/cases/{number}/chart") for number in the_day]
    said = "".join(each.text for each in told)
    assert not [word for word in forbidden if word in said]
    hidden = others["node_id"][0]
    assert client.get("/api/v1/networks/live/node", params={"node": hidden}).status_code == 404
    assert client.post("/api/v1/networks/live/expand", json={"node": hidden}).status_code == 404
    for text in others["label"][:5]:
        found = asked(client, "search", text=text)["nodes"]
        assert text not in [each["label"] for each in found]


def test_minors_have_no_name_but_at_the_protection_desk(live, as_person):
    minors = live.nodes.filter(pl.col("minor").fill_null(False))["label"].to_list()
    assert minors
    said = as_person("wanda").get("/api/v1/networks/live/chart").text
    assert not [each for each in minors if each in said]
    assert [each for each in minors if each in as_person("petra").get("/api/v1/networks/live/chart").text]


def test_the_chart_around_a_case_is_drawn_within_a_second_for_those_who_may_see_the_case(live, as_person, the_day):
    client, sizes = as_person("wanda"), []
    for number in the_day:
        begun = time.process_time()
        told = client.get(f"/api/v1/cases/{number}/chart")
        if told.status_code == 404:
            continue
        assert time.process_time() - begun < 1.0
        made = told.json()
        sizes.append(len(made["nodes"]))
        page = client.get(f"/cases/{number}/chart", headers={"hx-request": "true"}).text
        assert "style=" not in page
        assert "<html" not in page
        if made["sketch"]:
            assert 'role="img"' in page
    assert max(sizes) > 5
    assert max(sizes) <= 60
    assert client.get("/api/v1/cases/1/chart").status_code == 404
    assert client.get("/cases/x/chart").status_code == 422
    assert as_person("adam").get(f"/cases/{the_day[0]}/chart").status_code == 403


def test_hostile_names_are_text_and_strange_questions_are_answered(live, as_person, hub):
    name = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    net = a_net([("person:a", "phone:1", "contact"), ("person:b", "phone:1", "contact")], [("person:a", "BW1", 0, "POS", "BGI")], {"person:a": {"label": name}})  # fmt: skip
    saved(hub.home / "networks" / "hostile", net, name="hostile", made_at=hub.now().isoformat())
    client = as_person("wanda")
    for path in ("table", "node?node=person:a", "search", "chart"):
        at = f"/network/hostile/{path}"
        page = client.post(at, data={"text": "script"}) if path == "search" else client.get(at)
        assert page.status_code == 200, page.text
        if "json" not in page.headers["content-type"]:
            assert "<script>alert" not in page.text
            assert "<img" not in page.text
    for text in ("'; DROP TABLE x", "*" * 200, "\u202e", "\\", "((((", "%", "a\ud7ff"):
        assert client.post("/network/hostile/search", data={"text": text}).status_code == 200, text
    for said in ({"text": "a" * 300}, {}, {"text": "a", "x": 1}):
        assert client.post("/api/v1/networks/hostile/search", json=said).status_code == 422
    assert client.get("/network/hostile/search?text=a").status_code == 405, "no name stands in an address"
    graphs.remove(hub.home / "networks" / "hostile")
    assert client.get("/network/hostile/table").status_code == 404


def test_a_network_whose_time_is_over_is_not_listed_nor_opened(live, as_person, hub):
    about = {"inputs": {"hub": {"keep_until": "2020-01-01"}}}
    saved(
        hub.home / "networks" / "old",
        a_net([("person:a", "phone:1", "contact")], about=about),
        name="old",
        made_at="2019-12-01",
    )
    client = as_person("wanda")
    assert "old" not in [each["name"] for each in client.get("/api/v1/networks").json()["networks"]]
    assert client.get("/api/v1/networks/old/chart").status_code == 404
    graphs.remove(hub.home / "networks" / "old")


def test_what_is_asked_of_a_network_is_in_the_audit_log_with_its_purpose(live, as_person, hub):
    as_person("wanda", purpose="to be found again").get("/api/v1/networks/live/chart")
    events = [msgspec.json.decode(fields[b"event"]) for _, fields in hub.client.xrevrange("oh:{0}:audit", count=5)]
    found = [each for each in events if each["purpose"] == "to be found again"]
    assert [(each["action"], each["about"]) for each in found] == [("operation", "networks.show")]
    assert re.fullmatch("CENTRE/wanda:.*", found[0]["by"])


def test_a_shelf_makes_each_thing_once_and_lets_go_of_what_was_not_asked_for_longest():
    shelf, made = Shelf(10), []

    def make(key):
        return lambda: made.append(key) or key

    for key in ("a", "b", "a", "c", "a", "b"):
        assert shelf.get(key, make(key), lambda _: 4) == key
    assert made == ["a", "b", "c", "b"]
    with pytest.raises(ZeroDivisionError):
        shelf.get("d", lambda: 1 // 0, lambda _: 1)
    assert shelf.get("d", make("d"), lambda _: 1) == "d"
