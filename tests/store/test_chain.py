"""The audit log: whatever is changed in it afterwards is found, and where."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_hub.store import chain
from ops_hub.store.audit import STREAM, record
from ops_hub.store.chain import Chain, Head, files_of, line_of, lines, signed
from ops_hub.store.keyring import Keyring
from ops_hub.store.proof import verify
from ops_hub.store.scribe import HEAD, Scribe, folder_of, hub_head, verified

from .fixtures_keeping import kept_hub  # noqa: F401

EVERY, PER_FILE = 5, 20


def _dies(*_):
    raise KeyboardInterrupt


class Known:
    """A hub that knows no fingerprints: keys alone."""

    def hget(self, *_):
        return None if not hasattr(self, "mark") else self.mark

    def hsetnx(self, _name, _field, value):
        self.mark = value

    def exists(self, _name):
        return 0


@pytest.fixture(scope="module")
def keyring(tmp_path_factory):
    return Keyring(tmp_path_factory.mktemp("home"), Known())


def event(k):
    return f"{1_790_000_000_000 + k}-0", {"by": "BRB/ann:officer", "action": "case-shown", "about": f"case {k}", "purpose": "", "detail": {"hits": k}}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory, keyring):
    """A log of three files, and its head."""
    folder = tmp_path_factory.mktemp("audit")
    log = Chain(folder, keyring.sign, every=EVERY, per_file=PER_FILE)
    log.append(event(k) for k in range(37))
    return folder, log.head


@pytest.fixture
def log(written, tmp_path):
    folder = tmp_path / "audit"
    shutil.copytree(written[0], folder)
    return folder, written[1]


def checked(keyring, folder, *heads):
    return verify(folder, keyring.public_key(), heads, EVERY, PER_FILE)


def test_what_nobody_touched_verifies(keyring, written):
    verdict = checked(keyring, *written)
    assert (verdict.faults, verdict.files, verdict.head) == ((), 3, written[1])
    assert verdict.checkpoints == written[1].seq // EVERY
    assert [line["event"]["about"] for line in lines(written[0]) if line["event"]["action"] != "checkpoint"] == [
        f"case {k}" for k in range(37)
    ]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_single_byte_that_is_altered_is_found_with_its_line(keyring, written, tmp_path_factory, data):
    folder, head = written
    path = data.draw(st.sampled_from(files_of(folder)))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    try:
        path.write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
        faults = checked(keyring, folder, head).faults
    finally:
        path.write_bytes(whole)
    assert faults[0].file == str(path)
    assert faults[0].line in (0, whole[:at].count(b"\n") + 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_the_log_cut_anywhere_is_found(keyring, written, place):
    folder, head = written
    path = files_of(folder)[place % 3]
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[: place % len(whole)])
        assert checked(keyring, folder, head).faults
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_whole_file_that_is_gone_is_named(keyring, log, gone):
    path = files_of(log[0])[gone]
    path.unlink()
    assert any(fault.file == str(path) for fault in checked(keyring, *log).faults)


def test_last_lines_that_are_gone_are_seen_by_the_head_alone(keyring, log):
    path = files_of(log[0])[-1]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    assert checked(keyring, log[0]).faults == ()
    assert "cut short" in checked(keyring, *log).faults[0].reason


def test_lines_that_are_put_in_exchanged_or_taken_out_are_found(keyring, log):
    path = files_of(log[0])[1]
    whole = path.read_bytes().splitlines(keepends=True)
    for changed in (
        whole[:4] + [whole[3]] + whole[4:],
        whole[:4] + [whole[5], whole[4]] + whole[6:],
        whole[:4] + whole[5:],
    ):
        path.write_bytes(b"".join(changed))
        assert checked(keyring, *log).faults[0].line == 5


def test_files_that_changed_places_are_found(keyring, log):
    one, two, _ = files_of(log[0])
    aside = one.with_name("aside")
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    assert {fault.file for fault in checked(keyring, *log).faults} >= {str(one), str(two)}


def test_a_log_written_anew_with_right_hashes_lacks_the_centres_signature(keyring, log, tmp_path):
    forger = Keyring(tmp_path / "forger", Known())
    other = Chain(tmp_path / "forged", forger.sign, every=EVERY, per_file=PER_FILE)
    other.append(event(k) for k in range(30, 67))
    faults = checked(keyring, tmp_path / "forged").faults
    assert faults
    assert all("signature" in fault.reason for fault in faults)


def test_a_line_rewritten_between_two_checkpoints_with_the_following_hashes_is_found(keyring, log):
    path = files_of(log[0])[0]
    whole = [json.loads(text) for text in path.read_bytes().splitlines()]
    whole[1]["event"]["about"] = "case 999"
    for k in range(1, len(whole)):
        whole[k].pop("hash")
        whole[k]["prev"] = whole[k - 1]["hash"]
        whole[k]["hash"] = line_of(whole[k])[1]
    path.write_bytes(b"".join(line_of({k: v for k, v in line.items() if k != "hash"})[0] for line in whole))
    assert checked(keyring, *log).faults[0].line == EVERY


def test_a_head_that_somebody_wrote_down_must_stand_in_the_log(keyring, log):
    line = list(lines(log[0]))[11]
    assert checked(keyring, log[0], Head(12, line["hash"])).faults == ()
    assert checked(keyring, log[0], Head(12, "0" * 64)).faults[0].line == 12
    assert checked(keyring, log[0], Head(12, "0" * 64), Head(12, line["hash"])).faults[0].line == 12


def test_what_a_killed_scribe_left_unfinished_is_cut_off_and_the_log_goes_on(keyring, log):
    path = files_of(log[0])[-1]
    with path.open("ab") as file:
        file.write(b'{"at":"2026-')
    again = Chain(log[0], keyring.sign, log[1], EVERY, PER_FILE)
    assert again.head == log[1]
    again.append([event(99)])
    assert checked(keyring, log[0], again.head).faults == ()


@pytest.mark.parametrize("kept_lines", range(1, 20))
def test_a_scribe_killed_after_any_line_goes_on_with_checkpoints_where_they_belong(keyring, tmp_path, kept_lines):
    whole = Chain(tmp_path, keyring.sign, every=EVERY, per_file=PER_FILE)
    whole.append(event(k) for k in range(16))
    path = files_of(tmp_path)[0]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:kept_lines]))
    again = Chain(tmp_path, keyring.sign, every=EVERY, per_file=PER_FILE)
    again.append(event(k) for k in range(50, 60))
    assert checked(keyring, tmp_path, again.head).faults == ()


def test_after_the_end_was_cut_the_log_goes_on_behind_the_gap_which_stays(keyring, log):
    path = files_of(log[0])[-1]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    again = Chain(log[0], keyring.sign, log[1], EVERY, PER_FILE)
    assert again.is_cut
    again.append(event(k) for k in range(70, 90))
    faults = checked(keyring, log[0], again.head).faults
    assert [fault.reason for fault in faults if "removed" in fault.reason]
    assert len(faults) == 1


def test_events_come_into_the_log_once_each_in_order_and_the_hub_knows_its_head(kept_hub):  # noqa: F811
    scribe = Scribe(kept_hub)
    assert scribe.open()
    for k in range(1200):
        kept_hub.client.xadd(STREAM, {"event": json.dumps({"by": "x", "action": "a", "about": str(k)})})
    assert scribe.drain() == 1200
    verdict = verified(kept_hub)
    assert verdict.faults == ()
    assert verdict.head == hub_head(kept_hub)
    found = [line["event"]["about"] for line in lines(folder_of(kept_hub.home)) if line["event"]["action"] == "a"]
    assert found == [str(k) for k in range(1200)]
    assert kept_hub.client.xlen(STREAM) == 0
    scribe.close()


def test_a_hub_that_lost_its_head_of_the_log_is_no_proof_of_its_end(kept_hub):  # noqa: F811
    record(kept_hub, "BRB/ann:officer", "case-shown", "case 1")
    scribe = Scribe(kept_hub)
    scribe.open()
    scribe.drain()
    kept_hub.client.delete(HEAD)
    assert [fault.file for fault in verified(kept_hub).faults] == ["the hub"]
    record(kept_hub, "BRB/ann:officer", "case-shown", "case 2")
    scribe.drain()
    scribe.close()
    assert verified(kept_hub).faults == ()


def test_lines_cut_off_between_two_scribes_leave_a_gap_and_an_event(kept_hub):  # noqa: F811
    for k in range(5):
        record(kept_hub, "BRB/ann:officer", "case-shown", f"case {k}")
    first = Scribe(kept_hub)
    first.open()
    first.drain()
    first.close()
    path = files_of(folder_of(kept_hub.home))[0]
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    second = Scribe(kept_hub)
    second.open()
    second.drain()
    second.close()
    assert [line["event"]["action"] for line in lines(folder_of(kept_hub.home))][-1] == "audit-cut-short"
    assert "line 4 belongs here, and this is line 6" in verified(kept_hub).faults[0].reason


def test_a_scribe_that_died_after_writing_writes_nothing_twice(kept_hub, monkeypatch):  # noqa: F811
    first = Scribe(kept_hub)
    first.open()
    record(kept_hub, "BRB/ann:officer", "case-shown", "case 1")
    first.drain()
    for k in range(2, 9):
        record(kept_hub, "BRB/ann:officer", "case-shown", f"case {k}")
    monkeypatch.setattr(first._readers[0], "done", _dies)
    with pytest.raises(KeyboardInterrupt):
        first.step()
    first.close()
    record(kept_hub, "BRB/ann:officer", "case-shown", "case 9")
    second = Scribe(kept_hub)
    second.open()
    second.drain()
    second.close()
    assert [line["event"]["about"] for line in lines(folder_of(kept_hub.home))] == [f"case {k}" for k in range(1, 10)]
    assert verified(kept_hub).faults == ()


def test_a_second_scribe_waits_for_the_first(kept_hub):  # noqa: F811
    first, second = Scribe(kept_hub), Scribe(kept_hub)
    assert first.open()
    assert not second.open(lambda: True)
    first.close()
    assert second.open(lambda: True)
    second.close()


def test_an_event_that_is_no_json_is_kept_as_it_came(kept_hub):  # noqa: F811
    kept_hub.client.xadd(STREAM, {"event": b"\xff{"})
    kept_hub.client.xadd(STREAM, {"other": b"1"})
    kept_hub.client.xadd(STREAM, {"event": json.dumps({"by": "\ud800", "action": "x", "about": "é"})})
    scribe = Scribe(kept_hub)
    scribe.open()
    assert scribe.drain() == 3
    scribe.close()
    assert verified(kept_hub).faults == ()


def test_signatures_are_made_over_number_and_hash():
    assert signed(Head(7, "ab")) == b"ops-hub audit 7:ab"
    assert chain.PER_FILE % chain.EVERY == 0
    assert Path(chain.file_of(Path("x"), 3)).name == "audit-000003.jsonl"
    assert HEAD.endswith("audit:head")


@pytest.mark.parametrize(
    "name", ["audit-000000.jsonl", "audit-2.jsonl", "audit-abc.jsonl", "audit-0000001.jsonl", "more.txt"]
)
def test_a_file_put_beside_the_log_is_found_and_never_read_as_part_of_it(keyring, log, name):
    folder, _ = log
    (folder / name).write_text('{"seq":1,"event":{"action":"forged"}}\n')
    (fault,) = verify(folder, keyring.public_key(), (), EVERY, PER_FILE).faults
    assert Path(fault.file).name == name
    assert "somebody put it here" in fault.reason
    assert all(line["event"].get("action") != "forged" for line in lines(folder))


def test_a_file_far_ahead_is_named_at_once(keyring, log):
    folder, _ = log
    (folder / "audit-99999999.jsonl").write_text("")
    faults = verify(folder, keyring.public_key(), (), EVERY, PER_FILE).faults
    assert len(faults) < 5
    assert "that follow it" in "".join(each.reason for each in faults)


def test_from_a_later_file_on_only_what_stands_there_is_looked_at(keyring, log):
    folder, head = log
    last = verify(folder, keyring.public_key(), [Head(1, "0" * 64), head], EVERY, PER_FILE, since=3)
    assert (last.faults, last.files, last.head) == ((), 1, head)
    (first, *_, end) = sorted(folder.glob("*.jsonl"))
    first.write_bytes(first.read_bytes().replace(b"case 1", b"case 9"))
    assert verify(folder, keyring.public_key(), [head], EVERY, PER_FILE, since=3).faults == ()
    end.write_bytes(end.read_bytes().replace(b"case 35", b"case 95"))
    assert verify(folder, keyring.public_key(), [head], EVERY, PER_FILE, since=3).faults[0].file == str(end)
