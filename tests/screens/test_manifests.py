"""The screens of manifests in a browser."""

from datetime import timedelta

import pytest


@pytest.mark.wide
def test_manifests_tell_what_is_missing_and_lead_to_a_flight_and_its_people(the_day, hub, page_of, look):
    at = hub.now() - timedelta(hours=5)
    planned = f"BW,BW777,POS,BGI,{at:%H:%M},,{at:%Y-%m-%d},{at:%Y-%m-%d}\n"
    heading = "carrier,flight,from_port,to_port,departs,days,valid_from,valid_until\n"
    (hub.home / "schedule.csv").write_text(heading + planned)
    page = page_of("wanda")
    page.goto("/manifests")
    page.get_by_role("heading", name="Completeness").wait_for(timeout=60_000)
    look(page, "manifests")
    page.get_by_label("Status").select_option("missing")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_role("row", name="BW777").is_visible()
    page.goto("/manifests")
    page.get_by_role("link", name="CM227").click()
    page.get_by_role("heading", name="What was sent, in order").wait_for()
    look(page, "manifests-flight")
    page.get_by_role("link", name="Show who they are").click()
    page.get_by_role("heading", name="Who is on it").wait_for()
    look(page, "manifests-people")
    small = page_of("audra", width=820)
    small.goto("/manifests")
    look(small, "manifests-820")
    assert small.evaluate("document.documentElement.scrollWidth") <= 820
    small.get_by_role("link", name="CM227").click()
    assert not small.get_by_role("link", name="Show who they are").is_visible()
