"""What every face takes in of meetings and of what they resolved, checked field by field."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from gridgov.cases.fields import TEXT_LENGTH
from gridgov.faces.inputs import (
    OUT_OF_RANGE,
    PRINTABLE,
    TOO_LONG,
    Instant,
    Truth,
    choice,
    code,
    encodable,
    text,
)
from gridgov.joint import meetings, resolutions
from gridgov.joint.guests import Present
from gridgov.joint.meetings import Plan
from gridgov.joint.resolutions import Resolved
from gridgov.words import N_

KEY = validate.Range(1, 2**31 - 1, error=OUT_OF_RANGE)
MANY = validate.Length(max=200, error=TOO_LONG)
VERSION: dict[str, Any] = {"strict": True, "validate": KEY}
EMPTY = N_("Say something here.")


def _said(value: str) -> None:
    if not value.strip():
        raise ValidationError(EMPTY)


def words(longest: int = TEXT_LENGTH, **more: Any) -> fields.String:
    """Return a field of text that says something."""
    length = validate.Length(min=1, max=longest, error=TOO_LONG)
    return fields.String(validate=[length, PRINTABLE, encodable, _said], **more)


class PresentIn(Schema):
    """Units and people by code; firms by code, or in words."""

    units = fields.List(code(), load_default=list, validate=MANY)
    persons = fields.List(code(), load_default=list, validate=MANY)
    firms = fields.List(words(200), load_default=list, validate=MANY)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Present:
        """Return what the verbs take."""
        return Present(firms=[one.strip() for one in data.pop("firms")], **data)


class MeetingIn(Schema):
    """A meeting to plan: a forum (座谈会), a consultation (会商) or a progress meeting (调度会)."""

    kind = choice(meetings.KINDS, required=True)
    title = words(200, required=True)
    starts_at = Instant(required=True)
    place = words(200, required=True)
    area = code(12, required=True, metadata={"description": "Of the street, or the district."})
    invited = fields.Nested(PresentIn, load_default=Present)
    cases = fields.List(
        code(20), load_default=list, validate=MANY,
        metadata={"description": "Numbers of the cases that it is about."},
    )  # fmt: skip

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """Return what the verbs take, and the version that was seen."""
        version = data.pop("version", None)
        return {"asked": Plan(**data), "version": version}


class ChangeIn(MeetingIn):
    """The meeting as it is to be, and the version that its author saw."""

    version = fields.Integer(**VERSION)


class HoldIn(Schema):
    """Who came, invited or not."""

    came = fields.Nested(PresentIn, required=True)
    version = fields.Integer(**VERSION)


class CancelIn(Schema):
    """Why a meeting is called off; those invited read it."""

    why = words(200, required=True)
    version = fields.Integer(**VERSION)


class ResolutionIn(Schema):
    """What was resolved: by whom and when; the case it is added to, or that it instructs."""

    text = words(required=True)
    unit = code(required=True)
    person = code(allow_none=True)
    due = fields.Date(required=True)
    kind = choice(resolutions.KINDS, load_default=resolutions.OWN)
    case = code(20, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Resolved:
        """Return what the verb takes."""
        return Resolved(**data)


class ReportIn(Schema):
    """How it stands, in the words of its owner."""

    text = words(required=True)


class TickIn(Schema):
    """Done, or not after all; with a word, the version seen, and at which meeting."""

    done = Truth(required=True)
    text = text(allow_none=True)
    version = fields.Integer(**VERSION)
    meeting = fields.Integer(**VERSION)
