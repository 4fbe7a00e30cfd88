import json

import pytest

from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source, hide_cards
from tests.conftest import TODAY

SOURCE = Source("x.edi", TODAY, b"key")
CARD = "4929000000006"  # passes the check digit, issued to nobody


def read(*segments):
    body = [
        "UNH+1+PNRGOV:13:1:IA+F1",
        "MSG+:22",
        "TVL+221126:0925:221126:1310+BOG+SDQ+AV+640",
        "SRC",
        "RCI+AV:K2PLQ7::151026:1422",
        "ORG+AV:BOG+91500271",
        *segments,
    ]
    body.append(f"UNT+{len(body) + 1}+1")
    return parse_edifact(
        ("UNB+IATA:1+AV+C+261122:0530+1'" + "".join(f"{s}'" for s in body) + "UNZ+1+1'").encode(), SOURCE
    )


DOCS = "SSR+DOCS:HK:1:AV:::::/P/COL/AO58/COL/14OCT94/F/08MAY33/ROJAS/LUZ DARY+::1"


def test_a_booking_gives_one_traveller_for_each_name_and_not_for_names_under_flights():
    found = read(
        "TIF+ROJAS:I+LUZMRS:A:1", DOCS, "TIF+ROJAS:I+SAMUEL:IN:2", "SSR+DOCS:HK:1:AV:::::/P/COL/B7/COL/30JUN25/MI/01MAY31/ROJAS/SAMUEL+::2",
        "TVL+221126:0925:221126:1310+BOG+SDQ+AV+640:Y", "TRI++BOG-1:::1", "TIF+ROJAS:I+LUZMRS:A:1", "SSD+012C++++Y", "TBD++2:34:700++MP+134:77:2:SDQ",
    )  # fmt: skip
    luz, samuel = found.travellers
    assert (luz["family_name"], luz["given_names"], luz["birth_date"], luz["sex"], luz["nationality"]) == (
        "ROJAS",
        "LUZ DARY",
        "1994-10-14",
        "F",
        "COL",
    )
    assert (luz["seats"], luz["bags"], luz["bag_weight_kg"], luz["booking_ref"], luz["agency"]) == (
        ["12C"],
        2,
        34.0,
        "K2PLQ7",
        "91500271",
    )
    assert (luz["flight"], luz["from_port"], str(luz["booked_at"])) == ("AV640", "BOG", "2026-10-15 14:22:00")
    assert (samuel["birth_date"], samuel["sex"], samuel["documents"][0]["number"]) == (
        "2025-06-30",
        "M",
        "B7",
    )


def test_a_document_goes_to_the_name_on_it_whatever_its_reference():
    found = read(
        "TIF+BELT:I+ISABELLE MRS:A:2:1",
        "SSR+DOCS:HK:1:AV:::::/P/GBR/1/GBR/20SEP12/FI/25OCT31/BELT/SOPHY OLIVIA",
        "TIF+BELT:I+SOPHY:IN:3",
    )
    assert [len(person["documents"]) for person in found.travellers] == [0, 1]


def test_contacts_visa_and_address_are_read():
    found = read(
        "TIF+ROJAS:I+LUZ:A:1", "IFT+4:28::AV+CTCE LUZ..R//MAIL.EXAMPLE", "SSR+CTCM:HK:1:AV:::::573105550111+::1",
        "SSR+DOCO:HK:1:AV:::::CALI/V/77/BOGOTA/10JAN26/ESP+::1", "SSR+DOCA:HK:1:AV:::::/R/COL/CRA 7/BOGOTA//1101+::1",
    )  # fmt: skip
    person = found.travellers[0]
    assert {"kind": "email", "value": "luz_r@mail.example"} in person["contacts"]
    assert {"kind": "phone", "value": "573105550111"} in person["contacts"]
    assert person["documents"][0] | {"issued": None} == {
        "type": "V",
        "number": "77",
        "issuer": "ESP",
        "expires": None,
        "issued": None,
        "verified": None,
    }
    assert (person["residence"], person["birth_place"]) == ("COL", "CALI")


def test_no_card_number_survives_anywhere():
    found = read("TIF+ROJAS:I+LUZ:A:1", f"FOP+CC:::VI:{CARD}:0629", f"IFT+4:43+PAID WITH {CARD}", "XYZ+" + CARD)
    assert CARD not in repr(found)
    assert found.travellers[0]["payments"][0]["kind"] == "CC VI"


def test_the_same_card_has_the_same_token_under_one_key_only():
    def token(key):
        text = f"UNB+IATA:1+A+B'UNH+1+PNRGOV:13'SRC'RCI+AV:L'TIF+A:I+B:A:1'FOP+CC:::VI:{CARD}'UNT+6+1'UNZ+1+1'"
        return parse_edifact(text.encode(), Source("x", TODAY, key)).travellers[0]["payments"][0]["token"]

    assert token(b"one") == token(b"one") != token(b"two")


def test_card_numbers_are_hidden_by_their_check_digit_only():
    assert hide_cards(f"pay {CARD} now") == "pay <card> now"
    assert hide_cards("ticket 1342401700002") == "ticket 1342401700002"


def test_a_cancelled_booking_is_a_note_and_a_broken_text_sets_nothing_else_aside():
    found = read("TIF+ROJAS:I+LUZ:A:1", "SSR+DOCS:HK:1:AV:::::/P/COL+::1", "SRC", "RCI+AV:GONE", "ORG+AV")
    assert [(r["kind"], r["reason"]) for r in found.rejects] == [
        ("note", "bad-ssr"),
        ("note", "empty-booking"),
    ]
    assert len(found.travellers) == 1


def fares(*segments):
    found = read("TIF+ROJAS:I+LUZ:A:1", *segments)
    return json.loads(found.travellers[0]["extra"] or "{}").get("fare"), [r["reason"] for r in found.rejects]


def test_a_fare_is_the_total_of_each_ticket_once_and_currencies_stay_apart():
    assert fares("TKT+1:T:1", "MON+B:235.85:GBP+T:250,00:gbp") == ("250.00 GBP", [])
    assert fares("TKT+1:T:1", "MON+T:250.00:GBP", "TKT+2:T:1", "MON+T:50:GBP", "TKT+3", "MON+B:9.5:USD") == (
        "300.00 GBP; 9.5 USD",
        [],
    )
    assert fares("TKT+1:T:1", "MON+T:250.00:GBP", "MON+T:250.00:GBP") == ("250.00 GBP", [])
    assert fares("MON+T:IT", "MON+T::GBP", "MON+C:7:GBP", "MON") == (None, [])


@pytest.mark.parametrize("sent", ["T:2x0:GBP", "T:250.00", "T:250.00:G", "T:-1:GBP", "T:1,250:GBP", "T:9999999999:GBP", "T:1.2.3:USD"])  # fmt: skip
def test_a_damaged_amount_is_a_note_and_loses_nobody(sent):
    assert fares(f"MON+{sent}") == (None, ["bad-amount"])


def test_an_amount_in_a_form_of_payment_is_not_the_number_of_a_card():
    found = read("TIF+ROJAS:I+LUZ:A:1", "FOP+CA::1250000.00", f"FOP+CC::99999999.00:VI:{CARD}:0629")
    cash, card = found.travellers[0]["payments"]
    assert (cash["kind"], cash["token"], card["kind"]) == ("CA", None, "CC VI")
    assert card["token"] == read("TIF+ROJAS:I+LUZ:A:1", f"FOP+CC:::VI:{CARD}").travellers[0]["payments"][0]["token"]
