"""What the bundler made: its manifest, and the tags that load an entry with all it needs."""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from markupsafe import Markup

HERE = Path(__file__).parent
BUILT = HERE / "static"
MANIFEST = BUILT / "manifest.json"
ADDRESS = "/static/"

log = logging.getLogger(__name__)


def init(app: Flask) -> None:
    """Give the templates `asset()`; say so where nothing has been built."""
    app.jinja_env.globals["asset"] = asset
    if not MANIFEST.exists():
        log.warning("the pages' bundle is not built: pages are plain; run `make pages`")


def manifest() -> dict[str, Any]:
    """Return what was built, by source; empty where nothing was."""
    try:
        built = MANIFEST.stat().st_mtime_ns
    except OSError:
        return {}
    return _read(built)


@lru_cache(maxsize=2)
def _read(built: int) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(MANIFEST.read_text("utf-8"))
    return read


def asset(name: str) -> Markup:
    """Return the tags of an entry such as `report.js`: its styles, what it imports, itself."""
    entry = f"src/{name}"
    found = manifest()
    if entry not in found:
        return Markup("")
    chunks = _with_imports(found, entry)
    styles = list(dict.fromkeys(css for key in chunks for css in found[key].get("css", ())))
    tags = [_tag('<link rel="stylesheet" href="%s">', one) for one in styles]
    tags += [_tag('<link rel="modulepreload" href="%s">', found[key]["file"]) for key in chunks[1:]]
    tags.append(_tag('<script type="module" src="%s"></script>', found[entry]["file"]))
    return Markup("\n").join(tags)


def address(name: str) -> str | None:
    """Return the address of a built entry, such as of a worker that a page registers."""
    found = manifest().get(f"src/{name}")
    return ADDRESS + found["file"] if found else None


def _tag(template: str, file: str) -> Markup:
    return Markup(template) % (ADDRESS + file)  # noqa: S704 (the templates stand above)


def _with_imports(found: dict[str, Any], entry: str) -> list[str]:
    chunks = [entry]
    for key in chunks:
        chunks += [one for one in found[key].get("imports", ()) if one not in chunks]
    return chunks
