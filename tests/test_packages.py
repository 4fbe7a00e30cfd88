"""Wheel and sdist: what is in them, that they are the same when built again, that they install where nothing is."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string

import pytest

from ops_hub import __version__
from tests.conftest import ROOT

NEVER = (".venv", "__pycache__", ".nbi", ".nbc", ".pyc", ".png", "/runs/", "/dist/", ".git/", ".ci/")
DROPPED = "-dac_override,-dac_read_search,-fowner"  # what lets root write where nobody may
AS_ANYBODY = ["setpriv", f"--bounding-set={DROPPED}", f"--inh-caps={DROPPED}"]


def built(folder):
    """Build both as `make dist` does, and return their paths: wheel, sdist."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(
        command, cwd=ROOT, env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}, check=True, capture_output=True
    )
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return built(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(packages):
    with zipfile.ZipFile(packages[0]) as opened:
        yield opened


def sources(name):
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".nbi", ".nbc", ".pyc")
    }


def test_the_wheel_has_the_code_and_the_data_and_nothing_else(wheel):
    names = set(wheel.namelist())
    data = {f"ops_hub/_data/{each}" for name in ("rules", "watchlists", "sample_feeds") for each in sources(name)}
    info = f"ops_hub-{__version__}.dist-info/"
    assert {each for each in names if not each.startswith(info)} == (
        sources("ops_hub") | data | {"ops_hub/_data/requirements.lock"}
    )
    assert not [each for each in names if any(part in each for part in NEVER)]


def test_the_metadata_are_complete_and_name_no_registry(wheel):
    text = wheel.read(f"ops_hub-{__version__}.dist-info/METADATA").decode()
    said = message_from_string(text)
    for name in ("Summary", "Author", "License-Expression", "Keywords", "Requires-Python", "Description-Content-Type"):
        assert said[name], name
    assert (said["Name"], said["Version"]) == ("ops-hub", __version__)
    assert len(said.get_all("Classifier")) > 5
    assert "file:" not in text
    assert "index-url" not in text


def test_every_licence_is_in_the_wheel_and_named_in_its_metadata(wheel):
    said = message_from_string(wheel.read(f"ops_hub-{__version__}.dist-info/METADATA").decode())
    known = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ops_hub").rglob("*LICENSE*")} | {"LICENSE"}
    assert set(said.get_all("License-File")) == known
    assert {f"ops_hub-{__version__}.dist-info/licenses/{each}" for each in known} <= set(wheel.namelist())


def test_the_sdist_has_what_builds_and_runs_the_tests_and_nothing_else(packages):
    with tarfile.open(packages[1]) as opened:
        sizes = {each.name.partition("/")[2]: each.size for each in opened.getmembers()}
    assert not [each for each in sizes if any(part in f"/{each}" for part in NEVER)]
    wanted = sources("ops_hub") | sources("rules") | sources("tests") | sources("watchlists") | sources("sample_feeds")
    assert wanted | {"pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "LICENSE"} <= sizes.keys()
    assert {each.split("/")[0] for each in sizes} <= {
        "ops_hub", "rules", "watchlists", "sample_feeds", "tests", "benchmarks", "docs", "mkdocs.yml", "README.md",
        "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "Makefile", "requirements.lock", "requirements-dev.lock",
        "pyproject.toml", "PKG-INFO", ".gitignore",
    }  # fmt: skip
    assert packages[1].stat().st_size < 6_000_000
    assert packages[0].stat().st_size < 4_000_000


def test_built_twice_they_are_the_same_bytes(packages, tmp_path):
    marks = [[hashlib.sha256(path.read_bytes()).hexdigest() for path in pair] for pair in (packages, built(tmp_path))]
    assert marks[0] == marks[1]


@pytest.mark.wide
@pytest.mark.parametrize("kind", [0, 1], ids=["wheel", "sdist"])
def test_it_installs_into_an_empty_environment_and_works_without_write_access(packages, tmp_path, kind):
    """Some minutes: packages are fetched by pip as it is set up here, kernels are compiled."""
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(place / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", str(packages[kind])], check=True)
    subprocess.run(["chmod", "-R", "a-w", str(place / "lib")], check=True)
    work = tmp_path / "work"
    work.mkdir(mode=0o700)
    lowered = AS_ANYBODY if os.geteuid() == 0 and shutil.which("setpriv") else []
    # no cache of the user's either: HOME cannot be made
    clean = {"PATH": f"{place / 'bin'}:/usr/bin:/bin", "HOME": "/proc/nowhere", "TMPDIR": str(work)}

    def run(*words, accept=0, cwd=work, **variables):
        done = subprocess.run(
            [*lowered, "ops-hub", *words], cwd=cwd, env=clean | variables, capture_output=True, text=True
        )
        assert done.returncode == accept, done.stdout + done.stderr
        return done.stdout

    try:
        assert __version__ in run("--version")
        run("samples", "try")
        told = run("screen", "sample_feeds", "-w", "watchlists", "--rules", "rules", "--today", "2026-11-23", "--out", "demo", cwd=work / "try")  # fmt: skip
        assert "records in 191 = screened 188 + rejected 3" in told
        assert "hits 27" in told
        lines = run("doctor", OPS_HUB_HOME=str(work / "hub")).splitlines()
        assert [line for line in lines if line.startswith("problem")] == []
        assert any("files as they were released" in line for line in lines)
        assert any("compiled kernels are kept in" in line and line.startswith("note") for line in lines)
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(place / "lib")], check=True)
