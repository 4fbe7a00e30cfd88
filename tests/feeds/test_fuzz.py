"""20,000 mutations of messages: never an exception, counts always reconcile, never a card number."""

import random
import re

import pytest

from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source, hide_cards
from ops_hub.schemas import REJECTS, TRAVELLERS
from tests.conftest import ROOT, TODAY, TRIES

SOURCE = Source("fuzz.edi", TODAY, b"key")
CARDS = ("4929000000006", "4000000000000002")
MUTATIONS = 8_000 * TRIES


def seeds():
    """Short messages cut from the samples: a few people each, so that many can be tried."""
    texts = [path.read_bytes() for path in sorted((ROOT / "sample_feeds").glob("*.edi"))]
    cut = [text[:2600] for text in texts] + [text[len(text) // 2 : len(text) // 2 + 1500] for text in texts]
    real = ROOT.parent / "shared" / "data" / "api_messages"
    return cut + [path.read_bytes()[:2600] for path in sorted(real.glob("*")) if not path.name.startswith("LICENSE")]


def mutate(text: bytes, rng: random.Random) -> bytes:
    data = bytearray(text)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        at = rng.randrange(len(data))
        kind = rng.randrange(9)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.randint(1, 40)]
        elif kind == 2:
            data[at:at] = data[at : at + rng.randint(1, 200)]
        elif kind == 3:
            del data[at:]
        elif kind == 4:
            data[at:at] = rng.choice(
                [b"\x00", b"?", b"'", b"+", b":", b"\xff\xfe", "é́​‮".encode(), b"\r\n", b"UNB+", b"UNA"]
            )
        elif kind == 5:
            segments = bytes(data).split(b"'")
            rng.shuffle(segments)
            data = bytearray(b"'".join(segments))
        elif kind == 6:
            one, other = rng.sample(b"+:'?*$", 2)
            data = bytearray(bytes(data).translate(bytes.maketrans(bytes([one, other]), bytes([other, one]))))
        elif kind == 7:
            data[at:at] = rng.choice(CARDS).encode()
        else:
            data = bytearray(
                re.sub(rb"\d{6}", lambda m: str(rng.randrange(10**6)).zfill(6).encode(), bytes(data), count=3)
            )
    return bytes(data)


@pytest.mark.slow
def test_no_mutation_loses_a_record_raises_or_shows_a_card():
    rng = random.Random(20261123)
    samples = seeds()
    keys, columns = set(TRAVELLERS), set(REJECTS)
    for number in range(MUTATIONS):
        data = mutate(samples[number % len(samples)], rng)
        found = parse_edifact(data, SOURCE)
        assert all(row.keys() <= keys for row in found.travellers)
        assert all(row.keys() == columns for row in found.rejects)
        assert found.travellers or found.rejects, data[:200]
        assert all(row["kind"] in ("record", "note") for row in found.rejects)
        for row in [*found.travellers, *found.rejects]:
            for text in (row.get("raw"), row.get("extra"), row.get("detail")):
                assert not text or hide_cards(text) == text, text


def test_people_counted_by_hand_are_all_accounted_for_whatever_is_broken():
    rng = random.Random(7)
    for sample in seeds():
        for _ in range(20):
            data = bytearray(sample)
            data[rng.randrange(len(data))] = rng.randrange(32, 127)
            found = parse_edifact(bytes(data), SOURCE)
            people = len(found.travellers) + sum(row["kind"] == "record" for row in found.rejects)
            assert people >= 1
