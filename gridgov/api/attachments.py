"""Attachments: adding, listing and reading them."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest.fields import Upload
from marshmallow import Schema, fields
from werkzeug.datastructures import FileStorage

from gridgov.api.cases import Headers
from gridgov.api.schemas import CodeArgs, PointOut, choice
from gridgov.api.wire import Blueprint, form_of
from gridgov.app import installation
from gridgov.cases import numbers
from gridgov.cases.act import find
from gridgov.cases.attach import File, attach, attached, attached_before, one
from gridgov.cases.fields import AUDIENCES
from gridgov.cases.repeat import Key, claim
from gridgov.cases.tables import Attachment
from gridgov.errors import BadInput
from gridgov.faces import limits
from gridgov.faces.serve import serving
from gridgov.storage.content import clean

blueprint = Blueprint("attachments", __name__, description="Photos and papers of a case")


class FileMissing(BadInput):
    """Send the file as the part `file` of a multipart form."""


class FileIn(Schema):
    """A photo (JPEG, PNG, WebP, HEIC), a paper (PDF, OFD), or a minute of voice."""

    file = Upload(required=True)


class FormIn(Schema):
    """For whom it is; what a reporter adds is theirs to see again."""

    audience = choice(AUDIENCES, load_default="staff")


class AttachmentOut(Schema):
    """A file of a case."""

    id = fields.Integer(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    audience = choice(AUDIENCES)
    added_at = fields.AwareDateTime()


class AddedOut(AttachmentOut):
    """A file as added; the place that a photo knew is proposed once, and kept nowhere."""

    proposed_location = fields.Nested(PointOut, allow_none=True)
    version = fields.Integer()


class FilesOut(Schema):
    """All files of a case that whoever asks may see."""

    attachments = fields.List(fields.Nested(AttachmentOut), required=True)


KEPT = (
    "image/jpeg", "image/png", "image/webp", "application/pdf", "application/ofd",
    "audio/webm", "audio/ogg", "audio/mp4", "audio/mpeg", "audio/amr",
)  # fmt: skip
use_args = blueprint.ARGUMENTS_PARSER.use_args
BODY = form_of(
    FileIn.__doc__,
    audience={"enum": list(AUDIENCES), "default": "staff", "description": FormIn.__doc__},
)


def _key(given: str | None, number: str, data: bytes) -> Key | None:
    """Return the idempotency key; of a form only the file counts, whose frame is drawn anew."""
    if given is None:
        return None
    digest = installation().settings.keys.body_digest(f"attach {number}\n".encode() + data)
    return Key(given, digest)


def _view(file: Attachment) -> dict[str, Any]:
    return {
        name: getattr(file, name) for name in ("id", "media_type", "size", "audience", "added_at")
    }


@blueprint.post("/cases/<string:number>/attachments")
@limits.others()
@blueprint.arguments(Headers(), location="headers")
@blueprint.arguments(CodeArgs(), location="query")
@use_args(FileIn(), location="files")
@use_args(FormIn(), location="form")
@blueprint.response(201, AddedOut)
@blueprint.doc(requestBody=BODY)
def add(
    headers: dict[str, str],
    query: dict[str, str],
    files: dict[str, FileStorage],
    form: dict[str, str],
    number: str,
) -> dict[str, Any]:
    """Add a file; its content is checked, and a photo keeps nothing but the picture.

    The same Idempotency-Key answers with the same file.
    """
    app = installation()
    number = numbers.read(number)
    with serving(write=False, number=number, code=query.get("code")) as s:
        # Whoever may not add to the case does not get to fill the storage.
        find(s.session, number, s.actor, s.at, s.known)
    sent = files["file"]
    data = sent.stream.read(app.settings.max_file_bytes + 1)
    cleaned = clean(data, sent.mimetype, max_bytes=app.settings.max_file_bytes)
    file = File.of(cleaned, app.store.put(cleaned.data))
    key = _key(headers.get("key"), number, data)
    with serving(number=number, code=query.get("code")) as s:
        if key and claim(s.session, key.by(s.actor.account), number, s.at):
            added = attached_before(s.session, number, file, s.actor, s.at, s.known)
        else:
            added = attach(s.session, number, file, s.actor, s.at, s.known, form["audience"])
        place = cleaned.proposed_place
        proposed = {"lon": place[0], "lat": place[1]} if place else None
        version = {"version": added.event.version, "proposed_location": proposed}
        return _view(added) | version


@blueprint.get("/cases/<string:number>/attachments")
@limits.others()
@blueprint.arguments(CodeArgs(), location="query")
@blueprint.response(200, FilesOut)
def list_files(query: dict[str, str], number: str) -> dict[str, Any]:
    """List a case's files."""
    number = numbers.read(number)
    with serving(write=False, number=number, code=query.get("code")) as s:
        _, files = attached(s.session, number, s.actor, s.at, s.known)
        return {"attachments": [_view(file) for file in files]}


@blueprint.get("/cases/<string:number>/attachments/<int:key>")
@limits.others()
@blueprint.arguments(CodeArgs(), location="query")
@blueprint.response(200, description="The file")
@blueprint.doc(**{"x-types": KEPT})
def read_file(query: dict[str, str], number: str, key: int) -> Response:
    """Read a file, always as a download of its own type."""
    number = numbers.read(number)
    with serving(write=False, number=number, code=query.get("code")) as s:
        file = one(s.session, number, key, s.actor, s.at, s.known)
    data = installation().store.get(file.digest)
    response = Response(data, mimetype=file.media_type)
    name = f"{number}-{file.id}.{file.media_type.rpartition('/')[2]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
