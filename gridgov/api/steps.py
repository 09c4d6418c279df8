"""Steps: one or several at once, all or none."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import request
from marshmallow import ValidationError
from webargs.flaskparser import abort

from gridgov.api.cases import Headers
from gridgov.api.schemas import CaseOut, CodeArgs, StepIn
from gridgov.api.wire import Blueprint
from gridgov.cases import numbers
from gridgov.cases.act import Wish, act, find
from gridgov.cases.repeat import Key, claim
from gridgov.errors import BadInput, CaseMovedOn, NotFound
from gridgov.faces import limits
from gridgov.faces.case import case_view
from gridgov.faces.serve import serving
from gridgov.faces.wishes import request_key, wish

blueprint = Blueprint("steps", __name__, description="The steps of the workflow")
MOST = 10
STEP = {"$ref": "#/components/schemas/StepIn"}
FIRST = {"allOf": [STEP, {"required": ["version"]}]}
BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [
                    FIRST,
                    {
                        "type": "array",
                        "prefixItems": [FIRST],
                        "items": STEP,
                        "minItems": 1,
                        "maxItems": MOST,
                    },
                ]
            }
        }
    },
}


class StepsWrong(BadInput):
    """Send one step, or a list of one to ten."""


class VersionMissing(BadInput):
    """Send the version of the case that you saw with its first step."""


@blueprint.post("/cases/<string:number>/steps")
@limits.others()
@blueprint.arguments(Headers(), location="headers")
@blueprint.arguments(CodeArgs(), location="query")
@blueprint.response(200, CaseOut)
@blueprint.doc(requestBody=BODY)
def take_steps(headers: dict[str, str], query: dict[str, str], number: str) -> dict[str, Any]:
    """Take one step, or several, all or none; a lost race is 409."""
    wishes = _wishes()
    key = request_key(headers.get("key"))
    number = numbers.read(number)
    try:
        return _taken(number, wishes, key, query.get("code"))
    except CaseMovedOn as error:
        code = query.get("code")
        with suppress(NotFound), serving(write=False, number=number, code=code) as s:
            case = find(s.session, number, s.actor, s.at, s.known)
            error.current = CaseOut().dump(case_view(s, case, s.actor))
        raise


def _taken(number: str, wishes: list[Wish], key: Key | None, code: str | None) -> dict[str, Any]:
    with serving(number=number, code=code) as s:
        actor = s.actor
        if key and claim(s.session, key.by(actor.account), number, s.at):
            case = find(s.session, number, actor, s.at, s.known)
        else:
            case = act(s.session, number, wishes, actor, s.at, s.known)
            if case.number != number:
                # What carries a reporter's case was acted on; they are shown their own.
                case = find(s.session, number, actor, s.at, s.known)
        return case_view(s, case, actor)


def _wishes() -> list[Wish]:
    body = request.get_json()
    several = body if isinstance(body, list) else [body]
    if not 1 <= len(several) <= MOST:
        raise StepsWrong(field="step")
    schema = StepIn()
    loaded = []
    for place, one in enumerate(several):
        try:
            loaded.append(wish(schema.load(one)))
        except ValidationError as error:
            messages = {place: error.messages} if isinstance(body, list) else error.messages
            abort(422, exc=error, messages=messages)
    if loaded[0].version is None:
        raise VersionMissing(field="version")
    return loaded
