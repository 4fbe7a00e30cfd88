"""A package holds what its recipient may see, always the same bytes, and anybody can check it with common tools."""

import io
import json
import shutil
import subprocess
import zipfile

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ops_hub.casework.case import HUB, Actor, Event
from ops_hub.casework.package import SUMS, checked, contents, fingerprint_of, packed_up
from ops_hub.casework.policy import sharing_policy
from ops_hub.casework.words import harmful
from tests.casework.helpers_sharing import NOW, case_of, listed, officer, traveller

POLICY = sharing_policy()
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PEM = (
    PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
EVENTS = [
    Event(1, NOW, "opened", HUB),
    Event(2, NOW, "claim", Actor("TTO", "jo")),
    Event(3, NOW, "note", Actor("TTO", "jo"), {"reason": "words of TTO"}),
    Event(4, NOW, "note", Actor("CRI", "luz"), {"reason": "words of CRI"}),
]
SCREENINGS = {"screening1": {"snapshot": "abc"}, "another": {"snapshot": "def"}}


def logged(seq, action, by, **detail):
    event = {"by": by, "action": action, "about": "case 2031", "purpose": "", "detail": detail}
    return {
        "seq": seq,
        "at": "2026-11-25T12:00:00+00:00",
        "id": f"{seq}-0",
        "event": event,
        "prev": "p",
        "hash": f"h{seq}",
    }


LOG = [
    logged(11, "case-opened", "CENTRE/hub:system", event=1, hits=1),
    logged(12, "case-shown", "HND/luis:officer"),
    logged(13, "case-shown", "TTO/jo:officer"),
    logged(14, "case-note", "TTO/jo:officer", event=3),
    logged(15, "case-shown", "TTO/jo:officer"),
]


def files(case, bundle, state="TTO", role="prosecutor", purpose="file 12/2026"):
    return contents(
        case, bundle, officer(state, role), POLICY, events=EVENTS, screenings=SCREENINGS, log=LOG, purpose=purpose
    )


def packed(*arguments, **options):
    return packed_up(files(*arguments, **options), PRIVATE.sign, PEM)


def test_the_same_case_gives_the_same_bytes():
    assert packed(*case_of(listed(owner="HND"))) == packed(*case_of(listed(owner="HND")))


def test_what_is_in_it():
    found = files(*case_of(listed(owner="TTO")))
    assert json.loads(found["case.json"])["content"][0]["entry"]["remarks"] == "remarks-E1"
    assert found["segments/001.txt"].startswith(b"NAD+FL")
    about = json.loads(found["about.json"])
    assert (about["case"], about["after_event"], about["for"], about["segments"]) == (
        2031, 1, "TTO:prosecutor", {"segments/001.txt": "r1"},
    )  # fmt: skip
    assert json.loads(found["screenings.json"]) == {"screening1": {"snapshot": "abc"}}
    assert b"meets NOMBREE1" in found["summary.txt"]


def test_the_extract_of_the_log_ends_with_the_case_and_names_nobody_elses_looks():
    log = json.loads(files(*case_of(listed(owner="HND"), events=3))["log.json"])
    assert [(each["seq"], each["by"]) for each in log] == [
        (11, "CENTRE:system"), (13, "TTO/jo:officer"), (14, "TTO/jo:officer"),
    ]  # fmt: skip


def test_content_that_the_recipient_may_not_see_is_nowhere_in_it():
    case, bundle = case_of(
        listed("E1", owner="HND"), listed("E2", "l2", "CRI", caveats=["content-to-concerned", "no-onward"])
    )
    whole = b" ".join(files(case, bundle).values())
    assert not [word for word in (b"NOMBRE", b"remarks-", b"token-", b"lugar", b"l2", b"1966") if word in whole]


def test_the_story_names_other_states_people_by_role_and_keeps_their_words():
    told = json.loads(files(*case_of(listed(owner="HND")))["audit.json"])
    assert [(each["number"], each["by"]) for each in told] == [
        (1, "CENTRE:system"), (2, "TTO/jo:officer"), (3, "TTO/jo:officer"),
    ]  # fmt: skip
    assert told[2]["reason"] == "words of TTO"
    told = json.loads(files(*case_of(listed(owner="HND")), state="BRB")["audit.json"])
    assert [each["by"] for each in told] == ["CENTRE:system", "TTO:officer", "TTO:officer"]
    assert "words" not in json.dumps(told)


def test_of_people_to_be_protected_services_get_another_package_than_the_prosecutor():
    entry = listed("E1", owner="JAM", handling="protect", remarks="suspected of illegal entry")
    case, bundle = case_of(entry, listed("E2", "l2", owner="BRB"))
    services, prosecutor = files(case, bundle, role="services"), files(case, bundle)
    assert not [name for name in services if name.startswith("segments/")]
    assert [lead["owner"] for lead in json.loads(services["case.json"])["leads"]] == ["JAM"]
    assert [lead["owner"] for lead in json.loads(prosecutor["case.json"])["leads"]] == ["BRB"]
    assert b"JAM" not in b" ".join(prosecutor.values())
    assert harmful(b" ".join(services.values()).decode()) == []
    assert harmful(b" ".join(files(*case_of(entry), state="JAM", role="services").values()).decode()) == []


def test_a_prosecutor_gets_people_to_be_protected_only_where_the_owner_released_them():
    entry = listed(owner="JAM", handling="protect")
    assert files(*case_of(entry)) is None
    assert files(*case_of(entry, released={"TTO": ["hit-E1"]})) is not None


def test_who_is_not_concerned_gets_no_package():
    assert files(*case_of(listed(owner="HND")), state="JAM") is None


def test_a_whole_package_is_whole_and_says_who_signed_it():
    found = checked(packed(*case_of(listed())), fingerprint_of(PEM))
    assert found.problems == ()
    assert found.fingerprint == fingerprint_of(PEM)


def test_every_altered_byte_is_found():
    data = packed(*case_of(listed(owner="HND"), travellers=[traveller(raw="X")]))
    for place in range(0, len(data), 7):
        altered = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert checked(altered).problems, place
    assert checked(data[:-1]).problems
    assert checked(data + b"x").problems
    assert checked(b"").problems


def rezipped(change, resign=None):
    with zipfile.ZipFile(io.BytesIO(packed(*case_of(listed())))) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    signed = {name: data for name, data in held.items() if not name.startswith(SUMS) and name != "public_key.pem"}
    change(signed)
    if resign is not None:
        pem = resign.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return packed_up(signed, resign.sign, pem.decode())
    return packed_up(signed, lambda _: held[SUMS + ".sig"], PEM)


@pytest.mark.parametrize("change", [
    lambda held: held.pop("audit.json"), lambda held: held.update({"more.txt": b"x"}), lambda held: held.update({"case.json": b"{}"}),
])  # fmt: skip
def test_a_file_taken_out_put_in_or_replaced_is_found(change):
    assert checked(rezipped(change)).problems


def test_a_package_that_somebody_else_signed_is_told_by_its_key():
    forged = rezipped(lambda held: held.update({"case.json": b"{}"}), Ed25519PrivateKey.from_private_bytes(b"x" * 32))
    assert checked(forged).problems == ()
    assert checked(forged, fingerprint_of(PEM)).problems


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_common_tools_verify_it_as_the_readme_says(tmp_path):
    with zipfile.ZipFile(io.BytesIO(packed(*case_of(listed())))) as archive:
        archive.extractall(tmp_path)
    readme = (tmp_path / "README.txt").read_text()
    commands = [line.strip() for line in readme.splitlines() if line.startswith("    ") and line[4] != " "]
    assert len(commands) == 3
    told = [
        subprocess.run(["sh", "-c", each], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for each in commands
    ]
    assert "FAILED" not in told[0]
    assert "Verified Successfully" in told[1]
    assert told[2].split()[0] == fingerprint_of(PEM)
