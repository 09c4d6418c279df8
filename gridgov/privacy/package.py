"""The package that a subject gets: JSON for programs, a page for people, the files they gave."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from gridgov.privacy.refusals import FileThere
from gridgov.privacy.subject import Held
from gridgov.storage.store import FileMissing, Store

STYLE = (
    "body{font:16px/1.6 sans-serif;max-width:60em;margin:2em auto}"
    "th,td{padding:.1em 1em .1em 0;text-align:left;vertical-align:top}"
)


def write(held: Held, store: Store, path: Path, *, title: str) -> int:
    """Write the package, for its owner's eyes only; returns how many files are in it.

    Raises FileThere.
    """
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise FileThere(file=path) from error
    written = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip_:
        zip_.writestr("data.json", json.dumps(plain(held.told), ensure_ascii=False, indent=1))
        zip_.writestr("data.html", page(plain(held.told), title))
        for name, digest in held.files.items():
            try:
                zip_.writestr(name, store.get(digest))
            except FileMissing:
                continue
            written += 1
    return written


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def page(told: Any, title: str) -> str:
    """Return it as a page that needs nothing else."""
    body = "".join(_shown(told))
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f"<!doctype html>{head}<h1>{escape(title)}</h1>{body}"


def _shown(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield "<table>"
        for name, one in value.items():
            if one not in (None, [], {}, ""):
                yield f"<tr><th>{escape(name)}<td>"
                yield from _shown(one)
        yield "</table>"
    elif isinstance(value, list):
        yield "<ol>"
        for one in value:
            yield "<li>"
            yield from _shown(one)
        yield "</ol>"
    else:
        yield escape(str(value))
