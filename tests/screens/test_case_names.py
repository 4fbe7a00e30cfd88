"""Names that are no names: what carriers and owners write is shown as they wrote it, and runs nowhere."""

import csv
import re
import shutil
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ops_hub import __version__
from ops_hub.config import matching_config
from ops_hub.engines.live.ingest import Intake
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import write
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists
from ops_hub.states import home_states
from ops_hub.store import archive
from tests.conftest import ROOT
from tests.console import day

SENT = b"ALLEYNE <SCRIPT>ALERT(1)</SCRIPT>"
BESIDE = b'"><IMG SRC=X ONERROR=ALERT(2)>'
LISTED = "ALLEYNE <script>alert(3)</script>, Kester"
SAID = "<svg onload=alert(4)> {{ 7*7 }} =cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def case(hub, tmp_path_factory):
    """Hand in a message with such names; the list has two entries that it meets. Return the number of its case."""
    folder = tmp_path_factory.mktemp("names") / "lists"
    shutil.copytree(ROOT / "watchlists" / "BRB" / "smuggling", folder)
    text = (folder / "list.toml").read_text().replace('["owner-release-only"]', '["content-to-concerned"]')
    (folder / "list.toml").write_text(text)
    path = folder / "entries.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    first = rows[0] | {"name": LISTED, "remarks": SAID, "crime_types": "<b>smuggling</b>", "aliases": "<i>Kester</i>"}
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, list(first))
        out.writeheader()
        out.writerows([first, rows[0] | {"entry_id": "BRB-S-009"}])
    knowledge = Knowledge(name_tables(), matching_config())
    write(folder.parent / "snapshot", compile_lists(read_lists([folder]), knowledge), __version__)
    archive.publish(hub, archive.keep_snapshot(hub, folder.parent / "snapshot"), archive.keep_rules(hub, None))
    archive.keep_code(hub)
    data = (ROOT / "sample_feeds" / day.MESSAGES[0]).read_bytes()
    data = data.replace(b"ALLEYNE BYNOE", SENT).replace(b"ORDONEZ LAGOS", BESIDE)
    Intake(hub, home_states()).message(day.moved(data, hub.now()), "names.edi")
    day.worked(hub)
    (number,) = day.numbers(hub)
    return number


def test_what_others_wrote_is_text_on_every_part_of_the_page(as_person, case):
    for tail in ("", "/travellers", "/seats", "/journeys"):
        page = as_person("lia").get(f"/cases/{case}{tail}").text
        assert not re.search(r"<script>|<img src=x|<svg onload|<b>smug|<i>kes", page, re.IGNORECASE)
    page = as_person("lia").get(f"/cases/{case}").text
    for written in (
        "&lt;SCRIPT&gt;ALERT(1)&lt;/SCRIPT&gt;",
        "&lt;script&gt;alert(3)",
        "&lt;svg onload=alert(4)&gt; {{ 7*7 }}",
    ):
        assert written in page
    assert "&lt;IMG SRC=X" in as_person("lia").get(f"/cases/{case}/travellers").text


def test_words_that_people_write_are_text_as_well(as_person, case):
    lia = as_person("lia")
    lia.post(f"/cases/{case}/act", data={"verb": "note", "reason": "<script>alert(5)</script>\u202ex"})
    page = lia.get(f"/cases/{case}").text
    assert "&lt;script&gt;alert(5)" in page
    assert "\u202e" not in page


def test_other_journeys_are_told_to_the_states_that_they_concern(as_person, hub, case):
    at = hub.now()
    sent = (ROOT / "sample_feeds" / day.MESSAGES[0]).read_bytes().replace(b"ALLEYNE BYNOE", SENT)
    elsewhere = (ROOT / "sample_feeds" / day.MESSAGES[1]).read_bytes()
    begin = elsewhere.index(b"GRANADO:JOSE CARLOS")
    end = elsewhere.index(b"NAD+FL", begin)
    block = elsewhere[begin:end].replace(b"GRANADO:JOSE CARLOS", SENT + b":KESTER RAWLE").replace(b"000519", b"790314")
    block = block.replace(b"R61032998", b"R4471902").replace(b"SLV", b"BRB")
    intake = Intake(hub, home_states())
    intake.message(day.moved(sent, at - timedelta(days=3)), "before.edi")
    intake.message(day.moved(elsewhere[:begin] + block + elsewhere[end:], at - timedelta(days=5)), "elsewhere.edi")
    intake.message(day.moved(sent, at - timedelta(days=60)), "long-ago.edi")
    day.worked(hub)
    told = as_person("lia").get(f"/api/v1/cases/{case}/journeys").json()
    assert [(each["flight"], each["by"]) for each in told["journeys"]] == [("BW432", ["document", "name"])]
    assert told["journeys"][0]["case"]  # which this reader may see
    assert (at - timedelta(days=6)).date().isoformat() < told["since"] < at.date().isoformat()  # not the one long ago
    whole = as_person("wanda").get(f"/api/v1/cases/{case}/journeys?days=90").json()
    assert [each["flight"] for each in whole["journeys"]] == ["BW432", "CM227", "BW432"]
    page = as_person("lia").get(f"/cases/{case}/journeys?days=30").text
    assert "Looked through" in page
    assert "CM227" not in page


def test_nothing_of_it_runs_and_keys_lead_from_hit_to_hit(page_of, case, look):
    page, opened = page_of("lia"), []
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    page.goto(f"/cases/{case}")
    expect(page.get_by_text("Looking …")).to_have_count(0)
    expect(page.get_by_text("<svg onload=alert(4)>")).to_have_count(1)
    focused = page.locator("[data-hit]:focus")
    page.keyboard.press("j")
    expect(focused).to_contain_text("Hit 1 of 2")
    page.keyboard.press("j")
    expect(focused).to_contain_text("Hit 2 of 2")
    page.keyboard.press("k")
    expect(focused).to_contain_text("Hit 1 of 2")
    page.keyboard.press("n")
    page.keyboard.type("jkn")
    expect(page.locator('textarea[data-reason="note"]')).to_have_value("jkn")
    look(page, "case-names")
    assert not opened
