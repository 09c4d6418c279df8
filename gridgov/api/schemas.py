"""What comes in and goes out as JSON; the OpenAPI derives from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from geo.datum import CoordType
from gridgov.cases.contact import Contact
from gridgov.cases.fields import AUDIENCES, FIELDS, OUTCOMES, TEXT_LENGTH, URGENCIES, Kind
from gridgov.cases.placing import Location
from gridgov.cases.report import About, Draft
from gridgov.cases.workflow import STEPS, Status
from gridgov.faces.clocks import ClockOut
from gridgov.words import N_

CODE = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
ABOUT = ("leader", "member", "unit", "person", "other")
PATTERN = N_("Control characters are not taken here.")
CODE_PATTERN = N_("This takes letters, digits, dots, dashes and underscores.")
TOO_LONG = N_("This is longer than what is taken here.")
NO_CHOICE = N_("Choose one of the listed values.")
OUT_OF_RANGE = N_("This lies outside the range that is taken here.")


PRINTABLE = validate.Regexp(r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$", error=PATTERN)


def encodable(value: str) -> None:
    """Refuse half of a surrogate pair, which JSON can spell but no text can hold."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(PATTERN) from error


def text(longest: int = TEXT_LENGTH, **more: Any) -> fields.String:
    """Return a field of text without control characters."""
    rules: list[Any] = [validate.Length(max=longest, error=TOO_LONG), PRINTABLE, encodable]
    return fields.String(validate=rules, **more)


def code(longest: int = 32, **more: Any) -> fields.String:
    """Return a field for a code of ours."""
    rules = [
        validate.Length(max=longest, error=TOO_LONG),
        validate.Regexp(CODE, error=CODE_PATTERN),
    ]
    return fields.String(validate=rules, **more)


def choice(values: Any, **more: Any) -> fields.String:
    """Return a field for one of several values."""
    return fields.String(validate=validate.OneOf(list(values), error=NO_CHOICE), **more)


def degrees(**more: Any) -> fields.Float:
    """Return a field for a longitude or latitude; which it is, the map decides."""
    return fields.Float(validate=validate.Range(-180, 180, error=OUT_OF_RANGE), **more)


class Truth(fields.Boolean):
    """True or false, and nothing that merely equals them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Instant(fields.AwareDateTime):
    """An instant that can be told in UTC."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> datetime:
        instant: datetime = super()._deserialize(value, *args, **kwargs)
        try:
            return instant.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(OUT_OF_RANGE) from error


class LocationIn(Schema):
    """A place: longitude and latitude in degrees of `coord_type`, and words."""

    lon = degrees(allow_none=True)
    lat = degrees(allow_none=True)
    coord_type = choice(CoordType, load_default="wgs84")
    accuracy_m = fields.Float(allow_none=True, validate=validate.Range(0, 1e6, error=OUT_OF_RANGE))
    address = text(300, allow_none=True)

    @validates_schema
    def both(self, data: dict[str, Any], **kwargs: Any) -> None:
        """Refuse one coordinate without the other."""
        if (data.get("lon") is None) != (data.get("lat") is None):
            missing = "lon" if data.get("lon") is None else "lat"
            raise ValidationError(N_("Give both lon and lat, or neither."), missing)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Location:
        """Return what the verbs take."""
        return Location(**data)


class ReporterIn(Schema):
    """Who reports; stored encrypted and apart."""

    name = text(50, allow_none=True)
    phone = fields.String(
        allow_none=True,
        validate=validate.Regexp(
            r"^\+?[0-9][0-9 -]{4,22}$",
            error=N_("This takes a telephone number: digits and dashes."),
        ),
    )
    email = fields.Email(allow_none=True, validate=validate.Length(max=100, error=TOO_LONG))
    notices = choice(
        ("sms",), allow_none=True, metadata={"description": "sms: be told by SMS how it goes on."}
    )

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Contact | None:
        """Return what the verbs take; a wish to be told is no contact."""
        contact = Contact(**data)
        return contact if any(contact[:3]) else None


class AboutIn(Schema):
    """Whom the case is about (被反映对象); it is hidden from them."""

    kind = choice(ABOUT, required=True)
    unit = code(allow_none=True)
    person = code(allow_none=True)
    text = text(200, allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> About:
        """Return what the verbs take."""
        return About(**data)


def _answer_fits(value: Any) -> None:
    fits = isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 1000)
    if not fits or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValidationError(N_("An answer is a short text, a number, or yes or no."))
    if isinstance(value, str):
        PRINTABLE(value)
        encodable(value)


def _step_field(name: str) -> fields.Field[Any]:
    field = FIELDS[name]
    if field.kind is Kind.TEXT:
        return text()
    if field.kind is Kind.CHOICE:
        return choice(field.choices or ())
    if field.kind is Kind.LOCATION:
        return fields.Nested(LocationIn)
    plain: dict[Kind, fields.Field[Any]] = {
        Kind.FLAG: Truth(),
        Kind.DATE: fields.Date(),
        Kind.INSTANT: Instant(),
        Kind.CASE: code(20),
        Kind.CATEGORY: code(5),
    }
    return plain.get(field.kind) or code()


_STEP: type[Schema] = Schema.from_dict(
    {name: _step_field(name) for name in FIELDS}, name="StepFields"
)


class StepAtOnceIn(_STEP):  # type: ignore[valid-type,misc]
    """A step with its fields, taken as soon as the case is reported."""

    step = choice(STEPS, required=True)


class StepIn(StepAtOnceIn):
    """A step with its fields, and the version of the case that its author saw."""

    version = fields.Integer(strict=True, validate=validate.Range(1, 2**31 - 1, error=OUT_OF_RANGE))


class CaseIn(Schema):
    """A report; at least `description` or `category`."""

    description = text(allow_none=True)
    category = code(5, allow_none=True)
    urgency = choice(URGENCIES, allow_none=True)
    location = fields.Nested(LocationIn, allow_none=True)
    reporter = fields.Nested(ReporterIn, allow_none=True)
    anonymous = Truth(load_default=False)
    confidential = Truth(allow_none=True)
    subject = fields.Nested(AboutIn, allow_none=True)
    answers = fields.Dict(
        keys=text(100),
        values=fields.Raw(
            validate=_answer_fits,
            metadata={"type": ["string", "number", "boolean"], "maxLength": 1000},
        ),
        validate=validate.Length(max=30, error=TOO_LONG),
        metadata={"maxProperties": 30, "propertyNames": {"maxLength": 100}},
        allow_none=True,
    )
    channel = fields.String(
        load_default="web",
        validate=validate.Regexp(
            r"^[a-z][a-z0-9_-]{0,19}$", error=N_("A channel is a short word in small letters.")
        ),
    )
    external_ref = text(100, allow_none=True)
    steps = fields.List(
        fields.Nested(StepAtOnceIn),
        validate=validate.Length(max=10, error=TOO_LONG),
        metadata={"description": "Steps to take at once, such as settle; all or none."},
    )

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Return a Draft, and the steps to take with it."""
        steps = data.pop("steps", None) or []
        contact = data.pop("reporter", None)
        data["location"] = data.get("location") or Location()
        data["answers"] = data.get("answers") or {}
        data["description"] = (data.get("description") or "").strip() or None
        return {"draft": Draft(contact=contact, **data), "steps": steps}


class CellOut(Schema):
    """A unit cell."""

    code = fields.String(required=True)


class NamedOut(Schema):
    """A grid, unit or category, by code and name."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class NearOut(Schema):
    """An open case of the same category near by."""

    number = fields.String(allow_none=True)
    category = fields.Nested(NamedOut)
    status = choice(Status)
    status_name = fields.String()
    cell = fields.Nested(CellOut, allow_none=True)
    metres = fields.Integer()


class NoticeOut(Schema):
    """What the reporter is told about their data: who collects what, why, for how long."""

    text = fields.String(required=True)
    collected = fields.List(fields.String())
    retention_days = fields.Integer()


class ReportedOut(Schema):
    """A case taken in."""

    number = fields.String(required=True)
    query_code = fields.String(required=True)
    status = choice(Status, required=True)
    status_name = fields.String()
    version = fields.Integer()
    cell = fields.Nested(CellOut, allow_none=True, required=True)
    grid = fields.Nested(NamedOut, allow_none=True, required=True)
    flags = fields.List(fields.String(), required=True)
    routing = fields.String(metadata={"description": "Why it goes where it goes, in words."})
    notice = fields.Nested(NoticeOut, required=True)
    similar = fields.List(fields.Nested(NearOut))


class OfferOut(Schema):
    """A step that the case offers to whoever asks; of each list in `needs` one field or more."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    needs = fields.List(fields.List(fields.String()), required=True)
    may = fields.List(fields.String())


class PointOut(Schema):
    """A point in degrees, CGCS2000 (EPSG:4490)."""

    lon = fields.Float(required=True)
    lat = fields.Float(required=True)


class RawOut(Schema):
    """A point as it came in."""

    lon = fields.Float(allow_none=True)
    lat = fields.Float(allow_none=True)
    coord_type = fields.String(allow_none=True)


class CaseShort(Schema):
    """A case in a list."""

    number = fields.String(required=True)
    version = fields.Integer()
    status = choice(Status, required=True)
    status_name = fields.String()
    level = fields.String()
    urgency = choice(URGENCIES)
    category = fields.Nested(NamedOut, allow_none=True)
    channel = fields.String()
    external_ref = fields.String(allow_none=True)
    text = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    point = fields.Nested(PointOut, allow_none=True)
    cell = fields.Nested(CellOut, allow_none=True)
    grid = fields.Nested(NamedOut, allow_none=True)
    unit = fields.Nested(NamedOut, allow_none=True)
    flags = fields.List(fields.String())
    confidential = fields.Boolean()
    reported_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)


class CaseOut(CaseShort):
    """A case whole, as far as whoever asks may see it."""

    round = fields.Integer()
    answers = fields.Dict(allow_none=True)
    summary = fields.String(allow_none=True)
    public_text = fields.String(allow_none=True)
    outcome = choice(OUTCOMES, allow_none=True)
    result = fields.String(allow_none=True)
    raw = fields.Nested(RawOut, allow_none=True)
    accuracy_m = fields.Float(allow_none=True)
    anonymous = fields.Boolean()
    reporter = fields.Dict(allow_none=True, metadata={"description": "Name and contact, masked."})
    handler = fields.Nested(NamedOut, allow_none=True)
    pending = fields.Dict(allow_none=True)
    resume_on = fields.Date(allow_none=True)
    merged_into = fields.String(allow_none=True)
    carried_by = fields.Boolean(metadata={"description": "Whether another case carries this one."})
    filed_at = fields.AwareDateTime(allow_none=True)
    steps = fields.List(fields.Nested(OfferOut), required=True)
    clocks = fields.List(fields.Nested(ClockOut))
    due = fields.AwareDateTime(
        allow_none=True, metadata={"description": "By when the case is to be closed."}
    )


class CasePage(Schema):
    """A page of cases, the newest first; `next` is the cursor of the page after it."""

    cases = fields.List(fields.Nested(CaseShort), required=True)
    next = fields.String(allow_none=True, required=True)


class EventOut(Schema):
    """What happened to a case."""

    version = fields.Integer()
    at = fields.AwareDateTime()
    step = fields.String()
    step_name = fields.String()
    role = fields.String()
    role_name = fields.String()
    person = fields.Nested(NamedOut, allow_none=True)
    unit = fields.Nested(NamedOut, allow_none=True)
    from_status = fields.String(allow_none=True)
    to_status = fields.String()
    audience = choice(AUDIENCES)
    text = fields.Dict()
    data = fields.Dict()
    routing = fields.String()
    inferred = fields.Boolean()


class TimelineOut(Schema):
    """All that happened, the oldest first."""

    events = fields.List(fields.Nested(EventOut), required=True)


class CodeArgs(Schema):
    """The reporter's code; better sent as the header X-Case-Code."""

    code = fields.String(validate=validate.Length(max=40, error=TOO_LONG))
