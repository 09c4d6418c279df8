"""Joint cases: the list of those that somebody sees, and each one's items."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from marshmallow import Schema, fields

from gridgov.api.schemas import (
    CaseOut,
    CaseShort,
    CoUnitOut,
    JointOut,
    OfferOut,
    choice,
)
from gridgov.api.search import CaseQuery
from gridgov.api.wire import Blueprint
from gridgov.cases import numbers
from gridgov.cases.act import find
from gridgov.cases.fields import OUTCOMES, SUSPENSION_REASONS
from gridgov.cases.find import Wanted, search
from gridgov.faces import joint, limits
from gridgov.faces.case import case_view
from gridgov.faces.clocks import ClockOut
from gridgov.faces.joint_inputs import ItemIn
from gridgov.faces.serve import serving
from gridgov.joint.items import ItemDraft, add_item

blueprint = Blueprint("joint", __name__, description="Joint cases and their items")


class ProgressOut(Schema):
    """What was reported last."""

    at = fields.AwareDateTime(required=True)
    text = fields.String(required=True)


class ItemOut(CaseShort):
    """An item in the list of a joint case, with the steps that it offers to whoever asks."""

    outcome = choice(OUTCOMES, allow_none=True)
    result = fields.String(allow_none=True)
    co_units = fields.List(fields.Nested(CoUnitOut), required=True)
    progress = fields.Nested(ProgressOut, allow_none=True, required=True)
    suspended_for = choice(SUSPENSION_REASONS, allow_none=True)
    resume_on = fields.Date(allow_none=True)
    pending = fields.Dict(allow_none=True)
    clocks = fields.List(fields.Nested(ClockOut))
    due = fields.AwareDateTime(
        allow_none=True, metadata={"description": "By when its unit is to have handled it."}
    )
    steps = fields.List(fields.Nested(OfferOut), required=True)


class ItemsOut(JointOut):
    """The items that whoever asks may see; the summary counts all of them."""

    items = fields.List(fields.Nested(ItemOut), required=True)


class JointShort(CaseShort):
    """A joint case in a list."""

    joint = fields.Nested(JointOut, required=True)


class JointPage(Schema):
    """A page of joint cases, the newest first; `next` is the cursor of the page after it."""

    cases = fields.List(fields.Nested(JointShort), required=True)
    next = fields.String(allow_none=True, required=True)


@blueprint.get("/joint")
@blueprint.arguments(CaseQuery(exclude=("joint",)), location="query")
@blueprint.response(200, JointPage)
@blueprint.doc(**{"x-limited": False})
def list_joint(wanted: Wanted) -> dict[str, Any]:
    """List the joint cases that whoever asks may see, with how far each has come."""
    with serving(write=False) as s:
        page = search(s.session, replace(wanted, joint=True), s.actor, s.at, s.known)
        return {"cases": joint.listed(s, page.cases), "next": page.next}


@blueprint.get("/cases/<string:number>/items")
@limits.others()
@blueprint.response(200, ItemsOut)
@blueprint.doc(**{"x-conflicts": True})
def list_items(number: str) -> dict[str, Any]:
    """List the items of a joint case that whoever asks may see, in their order."""
    number = numbers.read(number)
    with serving(write=False) as s:
        return joint.items(s, find(s.session, number, s.actor, s.at, s.known))


@blueprint.post("/cases/<string:number>/items")
@limits.others()
@blueprint.arguments(ItemIn())
@blueprint.response(201, CaseOut)
def add(draft: ItemDraft, number: str) -> dict[str, Any]:
    """Put an item on the list of a joint case; with a unit it is dispatched at once."""
    number = numbers.read(number)
    with serving() as s:
        made = add_item(s.session, number, draft, s.actor, s.at, s.known)
        return case_view(s, made, s.actor)
