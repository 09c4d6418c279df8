"""Exports: small files at once, large ones as a job with a link that expires."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Response, send_file
from marshmallow import Schema, fields, post_load, validate

from gridgov.api.schemas import choice, code, text
from gridgov.api.search import CaseQuery
from gridgov.api.wire import Blueprint
from gridgov.app import installation
from gridgov.cases.find import Wanted
from gridgov.exchange import later
from gridgov.exchange.export import Asked, few, note, prepare
from gridgov.exchange.formats import ENCODINGS, FORMATS, UTF8
from gridgov.exchange.layers import LAYERS
from gridgov.exchange.tables import Export
from gridgov.faces.serve import Serving, serving

blueprint = Blueprint("exports", __name__, description="Files for GIS and offices")
MEDIA_TYPES = tuple(dict.fromkeys(one.media_type for one in FORMATS.values()))
STATES = (later.WAITING, later.RUNNING, later.DONE, later.FAILED)
HOW = ("datum", "encoding", "park")


class Filters(CaseQuery):
    """The filters of a list of cases, without its pages."""

    class Meta:
        """A file is not a page."""

        exclude = ("limit", "after")


class How(Schema):
    """How a file is wanted."""

    datum = text(
        20,
        load_default="cgcs2000",
        metadata={"description": "wgs84, cgcs2000, gk, gcj02, bd09, or EPSG:4549."},
    )
    encoding = choice(ENCODINGS, load_default=UTF8)
    park = code()


class ExportQuery(Filters, How):
    """How a file is wanted, and which cases."""

    class Meta:
        """A file is not a page."""

        exclude = ("limit", "after")

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """Return how, and which cases, apart."""
        how = {name: data.pop(name) for name in HOW if name in data}
        return how | {"wanted": Wanted(**data)}


class ExportIn(How):
    """What is wanted later."""

    layers = fields.List(choice(LAYERS), required=True, validate=validate.Length(1, len(LAYERS)))
    form = choice(FORMATS, required=True, data_key="format")
    wanted = fields.Nested(Filters(), load_default=Wanted, data_key="filters")


class ExportOut(Schema):
    """An export that is made later: its state, its progress, and where the file will be."""

    id = fields.Integer(required=True)
    state = choice(STATES, required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    name = fields.String(required=True)
    size = fields.Integer(allow_none=True)
    asked_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    file = fields.String(allow_none=True, required=True)


@blueprint.get("/exports/<string:layer>.<string:form>")
@blueprint.arguments(ExportQuery(), location="query")
@blueprint.response(200, description="The file")
@blueprint.doc(**{"x-types": MEDIA_TYPES, "x-conflicts": True, "x-limited": False})
def read_export(query: dict[str, Any], layer: str, form: str) -> Response:
    """Return a small export at once; several layers, for GeoPackage and XLSX, with commas."""
    asked = Asked(tuple(dict.fromkeys(layer.split(","))), form, **query)
    with TemporaryDirectory(dir=later.folder(installation().settings)) as folder:
        with serving(write=False) as s:
            ready = few(prepare(s.session, asked, s.actor, s.at, s.known))
            path = Path(folder) / ready.name
            rows = ready.write(path)
        with serving() as s:
            note(s.session, asked, rows, s.actor, s.at, s.known)
        # On a system where an open file may lose its name, which is all that servers run on.
        return _sent(path, ready.name, ready.way.form.media_type)


@blueprint.post("/exports")
@blueprint.arguments(ExportIn())
@blueprint.response(201, ExportOut)
@blueprint.doc(**{"x-limited": False})
def ask_export(body: dict[str, Any]) -> dict[str, Any]:
    """Ask for an export of any size; look at its state, then fetch the file."""
    asked = Asked(**body | {"layers": tuple(dict.fromkeys(body["layers"]))})
    with serving() as s:
        return _view(later.ask(s.session, asked, s.actor, s.at, s.known))


@blueprint.get("/exports/jobs/<int:key>")
@blueprint.response(200, ExportOut)
@blueprint.doc(**{"x-limited": False})
def read_job(key: int) -> dict[str, Any]:
    """Tell how far an export is; only to the account that asked for it."""
    with serving(write=False) as s:
        return _view(_own(s, key))


@blueprint.get("/exports/jobs/<int:key>/file")
@blueprint.response(200, description="The file")
@blueprint.doc(**{"x-types": MEDIA_TYPES, "x-conflicts": True, "x-limited": False})
def read_file(key: int) -> Response:
    """Fetch the file of an export, until it expires; only the account that asked for it."""
    with serving(write=False) as s:
        found = _own(s, key)
        path = later.file_of(found, s.known.settings)
        return _sent(path, found.name, found.media_type)


def _own(s: Serving, key: int) -> Export:
    return later.find(s.session, key, s.actor, s.at)


def _view(export: Export) -> dict[str, Any]:
    names = ("id", "state", "done", "total", "name", "size", "asked_at", "expires_at")
    ready = export.state == later.DONE
    link = f"/api/v1/exports/jobs/{export.id}/file" if ready else None
    return {name: getattr(export, name) for name in names} | {"file": link}


def _sent(path: Path, name: str, media_type: str) -> Response:
    response = send_file(path.open("rb"), media_type, as_attachment=True, download_name=name)
    response.content_length = path.stat().st_size
    response.headers["Cache-Control"] = "private, no-store"
    return response
