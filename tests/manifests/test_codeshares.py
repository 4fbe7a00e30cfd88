"""A booking sold under another carrier's number is on board of the flight that goes; a master crew list is on none."""

from itertools import count

from tests.manifests.helpers import built, one, paxlst, person, pnrgov, states_of

_references = count(500)


def sold(*bookings, flight=("DL", "432"), at="261118:0610", sender="DL"):
    """Bookings of (locator, names, operating flight or None, marketing flight) in a push about a flight."""
    ref = next(_references)
    leg = "TVL+201126:1045:201126:1145+POS+BGI+{}+{}"
    body = [f"UNH+{ref}+PNRGOV:14:1:IA", "MSG+:22", f"ORG+{sender}:POS", leg.format(*flight)]
    for locator, names, goes, market in bookings:
        body += ["SRC", f"RCI+{sender}:{locator}::151026:1422"]
        body += [f"TIF+{family}:I+{given}:A:{k}" for k, (family, given) in enumerate(names, 1)]
        body += [leg.format(*market) + ":Y", *([f"TRA+{goes[0]}+{goes[1]}:Y"] if goes else [])]
    body.append(f"UNT+{len(body) + 1}+{ref}")
    return "'".join([f"UNB+IATA:1+{sender}+CENTRE+{at}+{ref:09d}", *body, f"UNZ+1+{ref:09d}", ""])


BW, DL = ("BW", "432"), ("DL", "7432")


def test_bookings_of_the_marketing_carrier_are_on_the_operating_flights_manifest():
    push = sold(("LOC1", [("AAA", "ANA")], BW, DL), ("LOC2", [("BBB", "BEN")], BW, DL), flight=DL)
    manifest, people = one(push, paxlst(person("AAA", booking="LOC1")))
    assert (manifest["manifest_id"], manifest["carrier"]) == ("BW432/2026-11-20/POS-BGI", "BW")
    assert states_of(people) == {"AAA": "checked-in", "BBB": "booked"}


def test_the_operating_carriers_own_push_may_name_the_number_that_was_sold():
    manifest, people = one(sold(("LOC1", [("AAA", "ANA")], BW, DL), flight=BW, sender="BW"), pnrgov(("LOC2", [("BBB", "BEN")]), at="261118:0600"))  # fmt: skip
    assert manifest["manifest_id"] == "BW432/2026-11-20/POS-BGI"
    assert len(people) == 2


def test_a_push_that_names_nobody_any_more_cancels_on_the_operating_flight():
    first = sold(("LOC1", [("AAA", "ANA")], BW, DL), ("LOC2", [("BBB", "BEN")], BW, DL), flight=DL)
    _, people = one(first, sold(("LOC2", [("BBB", "BEN")], None, DL), flight=DL, at="261119:0610"))
    assert states_of(people) == {"AAA": "cancelled", "BBB": "booked"}


def test_a_push_of_one_carrier_cancels_no_booking_of_the_other():
    _, people = one(
        sold(("LOC1", [("AAA", "ANA")], BW, DL), flight=DL), pnrgov(("LOC9", [("CCC", "CARL")]), at="261119:1000")
    )
    assert states_of(people) == {"AAA": "booked", "CCC": "booked"}


def test_without_an_operating_flight_a_booking_stays_where_it_was_sent():
    manifest, _ = one(sold(("LOC1", [("AAA", "ANA")], None, DL), flight=DL))
    assert manifest["manifest_id"] == "DL7432/2026-11-20/POS-BGI"


def test_a_number_that_two_flights_claim_moves_nobody_else():
    found = built(
        sold(("LOC1", [("AAA", "ANA")], BW, DL), flight=DL),
        sold(("LOC2", [("BBB", "BEN")], ("JY", "9"), DL), flight=DL, sender="XX"),
        sold(("LOC3", [("CCC", "CARL")], None, DL), flight=DL, sender="YY"),
    )
    on = dict(found.people.select("family_name", "manifest_id").iter_rows())
    assert [on[name].split("/")[0] for name in ("AAA", "BBB", "CCC")] == ["BW432", "JY9", "DL7432"]


def test_the_flight_that_goes_is_that_of_the_same_leg():
    onward = "TVL+201126:1300:201126:1500+BGI+SVD+DL+99:Y'TRA+LI+99:Y'"
    message = sold(("LOC1", [("AAA", "ANA")], None, DL), flight=DL).replace("UNT+", onward + "UNT+")
    assert one(message)[0]["manifest_id"] == "DL7432/2026-11-20/POS-BGI"


def test_master_crew_lists_are_no_flights_manifest():
    crew = [person("QQQ", role="FM"), person("RRR", role="FM")]
    assert built(paxlst(*crew, bgm="336+G")).manifests.is_empty()
    assert built(paxlst(*crew, bgm="250+H")).manifests.is_empty()
    by_number = ["TDT+20+BWMCL+++BW", "LOC+188+POS", "DTM+554:2611201045:201"]
    assert built(paxlst(*crew, bgm="250+C", flight=by_number)).manifests.is_empty()
    manifest, people = one(paxlst(*crew, bgm="336+G"), paxlst(person("QQQ", role="FM"), bgm="250+C", crew=1))
    assert (manifest["crew"], list(people)) == (1, ["QQQ"])
