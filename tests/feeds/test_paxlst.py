import json

from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source
from tests.conftest import TODAY

SOURCE = Source("x.edi", TODAY, b"key")


def read(*segments, bgm="745", end=None):
    body = [
        "UNH+7+PAXLST:D:05B:UN:IATA",
        f"BGM+{bgm}",
        "TDT+20+BW 432+++BW",
        "LOC+125+POS",
        "DTM+189:2611201045:201",
        "LOC+87+BGI",
        "DTM+232:2611201145:201",
        *segments,
    ]
    body.append(end or f"UNT+{len(body) + 1}+7")
    text = "'".join(["UNB+UNOA:4+A+B+261120:0610+1", *body, "UNZ+1+1", ""])
    return parse_edifact(text.encode("utf-8"), SOURCE)


def one(*segments, **how):
    found = read(*segments, **how)
    assert len(found.travellers) == 1
    return found.travellers[0], [reject["reason"] for reject in found.rejects]


def test_a_passenger_has_everything_that_was_sent():
    person, rejects = one(
        "NAD+FL+++GARCIA:ANA:MARIA", "ATT+2++F", "DTM+329:900203", "LOC+174+HND", "LOC+178+POS", "LOC+179+BGI", "LOC+180+:::TELA HND", "NAT+2+HND",
        "RFF+AVF:QW8T4M", "RFF+ABO:UUI3", "RFF+SEA:011D", "RFF+CR:BW99", "MEA+CT++:2", "MEA+WT++LBR:100", "FTX+BAG+++BW100:2", "COM+5041:TE+a@b.example:EM",
        "DOC+P:110:111+X12 34", "DTM+36:310501", "DTM+182:210501", "GEI+4+173", "LOC+91+D", "DOC+V+V77", "LOC+91+USA", "CNT+42:1",
    )  # fmt: skip
    assert not rejects
    wanted = {
        "family_name": "GARCIA", "given_names": "ANA MARIA", "birth_date": "1990-02-03", "sex": "F", "nationality": "HND", "residence": "HND",
        "booking_ref": "QW8T4M", "passenger_ref": "UUI3", "seats": ["11D"], "bags": 2, "flight": "BW432", "carrier": "BW", "from_port": "POS",
        "to_port": "BGI", "embark_port": "POS", "debark_port": "BGI", "birth_place": "TELA HND", "role": "passenger", "bag_tags": ["BW100", "BW101"],
    }  # fmt: skip
    assert {key: person[key] for key in wanted} == wanted
    assert round(person["bag_weight_kg"], 1) == 45.4
    passport, visa = person["documents"]
    assert (
        passport["number"],
        passport["issuer"],
        str(passport["expires"]),
        str(passport["issued"]),
        passport["verified"],
    ) == ("X1234", "DEU", "2031-05-01", "2021-05-01", True)
    assert (visa["type"], visa["number"], visa["issuer"]) == ("V", "V77", "USA")
    assert person["contacts"] == [
        {"kind": "phone", "value": "5041"},
        {"kind": "email", "value": "a@b.example"},
    ]
    assert json.loads(person["extra"])["frequent_flyer"] == "BW99"


def test_unknown_segments_and_qualifiers_are_set_aside_and_the_person_kept():
    person, rejects = one("NAD+FL+++GARCIA:ANA", "ZZX+what", "LOC+999+POS", "DTM+329:900203")
    assert rejects == ["unknown-segment", "unknown-qualifier"]
    assert person["birth_date"] == "1990-02-03"


def test_an_impossible_date_is_noted_and_the_person_kept():
    person, rejects = one("NAD+FL+++GARCIA:ANA", "DTM+329:901345")
    assert person.get("birth_date") is None
    assert rejects == ["bad-date"]


def test_a_birth_after_the_message_was_a_century_earlier():
    person, _ = one("NAD+FL+++GARCIA:ANA", "DTM+329:300101")
    assert person["birth_date"] == "1930-01-01"


def test_a_person_without_name_and_document_is_a_rejected_record_and_one_with_a_document_is_not():
    found = read("NAD+FL+++:", "ATT+2++F", "NAD+FL+++:", "DOC+P+X1")
    assert [reject["reason"] for reject in found.rejects if reject["kind"] == "record"] == ["no-name"]
    assert len(found.travellers) == 1


def test_crew_transit_and_progressive_legs_are_told_apart():
    found = read("NAD+FM+++A:B", "NAD+DDU+++C:D", "NAD+DDT+++E:F", bgm="250+C")
    assert [person["role"] for person in found.travellers] == ["crew", "transit", "transit-crew"]


def test_name_forms_of_carriers_are_all_read():
    for nad, family, given, full in (
        ("NAD+FL+++GARCIA LOPEZ:ANA", "GARCIA LOPEZ", "ANA", None),
        ("NAD+FL++GARCIA:ANA", "GARCIA", "ANA", None),
        ("NAD+FL+++GARCIA:ANA:MARIA:LUZ", "GARCIA", "ANA MARIA LUZ", None),
        ("NAD+FL+++ANA GARCIA", None, None, "ANA GARCIA"),
        ("NAD+FL+++GARCIA", "GARCIA", None, None),
    ):
        person, _ = one(nad)
        assert (person.get("family_name"), person.get("given_names"), person.get("full_name")) == (
            family,
            given,
            full,
        )


def test_wrong_counts_are_noted_and_a_part_may_hold_fewer_than_the_flight():
    _, rejects = one("NAD+FL+++GARCIA:ANA", "CNT+42:5", end="UNT+99+7")
    assert sorted(rejects) == ["count-differs", "segment-count-differs"]


def test_a_count_in_odd_digits_is_noted_and_its_people_kept():
    for count in ("²", "\x1d36", "9" * 5000):
        _, rejects = one("NAD+FL+++GARCIA:ANA", end=f"UNT+{count}+7")
        assert rejects == ["segment-count-differs"]


def test_a_redelivered_message_gives_equal_ids_and_another_one_does_not():
    first, second = read("NAD+FL+++A:B", "NAD+FL+++A:B"), read("NAD+FL+++A:B", "NAD+FL+++A:B")
    ids = [person["record_id"] for person in first.travellers]
    assert ids == [person["record_id"] for person in second.travellers]
    assert len(set(ids)) == 2
    assert read("NAD+FL+++A:C").travellers[0]["record_id"] not in ids


def test_close_out_references_are_notes_and_unknown_messages_records():
    found = read("NAD+ZZZ+++", "RFF+ABO:U1", bgm="266+CLOB")
    assert [reject["reason"] for reject in found.rejects] == ["close-out-reference"]
    other = parse_edifact(b"UNB+UNOA:4+A+B'UNH+1+CUSRES:D:05B'BGM+962'UNT+3+1'UNZ+1+1'", SOURCE)
    assert [(r["kind"], r["reason"]) for r in other.rejects] == [("record", "unknown-message")]


def test_partial_birth_dates_are_kept_as_precise_as_they_are():
    for sent, kept in (("19680200", "1968-02"), ("680000", "1968"), ("1968", "1968"), ("19681300", None)):
        assert one("NAD+FL+++A:B", f"DTM+329:{sent}")[0].get("birth_date") == kept


def test_letters_whose_last_byte_looks_like_a_blank_are_kept():
    assert one("NAD+FL+++X:VOIL\u00e0")[0]["given_names"] == "VOIL\u00e0"
    assert (
        one("NAD+FL+++\u0418\u0412\u0410\u041d\u041e\u0412:\u041f\u0401\u0422\u0420")[0]["family_name"]
        == "\u0418\u0412\u0410\u041d\u041e\u0412"
    )


def test_a_message_in_small_letters_is_read():
    text = "unb+unoa:4+a+b'unh+1+paxlst:d:05b'bgm+745'nad+fl+++garcia:ana'att+2++f'unt+5+1'unz+1+1'"
    found = parse_edifact(text.encode(), SOURCE)
    assert [(person["family_name"], person["sex"]) for person in found.travellers] == [("GARCIA", "F")]


def test_an_unknown_party_and_another_code_page_are_noted():
    assert one("NAD+FL+++A:B", "NAD+XX+++N:O")[1] == ["unknown-qualifier"]
    found = parse_edifact(b"UNB+UNOA:4+A+B'UNH+1+PAXLST:D:05B'BGM+745'NAD+FL+++\x88\x82:\x8f'UNT+4+1'UNZ+1+1'", SOURCE)
    assert [reject["reason"] for reject in found.rejects] == ["wrong-encoding"]
