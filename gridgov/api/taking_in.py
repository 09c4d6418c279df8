"""What the system administrator takes in: a ladder, a year of the calendar, a map."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from geo.datum import CoordType
from geo.findings import findings_geojson
from gridgov.api.administration import VersionOut
from gridgov.api.schemas import TOO_LONG, choice, code, text
from gridgov.api.wire import Blueprint, form_of
from gridgov.app import installation
from gridgov.database import db
from gridgov.escalation.put_in_force import put_ladder, put_year
from gridgov.escalation.replan import preview
from gridgov.faces.serve import Serving, serving
from gridgov.ladder.ladder import parse
from gridgov.loading.take_map import check_map, plan_of, take_map
from gridgov.park.read_map import MapPlan
from gridgov.worktime.read import MAX_BYTES, read

blueprint = Blueprint("taking_in", __name__, description="Ladder, calendar and map, taken in")
use_args = blueprint.ARGUMENTS_PARSER.use_args
DOC: dict[str, Any] = {"x-limited": False}
LONGEST = 100_000
SHOWN = 500
NAME = 120
FILE = "The file."


def let_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse whoever may not before a file is looked at."""

    @wraps(view)
    def held(*args: Any, **kwargs: Any) -> Any:
        with serving(write=False):
            pass
        return view(*args, **kwargs)

    return held


DATUM = {"enum": [str(kind) for kind in CoordType], "description": "Datum that no CRS can say."}
DAY = {"type": "string", "format": "date", "description": "From which day on it counts."}
PARK = {"type": "string", "maxLength": 32, "description": "Code of the park."}


class LadderIn(Schema):
    """A ladder, as the text of its file (TOML)."""

    ladder = fields.String(
        required=True, validate=validate.Length(min=1, max=LONGEST, error=TOO_LONG)
    )


class ChangeOut(Schema):
    """A rung of a clock of a case that would stand elsewhere, come, or go."""

    number = fields.String(required=True)
    clock = fields.String(required=True)
    rung = fields.String(required=True)
    before = fields.AwareDateTime(allow_none=True, required=True)
    after = fields.AwareDateTime(allow_none=True, required=True)


class RehearsedOut(Schema):
    """How many open cases a ladder would change, 500 of the changes at most, how many more."""

    cases = fields.Integer(required=True)
    changes = fields.List(fields.Nested(ChangeOut), required=True)
    more = fields.Integer(required=True)


class PlannedOut(Schema):
    """How many open cases were planned otherwise."""

    cases = fields.Integer(required=True)


class FileIn(Schema):
    """A file."""

    file = Upload(required=True)


class YearTakenOut(PlannedOut):
    """What a year has changed."""

    calendar = fields.String(required=True)
    year = fields.Integer(required=True)
    unchanged = fields.Boolean(required=True)
    changed = fields.List(fields.Date(), required=True)


class DatumIn(Schema):
    """How a map file is to be read."""

    coord_type = choice(CoordType)


class MapIn(DatumIn):
    """Whose map it is, and from when."""

    park = code(required=True)
    active_from = fields.Date(required=True)


class MapCheckedOut(Schema):
    """What is wrong with a map; `findings` are the pieces themselves as GeoJSON."""

    cells = fields.Integer(required=True)
    fatal = fields.Integer(required=True)
    warnings = fields.Integer(required=True)
    looks_like = fields.String(allow_none=True, required=True)
    findings = fields.Dict(required=True)


class GoneOverOut(Schema):
    """An open case whose grid changed with the map."""

    number = fields.String(required=True)
    before = text(32, allow_none=True, required=True)
    after = text(32, allow_none=True, required=True)


class MapTakenOut(VersionOut):
    """A version as it was taken in, and what moved with it."""

    handed_over = fields.List(fields.Nested(GoneOverOut), required=True)
    firms_moved = fields.Integer(required=True)


@blueprint.post("/ladder/plan")
@let_in
@blueprint.arguments(LadderIn())
@blueprint.response(200, RehearsedOut)
@blueprint.doc(**DOC)
def plan_ladder(body: dict[str, str]) -> dict[str, Any]:
    """Rehearse a ladder: tell what it would change on open cases; changes nothing."""
    s = _seen()
    found = preview(db.engine, s.known.settings, s.at, parse(body["ladder"]))
    changes = [
        {"number": one.number, "clock": change.clock, "rung": change.name,
         "before": change.before, "after": change.after}
        for one in found
        for change in one.changes
    ]  # fmt: skip
    more = max(0, len(changes) - SHOWN)
    return {"cases": len(found), "changes": changes[:SHOWN], "more": more}


@blueprint.post("/ladder")
@let_in
@blueprint.arguments(LadderIn())
@blueprint.response(200, PlannedOut)
@blueprint.doc(**DOC)
def put_in_force(body: dict[str, str]) -> dict[str, int]:
    """Put a ladder in force and plan all open cases again; what has fired stays."""
    s, new = _seen(), parse(body["ladder"])
    return {"cases": put_ladder(db.engine, s.known.settings, new, "api", s.actor, s.at)}


@blueprint.post("/calendar")
@let_in
@use_args(FileIn(), location="files")
@blueprint.response(200, YearTakenOut)
@blueprint.doc(requestBody=form_of(FILE), **DOC)
def take_year(files: dict[str, FileStorage]) -> dict[str, Any]:
    """Take a year from a file (CSV or JSON), whole, in place of what was known of it."""
    s, sent = _seen(), files["file"]
    settings, keeping = s.known.settings, s.known.calendars.keeping
    published = read(sent.stream.read(MAX_BYTES + 1), keeping)
    chosen = keeping.chosen(None, settings.time_zone)
    name = (sent.filename or "")[-NAME:]
    made, moved = put_year(db.engine, settings, chosen, published, name, s.actor, s.at)
    same = ("calendar", "year", "unchanged", "changed")
    return {name: getattr(made, name) for name in same} | {"cases": moved}


@blueprint.post("/map/check")
@let_in
@use_args(FileIn(), location="files")
@use_args(DatumIn(), location="form")
@blueprint.response(200, MapCheckedOut)
@blueprint.doc(requestBody=form_of(FILE, coord_type=DATUM), **DOC)
def check_file(files: dict[str, FileStorage], form: dict[str, str]) -> dict[str, Any]:
    """Name every gap, overlap, sliver and wrong code of a map; nothing is taken in."""
    checked = check_map(_plan(files["file"], form))
    return {
        "cells": len(checked.plan.cells),
        "fatal": checked.fatal,
        "warnings": len(checked.findings) - checked.fatal,
        "looks_like": checked.datum,
        "findings": findings_geojson(checked.findings),
    }


@blueprint.post("/map/versions")
@let_in
@use_args(FileIn(), location="files")
@use_args(MapIn(), location="form")
@blueprint.response(201, MapTakenOut)
@blueprint.doc(requestBody=form_of(FILE, coord_type=DATUM, park=PARK, active_from=DAY), **DOC)
def take_file(files: dict[str, FileStorage], form: dict[str, Any]) -> dict[str, Any]:
    """Add a version of a park's map; a wrong one is refused whole."""
    plan, name = _plan(files["file"], form), (files["file"].filename or "")[-NAME:]
    with serving() as s:
        taken = take_map(
            s.session, s.known.settings, form["park"], plan, form["active_from"], name, s.actor,
            s.at,
        )  # fmt: skip
        same = ("id", "park_code", "active_from", "imported_at", "adopted_at", "source")
        version = {name: getattr(taken.version, name) for name in same}
        return version | {"handed_over": taken.handed, "firms_moved": taken.firms}


def _seen() -> Serving:
    """Return who asks and what is known; what takes long opens transactions of its own."""
    with serving(write=False) as s:
        return s


def _plan(sent: FileStorage, form: dict[str, Any]) -> MapPlan:
    data = sent.stream.read(installation().settings.max_body_bytes + 1)
    return plan_of(data, sent.filename or "", form.get("coord_type"))
