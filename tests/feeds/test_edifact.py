import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ops_hub.feeds import edifact
from ops_hub.feeds.edifact import interchanges, looks_like_edifact


def segments(data):
    return [(s.tag, s.elements) for interchange in interchanges(data) for s in interchange.segments]


def test_default_separators_hold_without_una():
    assert segments(b"UNB+UNOA:4+A+B'UNH+1+PAXLST:D:05B'")[0] == (
        "UNB",
        [["UNB"], ["UNOA", "4"], ["A"], ["B"]],
    )


def test_other_separators_are_taken_from_una():
    assert segments(b"UNA&*.? $UNB*UNOA&4*A$UNH*1$")[0][1] == [["UNB"], ["UNOA", "4"], ["A"]]


def test_a_wrong_terminator_in_una_is_not_believed():
    data = "UNA:+.\\*’\nUNB+IATA:1+A'UNH+1'".encode()
    assert [tag for tag, _ in segments(data)] == ["UNB", "UNH"]


def test_a_una_one_character_short_is_not_believed():
    assert [tag for tag, _ in segments(b"UNA:+\\*'\nUNB+IATA:1+A+B' UNH+1+PNRGOV:11'\nMSG+:22'")] == [
        "UNB",
        "UNH",
        "MSG",
    ]


def test_released_signs_are_text_and_a_released_release_is_itself():
    assert segments(b"UNB+UNOA:4+A'UNH+x?+y?:z??+w?'v'")[1][1] == [["UNH"], ["x+y:z?"], ["w'v"]]


def test_line_ends_between_and_inside_segments_vanish():
    assert segments(b"UNB+UNOA:4+A'\r\n UNH+12\r\n34'\n")[1][1] == [["UNH"], ["1234"]]


def test_positions_are_bytes_of_the_file():
    data = "UNB+UNOA:4+É'\nUNH+1'".encode()
    found = next(interchanges(data)).segments
    assert data[found[1].offset :].startswith(b"UNH")


def test_telex_header_and_trailing_junk_are_passed_over():
    data = b"\x01QK LONPPXS\r\n.MUCKMTS 230001\r\n\x02UNB+UNOA:4+A'UNH+1'UNZ+1+1'\x03 13Nov09"
    assert [tag for tag, _ in segments(data)] == ["UNB", "UNH", "UNZ"]


def test_several_interchanges_of_one_file_are_all_read():
    one = b"UNB+UNOA:4+A'UNH+1'UNZ+1+1'"
    assert len(list(interchanges(one + b"\n" + b"UNA:*.? $UNB*UNOA:4*A$UNH*1$UNZ*1*1$" + one))) == 3


def test_only_edifact_looks_like_edifact():
    assert looks_like_edifact(b"UNA:+.? 'UNB+UNOA:4")
    assert looks_like_edifact(b"\x01QK\r\nUNB+UNOA:4")
    assert not looks_like_edifact(b"family_name,given_names\nUNBROKEN,A")


def test_plain_segments_are_split_as_all_others_are(monkeypatch):
    signs = st.sampled_from(["+", ":", "'", "?", "\\", "*", " ", "\n", "\r\n", "\0", "\x1d", "é", "A", "LOC+91+BHS'"])
    heads = st.sampled_from(
        ["UNB+UNOA:4+A'", "UNA:+.? '", "UNA:+.\\*'", "UNA*:. ?'", "UNH+1+PAXLST:D'", "UNB UNOA ", ""]
    )

    @settings(max_examples=400, deadline=None)
    @given(heads, st.lists(st.one_of(signs, st.sampled_from(["NAD", "nad", "UNZ+1'", "UNB+", "DTM+36:20300101'"]))))
    def same(head, parts):
        data = ("UNB+UNOA:4+A'" + head + "".join(parts)).encode()
        plain = list(interchanges(data))
        with monkeypatch.context() as patched:
            patched.setattr(edifact, "_plain", lambda signs: re.compile("(?!)"))
            assert plain == list(interchanges(data))

    same()
