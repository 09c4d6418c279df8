"""A browser on a live server: a phone and a desk, signed in as anybody, with the park in it.

`town`, `shared_town`  as everywhere: pages by Flask's own client, on both databases.
`live`        the small town served over HTTP, on SpatiaLite: what a browser shows does not depend
              on the database. `live.sign_in(context, "dispatcher")` hands a browser the cookie.
`phone`, `desk`   a page of 360 × 740 with touch, and one of 1440 × 900; in Chinese.
`as_role(role, page)`  signs a page's browser in as an account of the town.
`axe(page)`   fails with a readable list where WCAG 2.2 AA is not kept, in light or in dark; it
              also takes a picture where GRIDGOV_TEST_SHOTS names a folder.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from gridgov.database import db, transaction
from gridgov.faces import cookie
from gridgov.faces.auth import now
from gridgov.people.sessions import open_session
from tests.conftest import Databases, town_on
from tests.support.databases import opened
from tests.support.town import Town

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # A microphone that beeps, so that recording can be tried where there is none.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
AXE = ROOT / "gridgov/web/frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SHOTS = os.environ.get("GRIDGOV_TEST_SHOTS")
# What waits is sent again after some seconds, twice as many at each try; a machine may be slow.
WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)
# Of the summary of what is wrong: links to no id of the page, or to one that several have.
NOWHERE = """() => [...document.querySelectorAll(".errors a")].map((one) => one.hash.slice(1))
  .filter((id) => document.querySelectorAll(`[id="${CSS.escape(id)}"]`).length !== 1)"""
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
# Without a worker, which shows what it has kept where a server is slow: tests at a desk go from
# page to page as one person after another, and would meet the page of the one before.
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "service_workers": "block"}


@dataclass(frozen=True)
class Live:
    """The town behind a server, and where it is."""

    town: Town
    address: str

    def sign_in(self, context: BrowserContext, login: str) -> None:
        """Give a browser the session that signing in would have given it."""
        keys = self.town.app.extensions["gridgov"].settings.keys
        with self.town.app.app_context(), transaction() as session:
            secret = open_session(
                session, keys, self._account(session, login), now(),
                way="password", remembered=False, proven=True, device="test",
            )  # fmt: skip
        context.add_cookies([{"name": cookie.NAME, "value": secret, "url": self.address}])

    def _account(self, session: Any, login: str) -> int:
        from gridgov.people.tables import Account

        return int(session.query(Account.id).filter(Account.login == login).scalar())


@pytest.fixture(scope="session")
def live(databases_made: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve the small town; every test of a worker adds to it."""
    place = databases_made.place("sqlite")
    with opened(place, place.copy()) as engine:
        town = town_on(engine, tmp_path_factory.mktemp("files"), env="development")
        server = make_server("127.0.0.1", 0, town.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Live(town, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
        with town.app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium once."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield started
        started.close()


def opened_page(browser: Browser, live: Live, shape: dict[str, Any]) -> Iterator[Page]:
    """Give a page of its own browser profile; an error in its scripts fails the test."""
    context = browser.new_context(base_url=live.address, locale="zh-CN", **shape)
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield page
    context.close()
    assert not wrong


@pytest.fixture
def phone(browser: Browser, live: Live) -> Iterator[Page]:
    """Give a phone."""
    yield from opened_page(browser, live, PHONE)


@pytest.fixture
def desk(browser: Browser, live: Live) -> Iterator[Page]:
    """Give a desk."""
    yield from opened_page(browser, live, DESK)


@pytest.fixture
def as_role(live: Live) -> Callable[[str, Page], Page]:
    """Sign a page's browser in as an account of tests.support.town."""

    def signed_in(login: str, page: Page) -> Page:
        live.sign_in(page.context, login)
        return page

    return signed_in


Axe = Callable[..., None]


@pytest.fixture
def axe(request: pytest.FixtureRequest) -> Axe:
    """Look for what keeps people out, in light and in dark."""

    def look(page: Page, name: str | None = None) -> None:
        found = [
            f"{scheme}: {one['id']}: {one['help']}\n    "
            + "\n    ".join(f"{node['html'][:200]}\n      {node['failureSummary']}"
                            for node in one["nodes"][:4])
            for scheme in ("light", "dark")
            for one in _violations(page, scheme)
        ]  # fmt: skip
        page.emulate_media(color_scheme="light")
        found += [f"what is wrong leads nowhere: {one}" for one in page.evaluate(NOWHERE)]
        shoot(page, name or request.node.name)
        assert not found, "\n" + "\n".join(found)

    return look


def _violations(page: Page, scheme: Any) -> list[dict[str, Any]]:
    page.emulate_media(color_scheme=scheme)
    # Playwright's evaluate is not bound by the page's policy; a script tag would be.
    page.evaluate(AXE.read_text("utf-8") + "; undefined")
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES
    )
    return list(found["violations"])


def shoot(page: Page, name: str) -> None:
    """Take a picture of a page, where a folder for pictures is named."""
    if SHOTS:
        folder = ROOT / SHOTS
        folder.mkdir(parents=True, exist_ok=True)
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)


def fits(page: Page) -> bool:
    """Tell whether nothing stands out to the right; a phone's own width grows with what does."""
    width = (page.viewport_size or {"width": 0})["width"]
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)
