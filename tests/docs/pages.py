"""Pages whose blocks of commands are run, and what they print written below them.

A block marked `<!-- run -->` holds lines `$ command`; all blocks of a page run in order in one fresh folder with the sample
data. A block marked `<!-- file PATH -->` is first written to that path. Reach for `written()`; `python -m tests.docs`
writes all pages anew, tests/docs/test_pages.py compares. What a page may say is left to its author.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.engines.live.status import status
from ops_hub.store.hub import open_hub
from ops_hub.store.server import stop
from tests.conftest import ROOT
from tests.docs import days

SAMPLES = ("sample_feeds", "watchlists", "rules")

# What differs between two runs that say the same. A page keeps its line where the two differ in nothing else.
MASKS = (
    (r"\b[\d,]+(\.\d+)? (s|ms|seconds|MB|GB|records/s)\b", "N UNIT"),
    (r"\d+ h \d\d( ago)?|\d+ min( ago)?", "COUNTDOWN"),
    (r"20\d\d-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?( UTC|\+00:00)", "TIME"),  # the hub's clock
    (r"\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12,}\b", "HASH"),  # of lists, settings, code; keyed ones
    (r"\b\d{13}-\d+\b", "STREAM-ID"),
    (r"\b\d+ lines in|head:? \d+(?=:)", "LINES"),  # of the audit log: services write as they come to it
    (r"\"lag_ms\": [\d.]+", "LAG"),
    (r"[\d.]+ (travellers|units)/s", "RATE"),
    (r" {2,}", " "),  # columns are as wide as what stands in them
)
CASE = re.compile(r"(?<![\w.-])\d{8}(?![\w.-])")  # drawn by lot; pages say 10000001, 10000002 ... as they come
FOLDER = "/srv/centre"  # what pages call the folder that they were run in

_BLOCK = re.compile(r"^<!-- (run|file \S+) -->\n```(\w+)\n(.*?)^```$", re.M | re.S)
_CLI = [sys.executable, "-c", "from ops_hub.cli import main; main()"]
_UP = "Ctrl-C ends"  # what a command in the background says when it is up
_PATIENCE = 120.0  # seconds


def pages() -> list[Path]:
    """Return the pages that hold a block to be run."""
    every = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in every if "<!-- run -->" in path.read_text(encoding="utf-8")]


def is_live(text: str) -> bool:
    """Say whether a page starts a hub, which takes some processes."""
    return re.search(r"^\$ ops-hub .* &$", text, re.M) is not None


def masked(text: str) -> str:
    """Return output without what differs between two runs."""
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text)
    return text


def written(text: str) -> str:
    """Return a page as it reads when its commands are run now; lines that differ in masked parts alone stay."""
    with _folder() as folder:
        page = _Page(folder, datetime.now(UTC).date())
        try:
            return _BLOCK.sub(page.block, text)
        finally:
            page.end()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Give a fresh folder with the samples, as the current one; the path is short, as that of a socket must be."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="oh-"))
    for name in SAMPLES:
        shutil.copytree(ROOT / name, folder / name)
    kept, handlers = dict(os.environ), {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for name in [each for each in os.environ if each.startswith("OPS_HUB_")]:
        del os.environ[name]
    os.environ |= {"OPS_HUB_HOME": str(folder / "hub"), "OPS_HUB_HASH_KEY": "pages", "COLUMNS": "110", "NO_COLOR": "1"}
    try:
        with contextlib.chdir(folder):
            yield folder
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
        os.environ.clear()
        os.environ |= kept
        stop(folder / "hub")
        shutil.rmtree(folder, ignore_errors=True)


class _Page:
    """A page that is being run: its folder, its numbers of cases, what it started."""

    def __init__(self, folder: Path, today: date) -> None:
        self.folder, self.today = folder, today
        self.cases: dict[str, str] = {}  # as the hub calls them: as the page does
        self.beside: list[subprocess.Popen[bytes]] = []
        self.names: dict[str, object] = {}  # of its Python

    def block(self, found: re.Match[str]) -> str:
        mark, language, body = found.groups()
        if mark != "run":
            path = self.folder / mark.removeprefix("file ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
            return found.group()
        run = self._python(body) if language == "pycon" else self._console(body)
        return f"<!-- {mark} -->\n```{language}\n{run}```"

    def _console(self, body: str) -> str:
        text = ""
        for part in re.split(r"^(?=\$ )", body, flags=re.M):
            if not part.startswith("$ "):
                continue  # nothing was asked there
            command, _, old = re.match(r"\$ ((?:.*\\\n)*.*)(\n|$)((?s:.*))", part).groups()  # type: ignore[union-attr]
            new = self._shown(self._run(command.replace("\\\n", " ")))
            text += f"$ {command}\n{old if masked(old.strip()) == masked(new.strip()) else new}"
            text = text.rstrip("\n") + "\n"
            if old.endswith("\n\n") or new.endswith("\n\n"):
                text += "\n"
        return text.rstrip("\n") + "\n"

    def _run(self, command: str) -> str:
        """Run a line and return what it prints, errors included, with its exit code where that is not 0."""
        if self.beside:
            command = days.as_meant(command, self.today)
        for real, said in self.cases.items():
            command = command.replace(said, real)
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            os.environ[name] = value
            return ""
        first, _, pipe = command.partition(" | ")
        if first.endswith(" &"):
            return self._start(shlex.split(first.removesuffix(" &"))[1:])
        if first.startswith("ops-hub "):
            ran = CliRunner().invoke(main, shlex.split(first)[1:], catch_exceptions=False, prog_name="ops-hub")
            out, code, errors = (ran.stdout, ran.exit_code, ran.stderr) if pipe else (ran.output, ran.exit_code, "")
            if self.beside and first.startswith("ops-hub hub ingest"):
                self._settled()
        else:
            done = subprocess.run(["sh", "-c", first], capture_output=True, text=True, check=False)
            out, code, errors = done.stdout, done.returncode, done.stderr
        if pipe:
            out = subprocess.run(["sh", "-c", pipe], input=out, capture_output=True, text=True, check=True).stdout
        return errors + out + (f"(exit code {code})\n" if code else "")

    def _shown(self, output: str) -> str:
        """Return output in the page's own words for its folder and for cases."""
        if self.beside:
            output = days.as_written(output, self.today)
            for real in CASE.findall(output):
                self.cases.setdefault(real, str(10_000_001 + len(self.cases)))
            output = CASE.sub(lambda found: self.cases[found.group()], output)
        return "".join(f"{line.rstrip()}\n" for line in output.replace(str(self.folder), FOLDER).splitlines())

    def _start(self, words: list[str]) -> str:
        """Start a command that goes on beside the others; return what it says until it is up."""
        days.moved(self.folder / "sample_feeds", self.today)
        log = self.folder / f".beside-{len(self.beside)}"
        with log.open("wb") as out:
            started = subprocess.Popen(
                [*_CLI, *words], stdout=out, stderr=out, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=self.folder
            )
        self.beside.append(started)
        deadline = time.monotonic() + _PATIENCE
        while _UP not in log.read_text(encoding="utf-8"):
            if started.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{' '.join(words)} did not come up: {log.read_text(encoding='utf-8')}")
            time.sleep(0.1)
        return log.read_text(encoding="utf-8")

    def _settled(self) -> None:
        """Wait until the hub has done what was handed in: a reader would not type faster than that."""
        hub = open_hub()
        deadline = time.monotonic() + _PATIENCE
        try:
            while time.monotonic() < deadline:
                now = status(hub)
                if not now["waiting"] and not now["pending"] and not any(now["behind"].values()) and now["screened"]:
                    return
                time.sleep(0.2)
        finally:
            hub.client.close()
        raise AssertionError(f"the hub did not finish: {now}")

    def _python(self, body: str) -> str:
        """Run examples as at Python's prompt."""
        text = ""
        for example in doctest.DocTestParser().get_examples(body):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(example.source, "<page>", "single"), self.names)
            lines = example.source.rstrip("\n").split("\n")
            text += f">>> {lines[0]}\n" + "".join(f"... {line}".rstrip() + "\n" for line in lines[1:])
            new = out.getvalue()
            text += example.want if masked(example.want.strip()) == masked(new.strip()) else new
        return text

    def end(self) -> None:
        for each in self.beside:
            each.send_signal(signal.SIGINT)
        for each in self.beside:
            each.wait(_PATIENCE)
