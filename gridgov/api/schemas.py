"""What comes in and goes out as JSON; the OpenAPI derives from it."""

from __future__ import annotations

from marshmallow import Schema, fields

from gridgov.api.parts import (
    CellOut,
    CoUnitOut,
    ItemOfOut,
    JointOut,
    NamedOut,
    PaperOut,
    PointOut,
    RawOut,
)
from gridgov.cases.fields import AUDIENCES, OUTCOMES, URGENCIES
from gridgov.cases.workflow import Status
from gridgov.faces.clocks import ClockOut
from gridgov.faces.inputs import (
    ABOUT,
    CODE,
    CODE_PATTERN,
    NO_CHOICE,
    OUT_OF_RANGE,
    PATTERN,
    PRINTABLE,
    TOO_LONG,
    AboutIn,
    CaseIn,
    CodeArgs,
    Instant,
    LocationIn,
    ReporterIn,
    StepAtOnceIn,
    StepIn,
    Truth,
    choice,
    code,
    degrees,
    encodable,
    text,
)

__all__ = [
    "ABOUT",
    "CODE",
    "CODE_PATTERN",
    "NO_CHOICE",
    "OUT_OF_RANGE",
    "PATTERN",
    "PRINTABLE",
    "TOO_LONG",
    "AboutIn",
    "CaseIn",
    "CaseOut",
    "CasePage",
    "CaseShort",
    "CellOut",
    "CoUnitOut",
    "CodeArgs",
    "CollectedOut",
    "EventOut",
    "Instant",
    "JointOut",
    "LocationIn",
    "NamedOut",
    "NearOut",
    "NoticeOut",
    "OfferOut",
    "PointOut",
    "RawOut",
    "ReportedOut",
    "ReporterIn",
    "StepAtOnceIn",
    "StepIn",
    "TimelineOut",
    "Truth",
    "choice",
    "code",
    "degrees",
    "encodable",
    "text",
]


class NearOut(Schema):
    """An open case of the same category near by."""

    number = fields.String(allow_none=True)
    category = fields.Nested(NamedOut)
    status = choice(Status)
    status_name = fields.String()
    cell = fields.Nested(CellOut, allow_none=True)
    metres = fields.Integer()


class CollectedOut(Schema):
    """A kind of personal data: what it is, what for, on which ground, how long it is kept."""

    name = fields.String(required=True)
    what = fields.String(required=True)
    purpose = fields.String(required=True)
    grounds = fields.List(
        fields.String(), metadata={"description": "Items of PIPL, article 13, paragraph 1."}
    )
    kept = fields.String(required=True)


class NoticeOut(Schema):
    """What the reporter is told about their data: who collects what, why, for how long."""

    version = fields.String(required=True)
    text = fields.String(required=True)
    items = fields.List(fields.Nested(CollectedOut), required=True)
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
    firm = fields.Nested(
        NamedOut, allow_none=True, metadata={"description": "Whose need it is, with its words."}
    )
    claimant = fields.String(
        allow_none=True, metadata={"description": "Who has claimed the wish: a name or a login."}
    )
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
    joint = fields.Nested(
        JointOut, allow_none=True, metadata={"description": "Of a joint case; else null."}
    )
    item_of = fields.Nested(ItemOfOut, allow_none=True)
    co_units = fields.List(fields.Nested(CoUnitOut))
    reporters = fields.Integer(
        metadata={"description": "How many reported it, merged cases included."}
    )
    papers = fields.List(
        fields.Nested(PaperOut),
        allow_none=True,
        metadata={"description": "Of a membership transfer, in their order."},
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
