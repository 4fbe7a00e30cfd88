"""Names on one document: spelling, script and cutting alone never make two people of one."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_hub.targeting.documents.names import is_shortened
from tests.conftest import TRIES
from tests.targeting.test_documents import findings, paper, traveller

# One invented person a line: family and given names in forms that message and document may carry.
SAME = {
    "cyrillic": [("Ющенко", "Сергей Петрович"), ("YUSHCHENKO", "SERGEY PETROVICH"), ("IUSHCHENKO", "SERGEI"), ("IOUCHTCHENKO", "SERGUEI")],
    "cyrillic in Latin": [("SHCHERBAKOV", "ALEKSEI"), ("CHTCHERBAKOV", "ALEXEI"), ("SHCHERBAKOV", "ALEXEY")],
    "arabic": [("الحسين", "محمد عبد الرحمن"), ("ALHUSSEIN", "MOHAMMED ABDULRAHMAN"), ("AL HUSAYN", "MUHAMMAD ABD AL RAHMAN"), ("EL HOUSSEIN", "MOHAMED ABDERRAHMANE")],
    "arabic in Latin": [("QADHAFI", "YOUSSEF"), ("GADDAFI", "YUSUF"), ("KADDAFI", "YOUSEF")],
    "han": [("陳", "大文"), ("CHAN", "TAI MAN")],
    "han, mainland": [("谢", "伟明"), ("XIE", "WEIMING"), ("XIE", "WEI MING")],
    "greek": [("Παπαδόπουλος", "Γεώργιος"), ("PAPADOPOULOS", "GEORGIOS"), ("PAPADOPULOS", "GEORGIOS")],
    "hangul": [("김", "철수"), ("KIM", "CHULSOO"), ("KIM", "CHEOL SU")],
    "thai": [("ศรีสุข", "สมชาย"), ("SRISUK", "SOMCHAI")],
    "devanagari": [("शर्मा", "विक्रम"), ("SHARMA", "VIKRAM")],
    "hebrew": [("כהן", "דוד"), ("COHEN", "DAVID")],
    "german": [("Müller-Groß", "Jörg"), ("MUELLER GROSS", "JOERG"), ("MULLER GROSS", "JORG"), ("MUELLERGROSS", "JOERG")],
    "nordic": [("Sørensen", "Åse"), ("SOERENSEN", "AASE"), ("SORENSEN", "ASE")],
    "spanish": [("Núñez Peña", "José María"), ("NUNEZ PENA", "JOSE MARIA"), ("NUNEZ", "JOSE MARIA"), ("NXXUNXXEZ", "JOSE")],
    "portuguese": [("dos Santos Conceição", "João"), ("DOS SANTOS CONCEICAO", "JOAO"), ("CONCEICAO", "JOAO DOS SANTOS")],
    "french": [("L'Ouverture", "Jean-Pierre"), ("LOUVERTURE", "JEANPIERRE"), ("L OUVERTURE", "JEAN PIERRE")],
    "vietnamese": [("Nguyễn", "Thị Minh Khai"), ("NGUYEN", "THI MINH KHAI")],
    "turkish": [("Yıldız", "Gökçe"), ("YILDIZ", "GOKCE")],
    "title": [("RAMKISSOON", "ANJALI"), ("RAMKISSOON", "ANJALIMRS"), ("RAMKISSOON", "ANJALI MRS")],
    "abbreviated": [("PAPANDROPOULOUS", "JONATHON THEODORE"), ("PAPANDROPOULOUS", "J T")],
}  # fmt: skip
DAY = datetime(2026, 11, 1, 8)


def shown(forms, document=1):
    """One document on a journey a day, to and fro, each time under the next form of its bearer's name."""
    for k, (family, given_names) in enumerate(forms):
        ports = {"from_port": "POS", "to_port": "BGI"} if k % 2 == 0 else {"from_port": "BGI", "to_port": "POS"}
        at = DAY + timedelta(days=k)
        yield traveller(
            f"r{document}-{k}",
            papers=[paper(f"AB{774311 + document}", "GRD")],
            family_name=family or None,
            given_names=given_names or None,
            nationality="GRD",
            flight=f"BW{430 + k}",
            departs_at=at,
            arrives_at=at + timedelta(hours=1),
            **ports,
        )


@pytest.fixture
def told(knowledge):
    """What is found about documents, each with the forms of its bearer's name."""

    def of(*documents):
        people = [each for k, forms in enumerate(documents, 1) for each in shown(forms, k)]
        found = findings(knowledge, people)
        return found.filter(pl.col("check").is_in(["two-names", "two-bearers"]))["detail"].to_list()

    return of


@pytest.mark.parametrize("forms", SAME.values(), ids=SAME.keys())
def test_another_script_or_spelling_is_no_other_name(told, forms):
    assert told(forms, forms[::-1]) == []


def test_other_names_are_told_in_every_script_that_is_spelled_by_a_table(told):
    for other in [("GOMEZ ARANGO", "MARISOL"), ("Гусев", "Вадим"), ("Βλάχος", "Νικόλαος")]:
        assert len(told([("BYNOE", "KESTER"), other])) == 1
    assert told([("BYNOE", "KESTER"), ("王", "秀英")]) == []  # nobody can tell how she spells it


def cut_line(family, given_names):
    """The 39 letters of a passport's line (TD3), as a reader gives them back."""
    family, given_names = (part.replace("-", " ").replace("'", "") for part in (family, given_names))
    line = f"{family.replace(' ', '<')}<<{given_names.replace(' ', '<')}"[:39]
    head, _, tail = line.partition("<<")
    return head.replace("<", " ").strip(), tail.replace("<", " ").strip()


WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=14)
NAMES = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
FIELD = st.integers(1, 35)


@settings(max_examples=8 * TRIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, NAMES, FIELD, FIELD)
def test_no_name_is_contradicted_by_itself_cut(told, family, given_names, first, second):
    whole = (family, given_names)
    forms = [
        cut_line(family, given_names),
        (family[:first].strip(), given_names[:second].strip()),
        (family, given_names[0]),
        (f"{family} {given_names}"[: first + 1].strip(), ""),
        (family, ""),
    ]
    assert told(*([whole, form] for form in forms), *([form, whole] for form in forms)) == []


def test_a_name_may_be_cut_within_the_letters_of_one_consonant(told):
    cuts = ("IOUCH", "IOUCHT", "IOUCHTC", "IOUCHTCH")
    assert told(*([("Ющенко", "Сергей Петрович"), (cut, "SERGUE")] for cut in cuts)) == []


SCRIPTS = st.sampled_from([forms for forms in SAME.values() if len(forms[1][1]) > 3])


@settings(max_examples=8 * TRIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCRIPTS, st.data())
def test_no_finding_comes_from_transliteration_and_cutting_together(told, forms, data):
    keep = data.draw(st.integers(6, 39))
    pairs = [[one, (other[0][:keep].strip(), other[1][:keep].strip())] for one in forms for other in forms]
    assert told(*pairs) == []


@pytest.mark.parametrize(
    ("short", "whole", "expected"),
    [
        ("ANA", "ANA MARIA RUIZ", True),
        ("RUIZ A M", "ANA MARIA RUIZ", True),
        ("RUIZ A A", "ANA MARIA RUIZ", False),
        ("FERNANDEZ GUTIE MARIA DE LOS ANGE", "FERNANDEZ GUTIERREZ MARIA DE LOS ANGELES", True),
        ("ANA GIL", "ANA MARIA RUIZ", False),
    ],
)
def test_a_name_is_shortened_where_each_word_begins_a_word_of_the_other(short, whole, expected):
    assert is_shortened(short, whole) == expected
