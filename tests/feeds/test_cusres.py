"""Answers to carriers: the message as it is sent, and what carriers send back."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_hub.feeds import cusres
from ops_hub.feeds.cusres import CHANGE, HEADING, RESPONSE, Message, Said
from ops_hub.feeds.edifact import interchanges

PREPARED = datetime(2026, 11, 20, 6, 10, 42, tzinfo=UTC)
REQUESTED = Message(
    function=RESPONSE,
    transaction="TN1:1",
    access_ref="ACC77",
    flight="BW432",
    from_port="POS",
    to_port="BGI",
    departs_at=datetime(2026, 11, 20, 10, 45),
    arrives_at=datetime(2026, 11, 20, 11, 45),
    said=(
        Said("0Z", "OK TO BOARD", "BHQ4SN", "PAX1"),
        Said("1Z", "NO BOARD. CONTACT THE AUTHORITY OF THE STATE", "BHQ4SN", "PAX2"),
        Said("4Z", "DATA DEFICIENT: ABO OR AVF MISSING VALUE"),
    ),
)
GOLDEN = """UNA:+.? '
UNB+UNOA:4+OPSHUB+BW+261120:0610+0000000007++IAPI'
UNG+CUSRES+OPSHUB+BW+261120:0610+0000000007+UN+D:05B'
UNH+0000000007+CUSRES:D:05B:UN:IATA+ACC77+01:F'
BGM+962'
RFF+TN:TN1:::1'
RFF+AF:BW432'
DTM+189:2611201045:201'
DTM+232:2611201145:201'
LOC+125+POS'
LOC+87+BGI'
ERP+2'
RFF+AVF:BHQ4SN'
RFF+ABO:PAX1'
ERC+0Z'
FTX+AAP+++OK TO BOARD'
ERP+2'
RFF+AVF:BHQ4SN'
RFF+ABO:PAX2'
ERC+1Z'
FTX+AAP+++NO BOARD. CONTACT THE AUTHORITY OF THE STATE'
ERP+2'
ERC+4Z'
FTX+AAP+++DATA DEFICIENT?: ABO OR AVF MISSING VALUE'
UNT+22+0000000007'
UNE+1+0000000007'
UNZ+1+0000000007'"""
# As carriers' systems send it: the change sent back, and a refusal that holds nothing but the interchange's reference.
TAKEN = b"""UNB+SIRE:4+MU+NIAC+261120:0930+0000000012++IAPI"
UNG+CUSRES+MU+NIAC+261120:0930+0000000012+UN+D:05B"
UNH+11085B94E1F8FA+CUSRES:D:05B:UN"
BGM+312"
RFF+TN:MU0000000012"
RFF+AF:MU589"
DTM+189:2611201420:201"
DTM+232:2611210930:201"
LOC+125+SFO"
LOC+87+PVG"
ERP+2"
RFF+AVF:NY7HZZ"
RFF+ABO:1234"
ERC+1Z"
UNT+13+11085B94E1F8FA"
UNE+1+0000000012"
UNZ+1+0000000012"
"""
REFUSED = b"""UNB+SIRE:4+MU+NIAC+261120:0930+0000000012++IAPI"
UNH+11085B94E1F8FA+CUSRES:D:05B:UN"
BGM+312"
ERP+1"
ERC+118"
UNT+5+11085B94E1F8FA"
UNZ+1+0000000012"
"""

# What the lexer takes for one value: printable, and not ended by a blank. The reading is Latin-1 or UTF-8.
VALUES = (
    st.text(st.sampled_from("?+:'ABC012 .-/") | st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
    .map(str.strip)
    .filter(bool)
)


def written(message, reference="0000000007"):
    return cusres.written(message, sender="OPSHUB", recipient="BW", reference=reference, prepared=PREPARED)


def test_a_response_is_the_message_that_carriers_know():
    text = written(REQUESTED)
    assert "\n" not in text
    assert cusres.readable(text) == GOLDEN


def test_the_same_arguments_make_the_same_bytes():
    assert written(REQUESTED) == written(msgspec.convert(msgspec.to_builtins(REQUESTED), Message))


def test_the_count_of_segments_is_that_of_the_message():
    (interchange,) = interchanges(written(REQUESTED).encode())
    tags = [segment.tag for segment in interchange.segments]
    inner = tags[tags.index("UNH") : tags.index("UNT") + 1]
    assert interchange.segments[tags.index("UNT")].get(1) == str(len(inner))
    assert interchange.is_closed


def test_a_change_has_its_own_reference_and_no_access_reference():
    change = msgspec.structs.replace(
        REQUESTED, function=CHANGE, transaction="BW0000000008", access_ref=None, said=REQUESTED.said[:1]
    )
    text = written(change, "0000000008")
    assert "UNH+0000000008+CUSRES:D:05B:UN:IATA'BGM+132'RFF+TN:BW0000000008'" in text
    (found,) = cusres.read(text.encode())
    assert found.message == change


def test_what_is_written_is_read_as_it_was():
    (found,) = cusres.read(written(REQUESTED).encode())
    assert found.message == REQUESTED
    assert (found.sender, found.interchange_ref) == ("OPSHUB", "0000000007")


@given(VALUES, VALUES, VALUES, VALUES)
def test_separators_in_values_end_nothing(transaction, locator, passenger, text):
    message = Message(
        function=RESPONSE, transaction=f"{transaction}:7", said=(Said("0Z", text, locator, passenger), Said("1Z"))
    )
    (found,) = cusres.read(written(message).encode())
    assert found.message == message


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_value_whatever_adds_a_segment(locator, text):
    plain = written(Message(function=RESPONSE, said=(Said("0Z", "TEXT", "LOCATOR"),)))
    odd = written(Message(function=RESPONSE, said=(Said("0Z", "T" + text, "L" + locator),)))
    tags = [[s.tag for i in interchanges(each.encode("utf-8", "replace")) for s in i.segments] for each in (plain, odd)]
    assert tags[0] == tags[1]


def test_a_carrier_sends_a_change_back_to_acknowledge_it():
    (found,) = cusres.read(TAKEN)
    assert found.message.function == cusres.ACKNOWLEDGEMENT
    assert found.message.transaction == "MU0000000012"
    assert found.message.said == (Said("1Z", "", "NY7HZZ", "1234"),)
    assert found.message.departs_at == datetime(2026, 11, 20, 14, 20)


def test_a_carrier_may_refuse_a_change_with_no_reference_but_the_interchange():
    (found,) = cusres.read(REFUSED)
    assert (found.message.function, found.message.transaction) == (cusres.ACKNOWLEDGEMENT, None)
    assert found.interchange_ref == "0000000012"
    assert found.message.said == (Said("118", section=HEADING),)


@pytest.mark.parametrize("data", [b"", b"nothing", b"UNH+1+PAXLST:D:05B:UN:IATA'BGM+745'UNT+3+1'", b"UNB+'UNH'"])
def test_bytes_without_an_answer_hold_none(data):
    assert cusres.read(data) == []


@given(st.binary(max_size=200))
def test_reading_never_breaks(data):
    cusres.read(b"UNB+UNOA:4+BW+X+261120:0610+1'UNH+1+CUSRES:D:05B'BGM+312'" + data)
