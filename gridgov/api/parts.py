"""Parts that answers hold: places, names, papers, how far a joint case has come."""

from __future__ import annotations

from marshmallow import Schema, fields

from gridgov.cases.fields import PAPERS
from gridgov.faces.inputs import choice


class CellOut(Schema):
    """A unit cell."""

    code = fields.String(required=True)


class NamedOut(Schema):
    """A grid, unit or category, by code and name."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class PointOut(Schema):
    """A point in degrees, CGCS2000 (EPSG:4490)."""

    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class RawOut(Schema):
    """A point as it came in."""

    lon = fields.Float(allow_none=True)
    lat = fields.Float(allow_none=True)
    coord_type = fields.String(allow_none=True)


class PaperOut(Schema):
    """A paper of a membership transfer; the letter of introduction has a last day."""

    paper = choice(PAPERS, required=True)
    label = fields.String(required=True)
    ticked_at = fields.AwareDateTime(allow_none=True, required=True)
    valid_until = fields.Date(allow_none=True, required=True)


class CoUnitOut(Schema):
    """A unit asked to co-operate; `joined_at` is null until it answers."""

    unit = fields.Nested(NamedOut, allow_none=True, required=True)
    asked_at = fields.AwareDateTime(required=True)
    joined_at = fields.AwareDateTime(allow_none=True, required=True)


class SuspendedOut(Schema):
    """How many items are suspended for one reason."""

    reason = fields.String(required=True)
    reason_name = fields.String(required=True)
    number = fields.Integer(required=True)


class SummaryOut(Schema):
    """How far a joint case has come, by the number of its items."""

    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    open = fields.Integer(required=True)
    rejected = fields.Integer(
        required=True, metadata={"description": "And whatever else ended without being done."}
    )
    suspended = fields.List(fields.Nested(SuspendedOut), required=True)
    text = fields.String(required=True, metadata={"description": "The same in words."})


class JointOut(Schema):
    """A joint case: the unit that leads it, and how far it has come."""

    lead = fields.Nested(NamedOut, allow_none=True, required=True)
    summary = fields.Nested(SummaryOut, required=True)


class ItemOfOut(Schema):
    """The joint case whose item a case is."""

    number = fields.String(required=True)
    lead = fields.Nested(NamedOut, allow_none=True, required=True)
