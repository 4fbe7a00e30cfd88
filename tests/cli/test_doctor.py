"""Each thing that can be wrong is broken, and the line and its remedy are looked at."""

import json
import shutil
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from benchmarks.servers import a_cluster
from ops_hub import __version__
from ops_hub.access.accounts import Account, hashed
from ops_hub.casework.policy import sharing_policy
from ops_hub.cli import main
from ops_hub.config import data_dir
from ops_hub.exercise.day.accounts import PASSWORD
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import write
from ops_hub.pipeline import compile_lists
from ops_hub.service.checkup import home, installed, listed, live, machine, people, proven, server, table
from ops_hub.service.checkup.finding import Asked
from ops_hub.service.lists.health import health
from ops_hub.store import accounts, archive, kernels, tokens
from ops_hub.store.audit import record
from ops_hub.store.hub import grow, key, open_hub
from ops_hub.store.scribe import Scribe, folder_of
from ops_hub.store.tokens import Token
from tests.conftest import TODAY
from tests.hubs import a_hub

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "a long key that nobody may see"


def asking(folder, **other):
    return Asked(**({"home": folder, "address": None, "environment": {}, "clock": lambda: NOON} | other))


def said(found, level=None):
    return [f"{each.found}; {each.remedy}" for each in found if level in (None, each.level)]


def only(found, level):
    lines = list(found)
    assert [each.level for each in lines] == [level], lines
    return f"{lines[0].found}; {lines[0].remedy}"


@pytest.fixture(scope="module")
def hub():
    with a_hub() as opened:
        yield opened


@pytest.fixture
def clean(hub):
    hub.client.flushall()
    for name in ("audit", "archive", "keys", "lake"):
        shutil.rmtree(hub.home / name, ignore_errors=True)
    hub.keyring._own.clear()
    hub.keyring._open.clear()
    hub.keyring._signing = None
    return hub


# what is installed


def test_packages_are_compared_with_those_it_was_tested_with():
    needed = [installed.Needed("polars", "99999", ""), installed.Needed("no-such-package", "1", "")]
    lines = said(installed.compared(needed, {}, "requirements.lock"), "problem")
    assert "is too old: at least 99999; pip install -r requirements.lock" in lines[0]
    assert lines[1] == "no-such-package is not installed; pip install -r requirements.lock"


def test_another_version_of_what_decides_hits_is_told_apart_from_others():
    needed = [installed.Needed(name, "0", "") for name in ("polars", "click")]
    one, other = installed.compared(needed, {"polars": ["0.1", "0.3"], "click": ["0.2"]}, "lock")
    assert (one.level, other.level) == ("note", "note")
    assert "(tested with 0.1 or 0.3): hits could differ" in one.found
    assert "(tested with 0.2)" in other.found
    assert "hits" not in other.found


def test_the_lock_names_every_package_that_is_needed():
    lock = data_dir("rules").parent / installed.LOCK
    pins = installed.pinned(lock.read_text(encoding="utf-8"))
    assert {each.name for each in installed._needed() if not each.extra} <= pins.keys()


def test_an_extra_that_is_not_installed_is_a_note_that_says_what_it_is_for(monkeypatch):
    monkeypatch.setattr(installed, "_needed", lambda: [installed.Needed("no-such-package", "1", "trends")])
    assert only(installed.extras(asking(Path())), "note") == (
        "trends (bulletins of what changed) is not installed; where it is wanted: pip install 'ops-hub[trends]'"
    )


def test_a_file_that_was_altered_since_the_release_is_named(monkeypatch, tmp_path):
    (tmp_path / "a.py").write_text("1")
    right = installed._mark(tmp_path / "a.py")
    recorded = [("ops_hub/a.py", tmp_path / "a.py", right), ("ops_hub/b.py", tmp_path / "b.py", right)]
    monkeypatch.setattr(installed, "_recorded", lambda: recorded)
    assert "ops_hub/b.py is missing or was altered" in only(installed.shipped(asking(tmp_path)), "problem")
    (tmp_path / "b.py").write_text("1")
    assert "2 files as they were released" in only(installed.shipped(asking(tmp_path)), "ok")


def test_rules_that_cannot_be_used_are_a_problem(tmp_path):
    (tmp_path / "matching.toml").write_text("bands = 3")
    (name, found), *_ = [each for each in table.examined(asking(tmp_path, rules=tmp_path)) if each[0] == "rules"]
    assert (name, found.level) == ("rules", "problem")
    assert "matching.toml" in found.found


def test_a_risk_rule_that_is_refused_is_named(tmp_path):
    (tmp_path / "risk").mkdir()
    shutil.copy(data_dir("rules") / "matching.toml", tmp_path)
    (tmp_path / "risk" / "one.toml").write_text('[[rule]]\nid = "x"\n')
    assert "one.toml" in said(installed.rules(asking(tmp_path, rules=tmp_path)), "problem")[0]


# the machine


def test_a_processor_without_avx2_is_told_what_to_install():
    assert machine.lacking("x86_64", "flags\t\t: fpu fma bmi2") == ["avx2"]
    assert machine.lacking("x86_64", "flags : avx2 fma bmi2") == []
    assert machine.lacking("aarch64", "Features : asimd") == []


def test_kernels_that_cannot_be_kept_are_a_problem(tmp_path):
    (tmp_path / "file").write_text("")
    line = only(
        machine.kernels(asking(tmp_path, environment={kernels.VARIABLE: str(tmp_path / "file" / "below")})), "problem"
    )
    assert "every start compiles them; name a folder that only this user can write: NUMBA_CACHE_DIR=" in line


def test_kernels_among_temporary_files_are_a_note(tmp_path):
    asked = asking(tmp_path, environment={kernels.VARIABLE: str(tmp_path / "ops-hub-kernels-0")})
    assert "which a restart may empty" in only(machine.kernels(asked), "note")


def test_few_open_files_core_dumps_and_an_open_umask_are_told():
    assert "ulimit -n 4096" in said(machine.limited(100, 0, 0o077), "problem")[0]
    assert "ulimit -n 4096" in said(machine.limited(512, 0, 0o077), "note")[0]
    assert said(machine.limited(4096, -1, 0o022), "note") == [
        "a crash would write memory, and so travellers, to disk; ulimit -c 0 for the hub's user",
        "files of results may be read by others (umask 022); umask 077 for who screens",
    ]
    assert [each.level for each in machine.limited(-1, 0, 0o077)] == ["ok"]


def test_the_key_for_payments_is_told_of_and_never_told():
    assert "OPS_HUB_HASH_KEY is not set" in only(machine.hash_key(asking(Path())), "note")
    short = only(machine.hash_key(asking(Path(), environment={"OPS_HUB_HASH_KEY": "geheim"})), "note")
    assert "could be guessed" in short
    assert "geheim" not in short
    assert only(machine.hash_key(asking(Path(), environment={"OPS_HUB_HASH_KEY": SECRET})), "ok") == "OPS_HUB_HASH_KEY is set; "  # fmt: skip


# the home folder


def test_without_a_home_folder_nothing_is_made(tmp_path):
    place = tmp_path / "none"
    assert "ops-hub hub up makes one" in only(home.folder(asking(place)), "note")
    assert said(home.keys(asking(place))) == []
    assert said(home.space(asking(place))) == []
    assert not place.exists()


def test_a_home_folder_that_others_may_enter_is_a_problem(tmp_path):
    (tmp_path / "keys").mkdir(mode=0o755)
    tmp_path.chmod(0o750)
    one, other = said(home.folder(asking(tmp_path)), "problem")
    assert one == f"others may enter {tmp_path} (mode 750); chmod 700 {tmp_path}"
    assert f"chmod 700 {tmp_path / 'keys'}" in other


def test_a_home_folder_of_somebody_else_is_a_problem(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(home.os, "geteuid", lambda: 4242)
    assert "this is user 4242; run as the user whose hub it is" in only(home.folder(asking(tmp_path)), "problem")


def test_a_key_that_others_may_read_is_a_problem_and_is_not_shown(tmp_path):
    (tmp_path / "keys").mkdir(mode=0o700)
    path = tmp_path / "keys" / "BRB.key"
    path.write_text(SECRET)
    path.chmod(0o644)
    line = only(home.keys(asking(tmp_path)), "problem")
    assert f"chmod 600 {path}" in line
    assert SECRET not in line
    path.chmod(0o600)
    assert "keep a copy apart from this machine" in only(home.keys(asking(tmp_path)), "ok")


def test_room_for_a_day_is_needed_and_for_three_is_wanted(tmp_path):
    assert "screening stops when it is full" in only(home.spare(10, 11, tmp_path), "problem")
    assert only(home.spare(20, 10, tmp_path), "note")
    assert only(home.spare(31, 10, tmp_path), "ok")


def test_a_day_is_measured_by_the_fullest_one(tmp_path):
    for state, day, size in (("BRB", "2026-11-21", 5), ("TTO", "2026-11-21", 6), ("BRB", "2026-11-22", 7)):
        (tmp_path / "lake" / state / day).mkdir(parents=True)
        (tmp_path / "lake" / state / day / "live.seg").write_bytes(b"x" * size)
    assert home.day_of(tmp_path) == 11


# the server


def test_a_server_that_loses_or_throws_away_is_a_problem():
    good = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "aclfile": "/x"}
    assert only(server.kept(good, embedded=False), "ok")
    assert "CONFIG SET appendonly yes" in only(server.kept(good | {"appendonly": "no"}, embedded=False), "problem")
    assert "loses the last second" in only(server.kept(good | {"appendfsync": "everysec"}, embedded=False), "note")
    assert "CONFIG SET maxmemory-policy noeviction" in only(server.kept(good | {"maxmemory-policy": "allkeys-lru"}, embedded=False), "problem")  # fmt: skip
    assert "--aclfile FILE" in only(server.kept(good | {"aclfile": ""}, embedded=False), "note")


def test_clocks_that_differ_are_told():
    assert [only(server.apart(seconds), level) for seconds, level in ((0.1, "ok"), (9, "note"), (999, "problem"))]


def test_an_open_way_to_the_server_is_a_problem_and_its_password_is_not_shown():
    line = only(server.way(asking(Path(), address=f"redis://hub:{SECRET}@far.example:6379")), "problem")
    assert "rediss://" in line
    assert SECRET not in line
    assert "no password" in only(server.way(asking(Path(), address="rediss://far.example")), "note")
    assert only(server.way(asking(Path(), address=f"rediss://hub:{SECRET}@far.example")), "ok")


def test_a_server_that_does_not_answer_is_a_problem_and_its_password_is_not_shown(tmp_path):
    found = dict(table.examined(asking(tmp_path / "none", address=f"redis://hub:{SECRET}@127.0.0.1:1/0")))
    assert found["server"].level == "problem"
    assert "check OPS_HUB_REDIS" in found["server"].remedy
    assert SECRET not in str(found)
    assert not (tmp_path / "none").exists()


def test_the_embedded_server_is_as_it_should_be(clean):
    assert [each.level for each in server.settings(asking(clean.home), clean)] == ["ok", "ok"]
    (clean.home / "server" / "users.acl").chmod(0o644)
    try:
        assert "chmod 600" in said(server.settings(asking(clean.home), clean), "problem")[0]
    finally:
        (clean.home / "server" / "users.acl").chmod(0o600)
    assert "differ by" in only(server.clocks(asking(clean.home, clock=lambda: datetime.now(UTC)), clean), "ok")


def test_every_server_of_a_cluster_is_looked_at(tmp_path):
    with a_cluster(2) as made:
        hub = grow(open_hub(tmp_path / "home", made.address), 2)
        asked = asking(hub.home, address=made.address, clock=lambda: datetime.now(UTC))
        assert [each.level for each in server.settings(asked, hub)] == ["ok"] * 4
        assert "servers: 2, with the same users; partitions: 2" in only(server.together(asked, hub), "ok")
        last = made.servers[1]
        last.ask("CONFIG", "SET", "appendfsync", "everysec")
        assert "loses the last second" in said(server.settings(asked, hub), "note")[0]
        made.servers[0].ask("ACL", "SETUSER", "BRB", "on")
        assert f"127.0.0.1:{last.place[1]} lacks users" in only(server.together(asked, hub), "problem")
        assert only(server.clocks(asked, hub), "ok")
        one = open_hub(tmp_path / "home", "redis-cluster://{}:{}".format(*last.place))
        assert "names one server" in said(server.together(asked, one), "note")[0]
        made.servers[0].kill()
        assert "does not answer" in said(server.settings(asked, hub), "problem")[0]
        one.close()
        hub.close()


def test_the_way_to_a_cluster_is_looked_at_as_well():
    line = only(server.way(asking(Path(), address=f"redis-cluster://hub:{SECRET}@127.0.0.1,far.example")), "problem")
    assert "rediss-cluster://" in line
    assert SECRET not in line
    assert only(server.way(asking(Path(), address=f"rediss-cluster://hub:{SECRET}@one,two:7000")), "ok")


def test_a_hub_that_does_not_run_is_not_started(tmp_path):
    tmp_path.chmod(0o700)
    found = dict(table.examined(asking(tmp_path)))
    assert found["server"].level == "note"
    assert list(tmp_path.iterdir()) == []


# the hub at work

FIGURES = {"waiting": 0, "workers": 1, "dead_letters": 0, "oldest_seconds": 0.0, "behind": {}, "alarms": []}


def test_what_waits_without_workers_or_for_long_is_a_problem():
    assert "nobody screens; ops-hub hub up" in only(live.working(FIGURES | {"waiting": 3, "workers": 0}), "problem")
    old = FIGURES | {"waiting": 3, "workers": 0, "oldest_seconds": 1800.0}
    assert "though the hub is up; see the alarms" in only(live.working(old, up_for=3600.0), "problem")
    assert "waited for 30 minutes" in only(live.working(FIGURES | {"oldest_seconds": 1800.0}), "problem")
    assert only(live.working(FIGURES), "ok")


def test_a_worker_that_starts_is_waited_for():
    new = FIGURES | {"waiting": 3, "workers": 0, "oldest_seconds": 2.0}
    assert "a worker is starting; look again" in only(live.working(new, up_for=2.0), "note")
    assert "a worker is starting" in only(live.working(new | {"oldest_seconds": 1800.0}, up_for=2.0), "note")
    assert "a worker is starting" in only(live.working(new, up_for=3600.0), "note")  # one that died, started again


def test_dead_letters_services_behind_and_alarms_are_told():
    bad = FIGURES | {"dead_letters": 2, "behind": {"kept": 9_000}, "alarms": [{"at": "noon", "what": "disk"}]}
    letters, behind = said(live.working(bad), "problem")
    assert "ops-hub hub dead" in letters
    assert "kept 9,000" in behind
    assert "noon: disk" in said(live.working(bad), "note")[0]


def test_retention_that_did_not_run_is_a_problem():
    day = date(2026, 11, 23)
    assert "ops-hub retention run" in only(live.lately(date(2026, 11, 20), day, "lists"), "problem")
    assert only(live.lately(date(2026, 11, 22), day, "lists"), "ok")
    assert only(live.lately(None, day, "lists"), "note")
    assert only(live.lately(None, day, None), "ok")


def test_a_hub_without_workers_is_told(clean):
    assert "ops-hub hub up" in only(live.up(asking(clean.home), clean), "note")
    assert only(live.work(asking(clean.home), clean), "ok")
    clean.client.set(key("retention", "last"), "2020-01-01")
    assert only(live.retention(asking(clean.home), clean), "problem")


# lists


def aged(**terms):
    (found,) = [each for each in read_lists([data_dir("watchlists")]) if each.info.list_id == "brb-smuggling"]
    info = type(found.info)(**{**found.info.__dict__, **terms})
    return health(found.entries, [info], sharing_policy(), TODAY)


def test_lists_that_expired_expire_soon_or_have_aged_are_told():
    assert "expired on 2026-11-01" in only(listed.aged(aged(expires="2026-11-01")), "problem")
    assert "expires on 2026-12-01" in only(listed.aged(aged(expires="2026-12-01")), "note")
    (now,) = aged(expires=None)
    assert "8 entries, updated" in only(listed.aged([now]), "ok")
    replace = msgspec.structs.replace
    assert "last updated 400 days ago; ask" in only(listed.aged([replace(now, age="old", age_days=400)]), "note")
    assert "does not say when" in only(listed.aged([replace(now, age="unknown")]), "note")
    assert "no entry that is valid" in only(listed.aged([replace(now, not_valid=8)]), "problem")


def test_published_lists_are_verified(clean, tmp_path, knowledge):
    asked = asking(clean.home)
    assert "ops-hub hub publish" in only(listed.published(asked, clean), "note")
    write(tmp_path / "lists", compile_lists(read_lists([data_dir("watchlists") / "BRB"]), knowledge), __version__)
    name = archive.keep_snapshot(clean, tmp_path / "lists")
    archive.publish(clean, name, archive.keep_rules(clean, None))
    first, *rest = listed.published(asked, clean)
    assert (first.level, len(rest)) == ("ok", 1)
    damaged = next((clean.home / "archive" / "snapshots" / name).glob("*.npy"))
    damaged.chmod(stat.S_IRUSR | stat.S_IWUSR)
    data = bytearray(damaged.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    (found,) = [each for what, each in table.examined(asked) if what == "lists"]
    assert found.level == "problem"
    assert found.remedy.startswith("move ")
    assert "ops-hub hub publish" in found.remedy
    assert damaged.name in found.found
    assert only(proven.fingerprints(asked, clean), "ok")
    (clean.home / "keys" / "BRB.key").unlink()
    assert "BRB.key; copy them" in only(proven.fingerprints(asked, clean), "problem")


def test_lists_that_are_named_are_looked_at(tmp_path):
    found = list(listed.named(asking(tmp_path, watchlists=(data_dir("watchlists"),))))
    assert len(found) == 7
    (name, missing), *_ = [
        each for each in table.examined(asking(tmp_path, watchlists=(tmp_path / "none",))) if each[0] == "named lists"
    ]
    assert (name, missing.level) == ("named lists", "problem")


# the log


def test_an_altered_line_of_the_log_is_a_problem(clean):
    asked = asking(clean.home)
    assert "no audit log yet" in only(proven.audit(asked, clean), "note")
    for number in range(3):
        record(clean, "BRB/ana:officer", "case-shown", f"case {number}")
    scribe = Scribe(clean)
    scribe.open()
    scribe.drain()
    scribe.close()
    assert "as written: 3 lines" in only(proven.audit(asked, clean), "ok")
    path = next(folder_of(clean.home).glob("*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b"case 1", b"case 9"))
    assert "line 2: altered" in only(proven.audit(asking(clean.home, deep=True), clean), "problem")
    assert not (clean.home / "keys" / "CENTRE.ed25519").exists()


# people


def added(hub, name, role, password="not the one of the demo", **other):
    made = Account(name, "CENTRE", role, hashed(password), hub.now(), **other)
    accounts.put(hub, name, msgspec.json.encode(made))


def test_accounts_without_an_administrator_and_those_of_the_demo_are_told(clean):
    asked = asking(clean.home)
    assert "--role administrator" in only(people.accounts(asked, clean), "note")
    added(clean, "wanda", "watch-officer", PASSWORD)
    none, demo = said(people.accounts(asked, clean), "problem")
    assert "none is an administrator's" in none
    assert "which everybody knows: wanda; disable them" in demo
    assert PASSWORD not in demo
    added(clean, "ada", "administrator")
    assert "one administrator" in said(people.accounts(asked, clean), "note")[0]
    added(clean, "bo", "administrator")
    added(clean, "wanda", "watch-officer", PASSWORD, disabled=True)
    assert "2 of administrators" in only(people.accounts(asked, clean), "ok")


def test_tokens_that_hold_for_long_or_of_disabled_accounts_are_told(clean):
    added(clean, "ana", "watch-officer", disabled=True)
    _, token = tokens.make(clean, "ana", "border system", "ada", 30)
    assert f"{token.id} of ana; end them" in said(people.api_tokens(asking(clean.home), clean), "problem")[0]
    long = Token("x", "ana", "", "ada", NOON, NOON + timedelta(days=4000))
    over = Token("y", "ana", "", "ada", NOON, NOON - timedelta(days=1))
    forever, expired = said(people.lasting([long, over], NOON), "note")
    assert "holds until 2037" in forever
    assert "1 tokens have expired" in expired


def test_a_console_open_to_other_machines_without_https_is_a_problem():
    start = ["/x/bin/python", "/x/bin/ops-hub", "console", "--host", "0.0.0.0"]
    assert "--secure" in only(people.started([start]), "problem")
    assert "certificate is renewed" in only(people.started([[*start, "--secure"]]), "note")
    assert only(people.started([start[:3]]), "ok")
    assert said(people.started([["vim", "console"], ["ops-hub", "hub", "up"]])) == []


# the whole


def test_a_check_that_breaks_off_is_a_line_and_the_others_go_on(tmp_path, monkeypatch):
    def broken(asked):
        raise RuntimeError(f"wrong {SECRET}")
        yield

    monkeypatch.setattr(home, "folder", broken)
    found = dict(table.examined(asking(tmp_path, environment={"OPS_HUB_HASH_KEY": SECRET})))
    assert found["home"].level == "problem"
    assert "broke off: RuntimeError: wrong ***" in found["home"].found
    assert "server" in found


def test_a_package_that_cannot_be_loaded_is_a_line(tmp_path, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError("No module named 'polars'")

    monkeypatch.setattr(table, "import_module", missing)
    found = dict(table.examined(asking(tmp_path)))
    assert {each.level for each in found.values()} == {"problem"}
    assert "pip install" in found["engine"].remedy


def test_every_check_of_the_table_is_a_function():
    assert all(callable(table._function(where)) for _, where in (*table.MACHINE, *table.HUB))


def test_the_command_prints_a_line_a_check_and_ends_with_1_where_there_is_a_problem(tmp_path):
    tmp_path.chmod(0o700)
    fine = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path)], env={"OPS_HUB_REDIS": ""})
    assert (fine.exit_code, fine.output.splitlines()[-1].split(", ")[-1]) == (0, "0 problems")
    assert any(line.startswith("ok       engine") for line in fine.output.splitlines())
    tmp_path.chmod(0o755)
    bad = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path), "--json"], env={"OPS_HUB_REDIS": ""})
    told = json.loads(bad.output)
    assert (bad.exit_code, told["problems"]) == (1, 1)
    assert [each["remedy"] for each in told["checks"] if each["level"] == "problem"] == [f"chmod 700 {tmp_path}"]
