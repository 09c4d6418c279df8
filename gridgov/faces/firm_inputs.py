"""What comes in about firms and visits, from pages and programs alike."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from geo.datum import CoordType
from gridgov.cases.fields import URGENCIES
from gridgov.community import contacts
from gridgov.community.contacts import PURPOSES, Reached
from gridgov.community.firms import MOST
from gridgov.community.visit import MET, MOST_NEEDS
from gridgov.faces.inputs import (
    OUT_OF_RANGE,
    TOO_LONG,
    ReporterIn,
    Truth,
    choice,
    code,
    degrees,
    text,
)


class HereIn(Schema):
    """Where one stands, in degrees of `coord_type`; used for this answer and kept nowhere."""

    lon = degrees(required=True)
    lat = fields.Float(required=True, validate=validate.Range(-90, 90, error=OUT_OF_RANGE))
    coord_type = choice(CoordType, load_default="wgs84")
    limit = fields.Integer(load_default=20, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))


class FirmContactIn(Schema):
    """Somebody to reach at a firm."""

    name = text(50, allow_none=True)
    position = text(50, allow_none=True)
    phone = ReporterIn._declared_fields["phone"]
    email = fields.Email(allow_none=True, validate=validate.Length(max=100, error=TOO_LONG))

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Reached:
        """Return what the verb takes."""
        return Reached(**data)


class FirmContactsIn(Schema):
    """All contacts of a firm; an empty list takes them back."""

    contacts = fields.List(
        fields.Nested(FirmContactIn),
        required=True,
        validate=validate.Length(max=contacts.MOST, error=TOO_LONG),
    )


class FirmPurposeIn(Schema):
    """Why contacts are read."""

    purpose = choice(PURPOSES, required=True)


class NeedIn(Schema):
    """A need in the firm's words, or its category, or both."""

    description = text(allow_none=True)
    category = code(5, allow_none=True)
    urgency = choice(URGENCIES, allow_none=True)
    confidential = Truth(
        allow_none=True, metadata={"description": "A firm's need is, unless this says false."}
    )

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return what the verb takes: blanks alone say nothing, as in a report."""
        return data | {"description": (data.get("description") or "").strip() or None}


class VisitIn(Schema):
    """A visit: whom one met by their role at the firm, never by name."""

    firm = code(required=True)
    on = fields.Date(allow_none=True, metadata={"description": "Today, where it is left out."})
    met = fields.List(
        choice(MET), required=True, validate=validate.Length(max=len(MET), error=TOO_LONG)
    )
    needs = fields.List(
        fields.Nested(NeedIn), validate=validate.Length(max=MOST_NEEDS, error=TOO_LONG)
    )
    follow_up_on = fields.Date(allow_none=True)
