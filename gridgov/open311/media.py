"""Photos of a request: taken in and kept for staff; no answer of this face ever holds one.

A file (`media`) is checked and stripped as on every other way in. An address (`media_url`) is kept
as words for staff: what lies there is never fetched, nor handed on.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from gridgov.app import installation
from gridgov.cases.act import Wish, act
from gridgov.cases.attach import File, TooManyFiles, attach
from gridgov.errors import BadInput
from gridgov.faces.serve import Serving, serving
from gridgov.open311.args import given
from gridgov.storage.content import clean

LONGEST = 500


class MediaUrlWrong(BadInput):
    """media_url is an address that begins with http:// or https://, of 500 characters at most."""


def sent() -> list[File]:
    """Return the files that came with a request, checked and stored. Raises TooManyFiles."""
    files = [one for one in request.files.getlist("media") if one.filename]
    if not files:
        return []
    with serving(write=False):
        pass  # whoever may not report does not get to fill the storage
    app = installation()
    if len(files) > app.settings.max_files:
        raise TooManyFiles(most=app.settings.max_files)
    found = []
    for one in files:
        data = one.stream.read(app.settings.max_file_bytes + 1)
        cleaned = clean(data, one.mimetype, max_bytes=app.settings.max_file_bytes)
        found.append(File.of(cleaned, app.store.put(cleaned.data)))
    return found


def address() -> str | None:
    """Return the address of a photo elsewhere. Raises MediaUrlWrong."""
    url = given("media_url")
    if url is None:
        return None
    known = url.isprintable() and not any(c.isspace() for c in url) and len(url) <= LONGEST
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise MediaUrlWrong(field="media_url") from error
    if not known or parts.scheme not in ("http", "https") or not parts.hostname:
        raise MediaUrlWrong(field="media_url")
    return url


def keep(s: Serving, number: str, files: list[File], url: str | None) -> None:
    """Add to a new request what came with it."""
    for file in files:
        attach(s.session, number, file, s.actor, s.at, s.known)
    if url:
        act(s.session, number, [Wish("comment", None, {"text": url})], s.actor, s.at, s.known)
