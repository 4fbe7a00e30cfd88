"""The chart in a real browser: drawn, searched, safe, alone."""

import os
import re
import shutil
import subprocess
from datetime import datetime

import pytest

from ops_hub.graph.chart import chart_html
from ops_hub.graph.links import links
from ops_hub.graph.network import network
from ops_hub.schemas import HITS, TRAVELLERS, rows

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--enable-logging=stderr",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here; .ci/run installs it")
        pytest.skip("no Chromium on this machine")
    return found


def opened(browser, tmp_path, page, fragment="", budget=20_000):
    """Return the page after its scripts have run, and what the browser said."""
    path = tmp_path / "chart.html"
    path.write_text(page, encoding="utf-8")
    words = [
        browser,
        *FLAGS,
        f"--user-data-dir={tmp_path / 'profile'}",
        f"--virtual-time-budget={budget}",
        "--dump-dom",
        f"{path.as_uri()}{fragment}",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def chart(n, name="F{}"):
    people = [
        {
            "record_id": str(k), "family_name": name.format(k), "given_names": "G", "flight": f"BW{k // 9}", "departs_at": datetime(2026, 11, 20),
            "documents": [{"type": "P", "number": f"X{k:06d}", "issuer": "HND"}], "booking_ref": f"B{k // 3}", "source": "a", "message_ref": "1",
        }
        for k in range(n)
    ]  # fmt: skip
    hits = [
        {
            "record_id": str(k),
            "list_id": "l",
            "entry_id": f"E{k}",
            "band": "high",
            "score": 0.9,
            "handling": "enforce",
            "matched_name": name.format(k),
        }
        for k in range(0, n, 3)
    ]
    return links(rows(TRAVELLERS, people), rows(HITS, hits))


def test_every_node_is_drawn_and_search_finds_one(browser, tmp_path):
    linked = chart(12)
    graph = network(linked)
    dom, said = opened(browser, tmp_path, chart_html(linked, title="t", subtitle="s"), "#q=f7")
    assert f'data-ready="{len(graph)}"' in dom
    assert re.search(r'data-found="[12]"', dom)
    assert not [line for line in said if "Error" in line or "Refused" in line]


def test_hostile_names_are_text_and_nothing_is_fetched(browser, tmp_path):
    page = chart_html(
        chart(3, "</script><script>document.title='owned'</script><img src=http://127.0.0.1:9/x>{}"),
        title="plain",
        subtitle="s",
    )
    dom, said = opened(browser, tmp_path, page)
    assert "<title>plain</title>" in dom
    assert not [line for line in said if "127.0.0.1" in line]


def test_two_thousand_nodes_are_drawn(browser, tmp_path):
    linked = chart(620)
    graph = network(linked)
    assert len(graph) > 1600
    dom, _ = opened(browser, tmp_path, chart_html(linked, title="t", subtitle="s"), budget=60_000)
    assert f'data-ready="{len(graph)}"' in dom
