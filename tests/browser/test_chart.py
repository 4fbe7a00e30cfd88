"""The chart in a real browser: drawn, searched, walked, taken along, safe, alone."""

import html
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest

from ops_hub.graph.chart import chart_html
from ops_hub.graph.charts.model import CAUTION, of_network
from tests.graph.nets import DAY, a_net

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-3d-apis", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
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


def opened(browser, tmp_path, page, fragment="", budget=4_000):
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


PEOPLE = 26


def network(people=PEOPLE, name="F{} Ana"):
    """Return groups of travellers, a hit, a minor, intelligence, over twenty days."""
    nodes = {
        "person:0": {"band": "high", "handling": "enforce", "crime_types": ["smuggling"]},
        "person:1": {"minor": True},
    }
    edges = [("person:0", "entry:l/1", "hit", {"band": "high", "handling": "enforce", "label": "high 0.93"})]
    for k in range(people):
        when = {"first_seen": DAY + timedelta(days=k % 20), "last_seen": DAY + timedelta(days=k % 20)}
        nodes[f"person:{k}"] = nodes.get(f"person:{k}", {}) | {
            "label": name.format(k),
            "states": [("BRB", "TTO")[k % 2]],
        }
        edges += [
            (f"person:{k}", f"document:P{k}", "holds", when),
            (f"person:{k}", f"booking:B{k // 4}", "booked", when),
        ]
        if k % 4 == 0:
            edges.append((f"person:{k}", "phone:+1", "contact", when))
    edges.append(("person:5", "organisation:Org", "member of", {"grade": "B2", "owner": "BRB"}))
    return a_net(edges, nodes=nodes)


def asked(browser, tmp_path, page, script, **more):
    """Return what a script in the page found out, and what the browser said."""
    page = page.replace("</body>", f"<script>(async () => {{ const hub = opsHubChart, told = {{}}; while (!hub.ready) await new Promise(r => setTimeout(r, 20));\n{script}\nconst e = document.createElement('pre'); e.id = 'told'; e.textContent = JSON.stringify(told); document.body.append(e); }})();</script></body>")  # fmt: skip
    dom, said = opened(browser, tmp_path, page, **more)
    found = re.search(r'<pre id="told">(.*?)</pre>', dom, re.DOTALL)
    assert found, said
    return json.loads(html.unescape(found[1])), said


def test_a_reader_searches_filters_walks_folds_and_takes_the_chart_along(browser, tmp_path):
    net = network()
    chart = of_network(net, title="t", subtitle="s", reader="BRB", caveats=["Law enforcement only."])
    script = """
    told.webgl = !!document.createElement('canvas').getContext('webgl');
    told.drawn = hub.visible(); told.found = hub.search('f7 '); told.card = document.getElementById('card').textContent;
    hub.search(''); hub.fit();
    hub.window(hub.span[0], hub.span[0]); told.quiet = hub.quiet(); told.lines = hub.cy.edges(':visible').length; hub.window(hub.span[0], hub.span[1]); told.loud = hub.quiet();
    told.path = hub.path('document:P0', 'document:P4');
    const off = document.querySelector('#types input[data-value="phone"]'); off.click(); told.filtered = hub.visible(); told.nopath = hub.path('document:P0', 'document:P4').length; off.click();
    told.tucked = hub.tuck('person:0'); told.after = hub.visible(); hub.untuck('person:0'); told.back = hub.visible();
    told.near = hub.near('person:0', 1); hub.tucked.clear(); hub.redraw();
    hub.box('state'); told.boxes = hub.cy.nodes('.box').map(n => n.data('short')).sort(); hub.box('group'); told.groups = hub.cy.nodes('.box').length; hub.box('');
    hub.write('person:0', 'ask <BRB>'); const kept = hub.written(); hub.write('person:0', ''); told.notes = hub.read(kept); told.note = hub.notes.get('person:0'); told.handling = JSON.parse(kept).handling[0];
    told.svg = hub.svg(); told.parsed = new DOMParser().parseFromString(told.svg, 'image/svg+xml').querySelectorAll('parsererror').length;
    told.png = await new Promise(done => hub.png(url => done([url.slice(0, 22), url.length])));
    window.dispatchEvent(new Event('beforeprint')); told.paper = document.querySelectorAll('#paper svg').length;
    """
    told, said = asked(browser, tmp_path, chart_html(chart), script)
    assert not [line for line in said if "Error" in line or "Refused" in line or "violates" in line]
    assert told["webgl"] is False  # the browser is started without
    assert told["drawn"] == told["back"] == net.nodes.height
    assert told["found"] == 1
    for words in ("F7 Ana", "test.edi", "message 1", "record r-person:7", "position 0"):
        assert words in told["card"]
    assert 0 < told["quiet"] < net.nodes.height
    assert told["loud"] == 0
    assert told["lines"] < net.edges.height
    assert told["path"] == ["document:P0", "person:0", "phone:+1", "person:4", "document:P4"]
    assert (told["filtered"], told["nopath"]) == (net.nodes.height - 1, 0)
    assert told["tucked"] == 2  # a document and the entry hang on this person alone
    assert told["after"] == told["drawn"] - 2
    assert told["near"] == 5
    assert told["boxes"] == ["BRB", "TTO"]
    assert told["groups"] > 1
    assert (told["notes"], told["note"]) == (1, "ask <BRB>")
    assert told["handling"] == CAUTION
    assert told["parsed"] == 0
    for words in ("never a verdict", "Law enforcement only.", "Made for BRB", "minor: to be protected"):
        assert words in re.sub(r"</text><text[^>]*>", " ", told["svg"])
    assert told["png"][0] == "data:image/png;base64,"
    assert told["png"][1] > 5_000
    assert told["paper"] == 1


def test_hostile_names_are_text_and_nothing_is_fetched(browser, tmp_path):
    name = "</script><script>document.title='owned'</script><img src=http://127.0.0.1:9/x>{}"
    page = chart_html(of_network(network(4, name), title="plain", subtitle="<img src=http://127.0.0.1:9/y>"))
    script = "hub.search('img'); hub.svg(); window.dispatchEvent(new Event('beforeprint')); told.title = document.title; told.images = document.images.length;"
    told, said = asked(browser, tmp_path, page, script)
    assert told == {"title": "plain", "images": 0}
    assert not [line for line in said if "127.0.0.1" in line]


@pytest.mark.wide
def test_more_than_two_thousand_nodes_are_drawn_folded_and_open_again(browser, tmp_path):
    chart = of_network(network(950), title="t")
    assert chart.nodes.height > 2_000
    script = "told.drawn = hub.visible(); told.folds = hub.folds.size; document.getElementById('open').click(); told.open = hub.visible(); document.getElementById('close').click(); told.again = hub.visible(); told.found = hub.search('f949 ');"
    told, _ = asked(browser, tmp_path, chart_html(chart), script, budget=4_000)
    assert told["drawn"] == told["again"] <= 2_000
    assert told["folds"] > 1
    assert told["open"] == chart.nodes.height
    assert told["found"] == 1


def test_words_that_would_lie_on_each_other_are_left_out_and_finds_are_listed_and_named(browser, tmp_path):
    chart = replace(of_network(network(120), title="t"), finds={"person:5": (1, "looks like one, to verify")})
    script = """
    const told_of = n => !n.hasClass('mute'); told.all = hub.visible(); told.named = hub.cy.nodes().filter(told_of).length;
    told.find = told_of(hub.cy.getElementById('person:5')); told.short = hub.cy.getElementById('person:5').data('short');
    told.list = [...document.querySelectorAll('#found-list li')].map(e => e.textContent); document.querySelector('#found-list button').click();
    told.card = document.querySelector('#card .find').textContent; told.near = hub.cy.nodes().filter(told_of).length;
    """
    told, _ = asked(browser, tmp_path, chart_html(chart), script)
    assert 0 < told["named"] < told["all"]
    assert told["near"] > told["named"]  # nearer, there is more room
    assert (told["find"], told["short"], told["list"]) == (True, "1. F5 Ana", ["F5 Ana"])
    assert told["card"] == "Find 1: looks like one, to verify"
