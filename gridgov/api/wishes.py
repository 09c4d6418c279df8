"""Wishes: the public list. Claiming one is a step of the case, as any other."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from gridgov.api.schemas import OUT_OF_RANGE, TOO_LONG, NamedOut, choice, code
from gridgov.api.wire import Blueprint
from gridgov.community.wishes import MOST, STATES, Wanted, wishes
from gridgov.faces import views
from gridgov.faces.serve import serving

blueprint = Blueprint("wishes", __name__, description="The public list of wishes")


class WishQuery(Schema):
    """Which wishes."""

    category = code(5)
    state = choice(STATES)
    limit = fields.Integer(load_default=25, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))
    after = fields.String(validate=validate.Length(max=80, error=TOO_LONG))

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Wanted:
        """Return what the verb takes."""
        return Wanted(**data)


class WishOut(Schema):
    """A wish by its approved text; `version` goes with the step `claim`, which needs a plan."""

    number = fields.String(required=True)
    version = fields.Integer(required=True)
    category = fields.Nested(NamedOut, allow_none=True, required=True)
    text = fields.String(required=True)
    state = choice(STATES, required=True)
    state_name = fields.String(required=True)
    mine = fields.Boolean(
        required=True, metadata={"description": "Whether your own account has claimed it."}
    )


class WishPage(Schema):
    """A page of wishes, the newest first; `next` is the cursor of the page after it."""

    wishes = fields.List(fields.Nested(WishOut), required=True)
    next = fields.String(allow_none=True, required=True)


@blueprint.get("/wishes")
@blueprint.arguments(WishQuery(), location="query")
@blueprint.response(200, WishPage)
@blueprint.doc(**{"x-limited": False})
def list_wishes(wanted: Wanted) -> dict[str, Any]:
    """List the wishes that anybody may read, and whoever has an account may claim."""
    with serving(write=False) as s:
        page = wishes(s.session, wanted, s.at)
        shown = [views.wish(s.known, one, s.actor) for one in page.wishes]
        return {"wishes": shown, "next": page.next}
