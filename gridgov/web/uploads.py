"""Files that come with a form: checked by content, stored, attached; one that fails is named."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import FileStorage

from gridgov.app import installation
from gridgov.cases.act import find
from gridgov.cases.attach import File, attach
from gridgov.errors import BadInput, GridgovError
from gridgov.faces.serve import serving
from gridgov.language import sentence
from gridgov.storage.content import clean

MOST = 6  # of one form


class TooManyFilesAtOnce(BadInput):
    """At most %(most)s files are taken at once; add this one after them."""


def take(
    number: str, code: str | None, files: Iterable[FileStorage], audience: str = "staff"
) -> list[str]:
    """Attach the files of a form; returns why those that were not taken were not."""
    refused = []
    sent_at_once = [one for one in files if one.filename]
    for sent in sent_at_once[:MOST]:
        try:
            _one(number, code, sent, audience)
        except GridgovError as error:
            refused.append(f"{sent.filename}: {sentence(error)}")
    too_many = sentence(TooManyFilesAtOnce(most=MOST))
    return [*refused, *(f"{one.filename}: {too_many}" for one in sent_at_once[MOST:])]


def _one(number: str, code: str | None, sent: FileStorage, audience: str) -> None:
    app = installation()
    most = app.settings.max_file_bytes
    with serving(write=False, number=number, code=code) as s:
        # Whoever may not add to the case does not get to fill the storage.
        find(s.session, number, s.actor, s.at, s.known)
    cleaned = clean(sent.stream.read(most + 1), sent.mimetype, max_bytes=most)
    file = File.of(cleaned, app.store.put(cleaned.data))
    with serving(number=number, code=code) as s:
        attach(s.session, number, file, s.actor, s.at, s.known, audience)
