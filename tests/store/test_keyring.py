"""Keys: made once, kept apart, refused where others can read them, and gone when they are destroyed."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops_hub.errors import StoreError
from ops_hub.store.keyring import Keyring, verify

from .fixtures_keeping import kept_hub  # noqa: F401


@pytest.fixture
def ring(kept_hub):  # noqa: F811
    return kept_hub.keyring


def other(hub, home):
    """Return the keyring of another machine on the same hub."""
    return Keyring(Path(home), hub.client)


def test_what_was_sealed_opens_with_the_same_owner_period_and_purpose_alone(ring):
    sealed = ring.seal("BRB", "2026-11-23", b"who", b"x")
    assert ring.unseal("BRB", "2026-11-23", sealed, b"x") == b"who"
    ring.seal("BRB", "2026-11-24", b"")
    ring.seal("TTO", "2026-11-23", b"")
    for owner, period, about in (("BRB", "2026-11-24", b"x"), ("TTO", "2026-11-23", b"x"), ("BRB", "2026-11-23", b"y")):
        with pytest.raises(StoreError, match="altered"):
            ring.unseal(owner, period, sealed, about)
    for data in (b"", sealed[:5], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(StoreError, match="altered"):
            ring.unseal("BRB", "2026-11-23", data, b"x")


def test_a_destroyed_key_is_gone_also_from_processes_that_used_it(kept_hub, ring):  # noqa: F811
    second = other(kept_hub, kept_hub.home)
    sealed = ring.seal("BRB", "2026-11-23", b"who")
    second.unseal("BRB", "2026-11-23", sealed)
    assert ring.periods("BRB") == ["2026-11-23"]
    assert ring.destroy("BRB", "2026-11-23", ("proof", {"rows": "3"}))
    assert not ring.destroy("BRB", "2026-11-23")
    assert kept_hub.client.xlen("proof") == 1
    with pytest.raises(StoreError, match="gone for ever"):
        second.unseal("BRB", "2026-11-23", sealed)
    again = second.seal("BRB", "2026-11-23", b"late")  # not with the dead key: it would be lost
    assert ring.unseal("BRB", "2026-11-23", again) == b"late"
    with pytest.raises(StoreError, match="altered"):
        ring.unseal("BRB", "2026-11-23", sealed)


def test_a_destroyed_key_leaves_the_servers_disk(kept_hub, ring):  # noqa: F811
    ring.seal("BRB", "2026-11-23", b"who")
    wrapped = kept_hub.client.hget("oh:{0}:keys:BRB", "2026-11-23")

    def on_disk():
        return any(wrapped in path.read_bytes() for path in (kept_hub.home / "server").rglob("*.*") if path.is_file())

    assert on_disk()
    ring.destroy("BRB", "2026-11-23")
    assert on_disk()
    ring.forget()
    assert not on_disk()


def test_a_second_machine_without_the_owners_file_makes_no_second_key(kept_hub, ring, tmp_path):  # noqa: F811
    ring.seal("BRB", "2026-11-23", b"who")
    with pytest.raises(StoreError, match=r"has data under this key.*copy BRB\.key"):
        other(kept_hub, tmp_path).seal("BRB", "2026-11-24", b"who")
    assert not (tmp_path / "keys" / "BRB.key").exists()
    ring.destroy("BRB", "2026-11-23")
    with pytest.raises(StoreError, match="has data under this key"):
        other(kept_hub, tmp_path).seal("BRB", "2026-11-24", b"who")
    shutil.copytree(kept_hub.home / "keys", tmp_path / "keys")
    sealed = other(kept_hub, tmp_path).seal("BRB", "2026-11-24", b"who")
    assert ring.unseal("BRB", "2026-11-24", sealed) == b"who"


def test_a_wrong_key_file_is_refused_and_not_used(kept_hub, ring, tmp_path):  # noqa: F811
    ring.seal("BRB", "2026-11-23", b"who")
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "BRB.key").touch(mode=0o600)
    (tmp_path / "keys" / "BRB.key").write_bytes(os.urandom(32))
    with pytest.raises(StoreError, match="not the key"):
        other(kept_hub, tmp_path).seal("BRB", "2026-11-24", b"who")


@pytest.mark.parametrize(("place", "mode"), [("BRB.key", 0o640), ("BRB.key", 0o604), (".", 0o750)])
def test_keys_that_others_can_read_are_refused_with_the_remedy(kept_hub, ring, place, mode):  # noqa: F811
    ring.seal("BRB", "2026-11-23", b"who")
    (kept_hub.home / "keys" / place).chmod(mode)
    with pytest.raises(StoreError, match="chmod [67]00"):
        other(kept_hub, kept_hub.home).seal("BRB", "2026-11-23", b"who")


def test_key_files_are_made_for_their_user_alone(kept_hub, ring):  # noqa: F811
    ring.seal("BRB", "2026-11-23", b"who")
    ring.sign(b"x")
    found = {path.name: oct(path.stat().st_mode & 0o777) for path in (kept_hub.home / "keys").iterdir()}
    assert found == {"BRB.key": "0o600", "CENTRE.ed25519": "0o600"}


def test_the_centres_signature_is_checked_with_its_public_key(kept_hub, ring, tmp_path):  # noqa: F811
    signature = ring.sign(b"head")
    assert verify(b"head", signature, ring.public_key())
    assert other(kept_hub, kept_hub.home).public_key() == ring.public_key()
    assert not verify(b"heaD", signature, ring.public_key())
    assert not verify(b"head", signature[:-1], ring.public_key())
    assert not verify(b"head", signature, "no key")
    with pytest.raises(StoreError, match="has data under this key"):
        other(kept_hub, tmp_path).sign(b"head")


def test_threads_and_forked_processes_share_one_key(kept_hub, ring):  # noqa: F811
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda k: ring.seal("JAM", f"d{k % 3}", str(k).encode()), range(60)))
    code = (
        "import sys; from pathlib import Path; from ops_hub.store.hub import open_hub\n"
        "hub = open_hub(Path(sys.argv[1])); sys.stdout.buffer.write(hub.keyring.seal('GUY', 'd', b'who')); hub.client.close()"
    )
    run = [sys.executable, "-W", "ignore", "-c", code, str(kept_hub.home)]
    racing = [subprocess.Popen(run, stdout=subprocess.PIPE) for _ in range(3)]
    for each in racing:
        assert ring.unseal("GUY", "d", each.communicate()[0]) == b"who"
    assert [ring.unseal("JAM", f"d{k % 3}", data) for k, data in enumerate(sealed)] == [
        str(k).encode() for k in range(60)
    ]


@pytest.mark.parametrize("owner", ["", "../x", "A B", "x" * 33])
def test_an_owner_that_is_none_is_refused(ring, owner):
    with pytest.raises(StoreError, match="no owner"):
        ring.seal(owner, "d", b"")
