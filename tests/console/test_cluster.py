"""The console over a hub on two servers: what it keeps stands on one of them, what it shows comes from both."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from benchmarks.servers import a_cluster
from ops_hub.console.app import create_app
from ops_hub.desk.filing import case_of
from ops_hub.errors import ConflictError
from ops_hub.service.cases import held
from ops_hub.service.centre import Centre
from ops_hub.store import drafts
from ops_hub.store.hub import grow, open_hub
from tests.console import day
from tests.console.people import PASSWORD, settle


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub of four partitions on two servers with people and a day."""
    folder = tmp_path_factory.mktemp("cluster")
    with a_cluster(2) as made:
        opened = grow(open_hub(folder / "home", made.address), 4)
        settle(opened)
        day.publish(opened, folder)
        day.hand_in(opened)
        day.worked(opened)
        yield opened
        opened.close()


def test_who_signs_in_sees_the_queue_and_decides_once(hub):
    centre = Centre(hub)
    wanda = TestClient(create_app(centre), follow_redirects=False)
    assert wanda.post("/sign-in", data={"name": "wanda", "password": "wrong"}).status_code == 401
    assert wanda.post("/sign-in", data={"name": "wanda", "password": PASSWORD, "next": "/watch"}).status_code == 303
    page = wanda.get("/watch")
    assert page.status_code == 200
    assert page.text.count('name="csrf"') >= 1
    wanda.headers |= {"x-csrf-token": page.text.split('name="csrf" value="')[1].split('"')[0], "x-purpose": "check"}
    number = next(row for row in day.numbers(hub) if str(row) in page.text)
    for verb, detail in (("claim", {}), ("decide", {"outcome": "insufficient-data", "reason": "no date"})):
        sent = {"verb": verb, "detail": detail, "hold": verb == "decide"}
        done = wanda.post(f"/api/v1/cases/{number}/acts", json=sent)
        assert done.status_code == 200, done.text
    assert case_of(hub, number).outcome is None  # it waits for a moment, to be taken back
    for name in hub.client.zrange("oh:{0}:acts:due", 0, -1):
        hub.client.zadd("oh:{0}:acts:due", {name: 1})
    assert [held.carry_out(centre), held.carry_out(centre)] == [1, 0]
    assert case_of(hub, number).outcome == "insufficient-data"
    assert not hub.client.exists("oh:{0}:acts:held")
    with drafts.alone(hub, "draft abc"), pytest.raises(ConflictError), drafts.alone(hub, "draft abc"):
        pass
