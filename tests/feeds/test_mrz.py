from ops_hub.feeds.mrz import check_digits, parse_mrz
from ops_hub.feeds.parsed import Source
from tests.conftest import TODAY

SOURCE = Source("x.txt", TODAY, b"")
TD3 = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
TD2 = ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
TD1 = ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"]


def test_the_specimens_of_doc_9303_are_read_and_their_check_digits_hold():
    for lines in (TD3, TD2, TD1):
        found = parse_mrz("\n".join(lines), SOURCE, "f" * 64)
        (person,) = found.travellers
        assert (
            person["family_name"],
            person["given_names"],
            person["birth_date"],
            person["sex"],
            person["nationality"],
        ) == ("ERIKSSON", "ANNA MARIA", "1974-08-12", "F", "UTO")
        assert person["documents"][0]["verified"] is True
        assert not found.rejects


def test_a_wrong_check_digit_is_noted_and_the_traveller_kept():
    found = parse_mrz("\n".join([TD3[0], TD3[1].replace("7408122", "7408123")]), SOURCE, "f" * 64)
    assert found.travellers[0]["documents"][0]["verified"] is False
    assert [reject["reason"] for reject in found.rejects] == ["check-digit"]


def test_a_line_that_is_none_is_rejected_and_the_next_zone_read():
    found = parse_mrz("\n".join(["HELLO", TD3[0], *TD3]), SOURCE, "f" * 64)
    assert [reject["reason"] for reject in found.rejects][:1] == ["bad-mrz"]
    assert "ERIKSSON" in [person["family_name"] for person in found.travellers]


def test_check_digits_follow_the_worked_examples_of_doc_9303():
    assert check_digits(["520727", "AB2134<<<", "D23145890", "a"]).tolist() == [3, 5, 7, -1]
