"""What a plain form sends, as the API would have it: dotted names, true and false, no empties."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from geo.datum import CoordType
from gridgov.app import installation
from gridgov.cases.act import Wish
from gridgov.cases.fields import FIELDS, Kind
from gridgov.cases.placing import Location
from gridgov.errors import BadInput, GridgovError
from gridgov.faces.inputs import CaseIn, StepIn, choice, degrees
from gridgov.faces.problems import flat
from gridgov.faces.wishes import wish
from gridgov.language import sentence

Wrong = list[dict[str, str]]
NUMBER = re.compile(r"-?\d{1,4}(\.\d{1,20})?")
LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
NUMBERS = ("location.lon", "location.lat", "location.accuracy_m")
FLAGS = ("anonymous", "confidential")
TRUE = {"1", "true", "on", "yes"}


class FormWrong(Exception):
    """What of a form cannot be taken; the page shows it beside the fields."""

    def __init__(self, wrong: Wrong) -> None:
        super().__init__()
        self.wrong = wrong


def of_error(error: GridgovError) -> Wrong:
    """Return what an error of ours says, beside the field that it names."""
    return [{"field": error.field or "form", "message": sentence(error)}]


class PlaceWrong(BadInput):
    """Send lon and lat in degrees."""


class PointIn(Schema):
    """A point of a query, in degrees of `coord_type`."""

    lon = degrees(required=True)
    lat = degrees(required=True)
    coord_type = choice(CoordType, load_default="wgs84")


def point(given: Mapping[str, str]) -> Location:
    """Return the point that a query names; raises PlaceWrong."""
    try:
        return Location(**PointIn(unknown=EXCLUDE).load(given))
    except ValidationError as error:
        raise PlaceWrong(field="location") from error


def case(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the draft and the steps that a form means; raises FormWrong."""
    names = set(CaseIn().fields) - {"steps", "answers"}
    body: dict[str, Any] = {}
    for name, text in given.items():
        root, _, leaf = name.partition(".")
        if root in names and text.strip():
            holder = body.setdefault(root, {}) if leaf else body
            holder[leaf or root] = _read(name, text.strip())
    if given.get("settled") and given.get("result", "").strip():
        settled = {"step": "settle", "result": given["result"].strip()}
        body["steps"] = [settled | ({"category": body["category"]} if "category" in body else {})]
    drafted: dict[str, Any] = loaded(CaseIn(), body)
    return drafted


def step(given: Mapping[str, str]) -> Wish:
    """Return the step that a form means; raises FormWrong."""
    body: dict[str, Any] = {"step": given.get("step", "")}
    if given.get("version", "").isdecimal():
        body["version"] = int(given["version"])
    for name, field in FIELDS.items():
        if text := given.get(name, "").strip():
            body[name] = _of_field(field.kind, text)
    if address := given.get("location.address", "").strip():
        body["location"] = {"address": address}
    return wish(loaded(StepIn(), body))


def _of_field(kind: Kind, text: str) -> Any:
    if kind is Kind.COUNT and text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    if kind is Kind.FLAG:
        return text in TRUE
    if kind is Kind.INSTANT and LOCAL.fullmatch(text):
        # A browser's field names no zone: the office's is meant.
        zone = installation().settings.zone
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    return text


def _read(name: str, text: str) -> Any:
    if name in FLAGS:
        return text in TRUE
    if name in NUMBERS and NUMBER.fullmatch(text):
        return float(text)
    return text


def loaded(schema: Any, body: dict[str, Any]) -> Any:
    """Return what a schema makes of a body; raises FormWrong."""
    try:
        return schema.load(body)
    except ValidationError as error:
        # What a schema says fits any field; above the form its line gets the name (named.py).
        raise FormWrong([one | {"bare": "1"} for one in flat(error.messages)]) from error
