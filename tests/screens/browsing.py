"""The console in a real browser: served on a port of its own, opened by people who are signed in, looked at.

`look(page, name)` checks a page with an accessibility engine and, where OPS_HUB_SCREENSHOTS names a folder, puts a picture
of it there; docs/screens is made so.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from ops_hub.console.signed_in import COOKIE
from ops_hub.store import sessions

_WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture(scope="session")
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here; .ci/run installs it")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(app):
    """Serve the console on a free port, and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page_of(chromium, served, hub):
    """Return a page of somebody who is signed in; what scripts complain of fails the test."""
    opened, complaints = [], []

    def page(name, purpose="inbound check", width=1280, height=860):
        token, session = sessions.begin(hub, name)
        sessions.change(hub, token, sessions.Session(session.name, session.csrf, session.since, purpose))
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=served, locale="en-GB", timezone_id="America/Barbados")  # fmt: skip
        context.add_cookies([{"name": COOKIE, "value": token, "url": served}])
        opened.append(context)
        made = context.new_page()
        made.set_default_timeout(15_000)
        made.on("pageerror", lambda error: complaints.append(str(error)))
        made.on("console", lambda said: complaints.append(said.text) if said.type == "error" and not re.match("Failed to load resource|Response Status Error Code", said.text) else None)  # fmt: skip
        return made

    yield page
    for context in opened:
        context.close()
    assert not complaints


@pytest.fixture(scope="session")
def look():
    def looked(page, name):
        folder = os.environ.get("OPS_HUB_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
        found = Axe().run(page, options=_WCAG).response["violations"]
        assert not found, [(each["id"], each["help"], [n["html"][:200] for n in each["nodes"][:3]]) for each in found]

    return looked
