"""Firms: found, shown with cases and visits; their contacts read, and kept by the firm itself."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from geo.datum import to_cgcs2000
from gridgov.api.meetings import MeetingShort
from gridgov.api.paging import onward
from gridgov.api.schemas import (
    OUT_OF_RANGE,
    TOO_LONG,
    CellOut,
    NamedOut,
    PointOut,
    choice,
    code,
    text,
)
from gridgov.api.wire import Blueprint
from gridgov.cases.help import who_could_help
from gridgov.cases.workflow import Status
from gridgov.community import contacts
from gridgov.community import firms as directory
from gridgov.community.contacts import Reached
from gridgov.community.firms import MOST, Wanted
from gridgov.database import LonLat
from gridgov.faces import firms as shown
from gridgov.faces import own_firm
from gridgov.faces.firm_inputs import FirmContactsIn, FirmPurposeIn, HereIn
from gridgov.faces.serve import serving
from gridgov.people.firms import KINDS, tie

blueprint = Blueprint("firms", __name__, description="Firms of the directory")
DOC: dict[str, Any] = {"x-limited": False}


class FirmArgs(Schema):
    """Which firms to list."""

    q = text(100, data_key="q", load_default="", attribute="words")
    branch = text(40)
    kind = choice(KINDS)
    after = code(load_default="")
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Wanted:
        """Return what the verb takes."""
        return Wanted(**data)


class FirmOut(Schema):
    """A firm in a list."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    credit_code = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    branch = fields.String(allow_none=True)
    kind = choice(KINDS, allow_none=True)
    kind_name = fields.String(allow_none=True)
    point = fields.Nested(PointOut, allow_none=True)
    cell = fields.Nested(CellOut, allow_none=True)
    grid = fields.Nested(NamedOut, allow_none=True)
    visited_on = fields.Date(allow_none=True)
    metres = fields.Integer(allow_none=True)


class FirmsOut(Schema):
    """Firms; `next` is the code after which the next page begins."""

    firms = fields.List(fields.Nested(FirmOut), required=True)
    next = fields.String(allow_none=True)


class FirmCaseOut(Schema):
    """A case of a firm in a line."""

    number = fields.String(required=True)
    title = fields.String()
    status = choice(Status)
    status_name = fields.String()
    unit = fields.Nested(NamedOut, allow_none=True)
    reported_at = fields.AwareDateTime()
    query_code = fields.String(
        metadata={"description": "To the firm itself, of what it told a visitor."}
    )


class MeasureOut(Schema):
    """A measure that was promised to a firm: an item of one of its joint cases."""

    number = fields.String(
        allow_none=True, required=True, metadata={"description": "Of the item, to staff only."}
    )
    of = fields.String(allow_none=True, metadata={"description": "Number of the joint case."})
    title = fields.String()
    status = choice(Status)
    status_name = fields.String()
    unit = fields.Nested(NamedOut, allow_none=True)
    result = fields.String(allow_none=True)
    reported_at = fields.AwareDateTime()


class VisitOut(Schema):
    """A visit; who made it is kept nowhere, only in which role."""

    ref = fields.String(required=True)
    firm = fields.Nested(NamedOut, required=True)
    on = fields.Date(required=True)
    role = fields.String()
    role_name = fields.String()
    unit = fields.Nested(NamedOut, allow_none=True)
    met = fields.List(fields.String())
    met_names = fields.List(fields.String())
    follow_up_on = fields.Date(allow_none=True)
    needs = fields.List(fields.Nested(FirmCaseOut))


class FirmContactOut(Schema):
    """A contact as it may be shown."""

    name = fields.String()
    position = fields.String()
    phone = fields.String()
    email = fields.String()


class WholeFirmOut(FirmOut):
    """A firm with what whoever asks may see of it."""

    contacts = fields.List(fields.Nested(FirmContactOut), required=True)
    cases = fields.List(fields.Nested(FirmCaseOut), required=True)
    next = fields.String(
        allow_none=True, required=True, metadata={"description": "Further cases, by `after`."}
    )
    visits = fields.List(fields.Nested(VisitOut), required=True)
    earlier = fields.String(
        allow_none=True, required=True, metadata={"description": "Further visits, by `before`."}
    )
    promised = fields.List(fields.Nested(MeasureOut), required=True)
    meetings = fields.List(
        fields.Nested(MeetingShort),
        required=True,
        metadata={"description": "To which it is invited, to the firm itself."},
    )


class FirmPageArgs(Schema):
    """Where its lists begin."""

    after = fields.String(
        validate=validate.Length(max=80, error=TOO_LONG),
        metadata={"description": "Cases after this: `next` of the page before."},
    )
    before = code(16, metadata={"description": "Visits before this one, by its ref."})

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> shown.Pages:
        """Return what the page takes."""
        return shown.Pages(**data)


class FirmContactsOut(Schema):
    """A firm's contacts, whole."""

    contacts = fields.List(fields.Nested(FirmContactOut), required=True)


class TieIn(Schema):
    """The firm that an account reports for; none: no firm any more."""

    firm = code(allow_none=True, load_default=None)


class TiedOut(Schema):
    """An account and its firm."""

    login = fields.String(required=True)
    firm = fields.String(attribute="firm_code", allow_none=True, required=True)


class WhyOut(Schema):
    """Why a unit is proposed, in data and in words."""

    rule = fields.String(required=True)
    data = fields.Dict(required=True)
    words = fields.String(required=True)


class HelperOut(Schema):
    """A unit of the alliance that could help."""

    unit = fields.Nested(NamedOut, required=True)
    offers = fields.List(fields.String())
    languages = fields.List(fields.String())
    hours = fields.String(allow_none=True)
    reasons = fields.List(fields.Nested(WhyOut), required=True)


class HelpersOut(Schema):
    """Who could help, the likeliest first."""

    helpers = fields.List(fields.Nested(HelperOut), required=True)


@blueprint.get("/firms")
@blueprint.arguments(FirmArgs(), location="query")
@blueprint.response(200, FirmsOut)
@blueprint.doc(**DOC)
def list_firms(wanted: Wanted) -> dict[str, Any]:
    """List the firms where whoever asks holds a duty, by code."""
    with serving(write=False) as s:
        found = directory.listed(s.session, wanted, s.actor, s.at, s.known)
        return {
            "firms": [shown.listed(s, one) for one in found],
            "next": onward(found, wanted._asdict(), "firm.code"),
        }


# Under /firms it would lie at the address of a firm with the code "near".
@blueprint.post("/visits/near")
@blueprint.arguments(HereIn())
@blueprint.response(200, FirmsOut)
@blueprint.doc(**DOC)
def find_near(here: dict[str, Any]) -> dict[str, Any]:
    """List the firms nearest to where one stands; the place is kept nowhere."""
    point = LonLat(*to_cgcs2000(here["lon"], here["lat"], here["coord_type"]))
    with serving(write=False) as s:
        found = directory.near(s.session, point, here["limit"], s.actor, s.at, s.known)
        return {"firms": [shown.listed(s, one) for one in found], "next": None}


@blueprint.get("/firms/<string:code>")
@blueprint.arguments(FirmPageArgs(), location="query")
@blueprint.response(200, WholeFirmOut)
@blueprint.doc(**DOC)
def read_firm(pages: shown.Pages, code: str) -> dict[str, Any]:
    """Read a firm with its visits, and of its cases those that whoever asks sees; page by page."""
    with serving(write=False) as s:
        return own_firm.page(s, directory.one(s.session, code, s.actor, s.at, s.known), pages)


@blueprint.put("/firms/<string:code>/contacts")
@blueprint.arguments(FirmContactsIn())
@blueprint.response(200, FirmContactsOut)
@blueprint.doc(**DOC)
def keep_contacts(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Say whom to reach at one's own firm, in place of what stood there; noted in the journal."""
    with serving() as s:
        said = contacts.keep(s.session, code, body["contacts"], s.actor, s.at, s.known)
        return {"contacts": [_told(one) for one in said]}


@blueprint.post("/firms/<string:code>/contacts/read")
@blueprint.arguments(FirmPurposeIn())
@blueprint.response(200, FirmContactsOut)
@blueprint.doc(**DOC)
def read_contacts(body: dict[str, str], code: str) -> dict[str, Any]:
    """Read a firm's contacts whole; who read them and why is noted in the journal."""
    with serving() as s:
        found = contacts.read(s.session, code, body["purpose"], s.actor, s.at, s.known)
        return {"contacts": [_told(one) for one in found]}


@blueprint.put("/accounts/<string:login>/firm")
@blueprint.arguments(TieIn())
@blueprint.response(200, TiedOut)
@blueprint.doc(**DOC)
def tie_account(body: dict[str, Any], login: str) -> Any:
    """Let an account of the public report for a firm, or for no firm any more."""
    with serving() as s:
        return tie(s.session, s.known.settings.keys, login, body["firm"], s.at, s.actor)


@blueprint.get("/cases/<string:number>/helpers")
@blueprint.response(200, HelpersOut)
@blueprint.doc(**DOC)
def list_helpers(number: str) -> dict[str, Any]:
    """List who of the alliance could help with a case, each with the reasons."""
    with serving(write=False) as s:
        found = who_could_help(s.session, number, s.actor, s.at, s.known)
        return {"helpers": [shown.helper(s, one) for one in found]}


def _told(one: Reached) -> dict[str, str]:
    return {name: said for name, said in one._asdict().items() if said}
