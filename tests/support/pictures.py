"""Take the README's pictures from the running demonstration.

python -m tests.support.pictures    makes a park of its own, serves it, and writes six pictures
"""

from __future__ import annotations

import io
import logging
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from gridgov.app import create_app, installation
from gridgov.database import db
from gridgov.demo.environment import environment
from gridgov.demo.handout import Sheet, hand_out
from gridgov.demo.make import make
from gridgov.settings import ROOT
from tests.web.conftest import ARGS, CHROMIUM, DESK, PHONE

FOLDER = ROOT / "gridgov" / "web" / "pictures"
COLOURS = 128
TALLEST = {"phone": 1480, "desk": 1000}


class Picture(NamedTuple):
    """A picture: who looks, in which shape, at what; `first` opens the first case of a list."""

    name: str
    shape: str
    role: str | None
    path: str
    first: bool = False


PICTURES = (
    Picture("report", "phone", None, "/report"),
    Picture("follow", "phone", "follow", "/follow"),
    Picture("work", "phone", "handler", "/work"),
    Picture("queue", "desk", "dispatcher", "/queue"),
    Picture("case", "desk", "dispatcher", "/work", first=True),
    Picture("committee", "desk", "committee", "/committee"),
)


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # what was taken is what is told
    with served() as sheet, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for picture in PICTURES:
            path = FOLDER / f"{picture.name}.png"
            path.write_bytes(small(taken(browser, sheet, picture), picture.shape))
            print(path.relative_to(ROOT), path.stat().st_size)
        browser.close()


@contextmanager
def served() -> Iterator[Sheet]:
    """Make the demonstration in a folder that goes away, and serve it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        app = create_app(environ=environment(os.environ, folder))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        address = f"http://127.0.0.1:{server.server_port}"
        with app.app_context():
            here, now = installation(), datetime.now(UTC)
            make(db.engine, here.settings, here.store, ROOT / "config", now)
            sheet = hand_out(db.engine, here.settings.keys, folder / "demo.json", address, now)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield sheet
        server.shutdown()
        with app.app_context():
            db.engine.dispose()


def taken(browser: Browser, sheet: Sheet, picture: Picture) -> bytes:
    """Open a page as whoever looks at it, and take the picture."""
    shape: dict[str, Any] = PHONE if picture.shape == "phone" else DESK
    context = browser.new_context(base_url=sheet["address"], locale="zh-CN", **shape)
    page = context.new_page()
    if picture.role == "follow":
        followed(page, sheet)
    else:
        if picture.role:
            signed_in(page, sheet, picture.role)
        page.goto(picture.path)
    if picture.first:
        page.locator("a.case-main").first.click()
    page.wait_for_load_state("networkidle")
    width = (page.viewport_size or {"width": 0})["width"]
    scale = int(shape.get("device_scale_factor", 1))
    height = TALLEST[picture.shape] // scale
    clip: Any = {"x": 0, "y": 0, "width": width, "height": height}
    bytes_ = page.screenshot(full_page=True, clip=clip)
    context.close()
    return bytes_


def signed_in(page: Page, sheet: Sheet, role: str) -> None:
    """Sign in as the guide that `make demo` prints says."""
    page.goto("/sign-in")
    page.fill("input[name=login]", sheet["roles"][role]["login"])
    page.fill("input[name=password]", sheet["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def followed(page: Page, sheet: Sheet) -> None:
    """Follow the first case of the sheet by number and code."""
    case = sheet["cases"][0]
    page.goto("/follow")
    page.fill("input[name=number]", case["number"])
    page.fill("input[name=code]", case["query_code"])
    page.press("input[name=code]", "Enter")
    page.wait_for_url(lambda url: case["number"] in url)


def small(picture: bytes, shape: str) -> bytes:
    """Return a picture of few colours, which is all that a page has."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    out = io.BytesIO()
    # Of a small lamp too the colour stays, which says something.
    few = image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
