import json
import re
from html.parser import HTMLParser

import pytest

from ops_hub.trends.page import page
from tests.trends.helpers_trends import findings_of, frame, hits_of, made, traveller

VOID = {"meta", "br", "path", "use"}


class Checked(HTMLParser):
    """Collects ids, addresses and open elements."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.addresses, self.open, self.headings = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.ids += [told["id"]] if "id" in told else []
        self.addresses += [value for name, value in attributes if name in ("src", "href", "xlink:href", "data")]
        if tag == "h2":
            self.headings.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings[-1] += data

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def said():
    listed = [
        traveller(
            100 * day + n, day, "POS-BGI" if n % 2 else "HAV-KIN", carrier="<b>&" if day > 20 and n < 25 else "BW"
        )
        for day in range(30)
        for n in range(60)
    ]
    whole = frame(listed)
    return made(whole, hits=hits_of(whole[::3], "smuggling"), findings=findings_of(whole[::4], "two-names"))


def test_a_page_asks_nothing_of_the_network(said):
    text = page(said)
    assert all(address.startswith("#") for address in Checked(text).addresses)
    assert not re.search(r"url\((?!#)|@import|<script|<link|<!DOCTYPE svg|<metadata", text)
    assert set(re.findall(r"https?://[^\"'<> ]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_a_page_is_whole_and_its_ids_are_its_own(said):
    checked = Checked(page(said))
    assert checked.open == []
    assert len(checked.ids) == len(set(checked.ids))
    assert {address[1:] for address in checked.addresses} <= set(checked.ids)


def test_the_same_bulletin_gives_the_same_page(said):
    assert page(said) == page(said)


def test_sections_follow_article_10(said):
    assert Checked(page(said)).headings == [
        "What changed (false-alarm rate 5%)",
        "Points of embarkation and destination, routes",
        "Carriers and means of transport",
        "Methods: how journeys are booked",
        "Documents and their misuse",
        "Hits on the lists",
    ]


def test_a_page_says_what_it_was_made_from_what_is_left_out_and_how_often_it_is_wrong(said):
    text = page(said)
    assert "Made from 1,800 journeys" in text
    assert "Centre X" in text
    assert "Cells of fewer than 10 persons are left out" in text
    assert "False-alarm rate 5%" in text
    assert "<caption" in text or "figcaption" in text


def test_what_came_from_a_feed_is_no_markup(said):
    text = page(said)
    assert "<b>&" not in text.replace("<b>&amp;", "")
    assert "&lt;B&gt;&amp;" in text


def test_every_number_drawn_is_in_the_json_form(said):
    assert json.loads(json.dumps(said, default=str))["tables"]


def test_a_short_history_without_hits_makes_a_page_that_says_so():
    text = page(made(frame([traveller(n, day) for day in range(3) for n in range(20)])))
    assert "Nothing was tested for change: that needs 21 days, and there are 3." in text
    assert "no screening was given (--run)" in text
    assert "none were given (--findings)" in text
