"""From a screened message to a state's mailbox, a request from its desk, and a package, through the commands people type."""

import hashlib
import json

import click
import msgspec
import pytest
from click.testing import CliRunner

from ops_hub.casework.case import Actor
from ops_hub.cli.case_package import package_
from ops_hub.cli.hub_states import asked, notices, provision
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live.mailbox import run
from ops_hub.engines.live.office import Office
from ops_hub.engines.live.packaging import package
from ops_hub.engines.live.requests import carrying_out
from ops_hub.engines.live.sharing import share
from ops_hub.errors import OpsHubError, StoreError
from ops_hub.store import audit
from ops_hub.store.hub import key
from ops_hub.store.mail import ask, case_numbers, case_view, read_credentials
from tests.live.fixtures_cases import entry, screened, traveller, worked
from tests.live.fixtures_sharing import running, shared_hub

__all__ = ["shared_hub"]


@click.group()
def main() -> None:
    """The commands of this task, as they hang in `hub` and `case`."""


for command in (package_, provision, notices):
    main.add_command(command)


@pytest.fixture
def opened(shared_hub, monkeypatch):
    """A hub with case 1 (HND lists somebody who flies from POS to BGI), shared."""
    monkeypatch.setenv("OPS_HUB_HOME", str(shared_hub.home))
    monkeypatch.delenv("OPS_HUB_REDIS", raising=False)
    audit.record(shared_hub, "CENTRE/worker:system", "screened", "screening s1", snapshot="snap", hits=1)
    screened(shared_hub, 1, [(traveller(shared_hub, "r1", nationality="VEN", documents=[]), entry())])
    worked(Office(shared_hub, share=lambda case, bundle, events: share(shared_hub, case, bundle, events)))
    return shared_hub


def typed(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, (result.output, result.stderr, result.exception)
    return result


def test_a_desk_works_on_its_case_with_nothing_but_its_file(opened, tmp_path):
    said = json.loads(typed("provision", "--state", "BRB", "--state", "HND", "--out", tmp_path, "--json").output)
    assert [each["user"] for each in said["users"]] == ["BRB", "BRB-protection", "HND", "HND-protection"]
    brb = read_credentials(tmp_path / "BRB.json")
    assert case_numbers(brb) == [1]
    assert case_view(brb, 1)["content"] == []
    assert case_view(read_credentials(tmp_path / "HND.json"), 1)["content"][0]["entry"]["names"]
    assert case_numbers(read_credentials(tmp_path / "HND-protection.json")) == []
    with running(run, opened, carrying_out(open_desk(opened))):
        said = ask(brb, "claim", {"case": 1}, 20, person="ana")
        assert (said["status"], said["claimed_by"]) == ("claimed", "BRB/ana:officer")
        assert ask(brb, "show", {"case": 1}, 20, person="ana")["claimed_by"] == "BRB/ana:officer"
        assert [each["case"] for each in ask(brb, "list", {}, 20, person="ana")["cases"]] == [1]
        seen = asked(tmp_path / "BRB.json", "BRB/ana:supervisor", "show", {"case": 1})
        assert seen["deadline"].utcoffset() is not None  # times come back as times
        for verb, arguments, wrong in (
            ("claim", {"case": 2}, "there is no case 2"),
            ("claim", {"case": "x"}, "arguments are not"),
            ("burn", {"case": 1}, "nobody can do that"),
            ("release", {"case": 1, "detail": {"to": ["TTO"], "reason": "x"}}, "release is for the owner"),
        ):
            with pytest.raises(OpsHubError, match=wrong):
                ask(brb, verb, arguments, 20, person="ana")
    events = [msgspec.json.decode(fields[b"event"]) for _, fields in opened.client.xrange(key("audit"))]
    assert "BRB/ana:officer" in {each["by"] for each in events if each["action"] == "case-claim"}


def test_notices_are_read_with_the_desks_file_or_at_the_centre(opened, tmp_path):
    typed("provision", "--state", "BRB", "--out", tmp_path)
    line = typed("notices", "--credentials", tmp_path / "BRB.json").output
    assert "UTC  case 1 needs you by " in line
    found = json.loads(typed("notices", "--state", "BRB", "--json").output)
    assert [each["kind"] for each in found] == ["new"]
    assert json.loads(typed("notices", "--state", "BRB", "--since", found[0]["id"], "--json").output) == []


def test_credentials_are_made_once_and_replaced_or_taken_only_when_asked(opened, tmp_path):
    typed("provision", "--state", "BRB", "--out", tmp_path)
    first = (tmp_path / "BRB.json").read_bytes()
    assert "has credentials already" in typed("provision", "--state", "BRB", "--out", tmp_path).output
    assert (tmp_path / "BRB.json").read_bytes() == first
    typed("provision", "--state", "BRB", "--out", tmp_path, "--rotate")
    assert (tmp_path / "BRB.json").read_bytes() != first
    assert "BRB: revoked" in typed("provision", "--state", "BRB", "--revoke").output
    assert "is no home state" in typed("provision", "--state", "XXX", "--out", tmp_path, code=2).stderr
    actions = [msgspec.json.decode(fields[b"event"])["action"] for _, fields in opened.client.xrange(key("audit"))]
    assert actions.count("credentials-made") == 4
    assert actions.count("credentials-revoked") == 2


def test_a_package_is_made_from_the_day_the_case_opens_and_the_audit_log_knew_first(opened, tmp_path):
    out = tmp_path / "case.zip"
    words = ("package", 1, "--out", out, "--purpose", "file 12/2026", "--as", "BRB/ruiz:prosecutor")
    made = json.loads(typed(*words, "--json").output)
    assert made["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (made["hits"], made["segments"], out.stat().st_mode & 0o777) == (1, 1, 0o600)
    first = out.read_bytes()
    typed(*words)
    assert out.read_bytes() == first
    events = [msgspec.json.decode(fields[b"event"]) for _, fields in opened.client.xrange(key("audit"))]
    told = next(each for each in events if each["action"] == "exported")
    assert (told["by"], told["purpose"], told["detail"]["sha256"]) == (
        "BRB/ruiz:prosecutor", "file 12/2026", made["sha256"],
    )  # fmt: skip
    assert "whole" in typed("package", "--verify", out, "--key", made["key"]).output
    out.write_bytes(first[:-1] + b"x")
    typed("package", "--verify", out, code=1)


def test_a_package_that_cannot_be_written_is_in_the_audit_log_all_the_same(opened, tmp_path):
    (tmp_path / "file").write_text("")
    typed("package", 1, "--out", tmp_path / "file" / "x.zip", "--purpose", "x", "--as", "BRB/ruiz:prosecutor", code=2)
    events = [msgspec.json.decode(fields[b"event"]) for _, fields in opened.client.xrange(key("audit"))]
    assert "exported" in {each["action"] for each in events}


@pytest.mark.parametrize(("who", "number", "purpose", "said"), [
    ("BRB/ruiz:officer", 1, "x", "prosecutor or services"), ("JAM/x:prosecutor", 1, "x", "there is no case 1"),
    ("BRB/x:prosecutor", 9, "x", "there is no case 9"), ("BRB/x:prosecutor", 1, " ", "needs a purpose"),
    ("BRB/x:services", 1, "x", "there is no case 1"),
])  # fmt: skip
def test_who_may_have_no_package_is_told_so_and_gets_no_file(opened, tmp_path, who, number, purpose, said):
    out = tmp_path / "no.zip"
    result = typed("package", number, "--out", out, "--purpose", purpose, "--as", who, code=2)
    assert said in result.stderr
    assert not out.exists()


def test_of_a_masked_case_there_is_no_package(opened, tmp_path):
    out = tmp_path / "no.zip"
    with pytest.raises(StoreError, match="masked"):
        package(opened, 1, Actor("BRB", "x", "prosecutor"), "x", out, masked=lambda case, reader: True)
    assert not out.exists()
