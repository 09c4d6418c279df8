"""Updates of requests, both ways, as mySociety's extension of the protocol has them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from gridgov.app import installation
from gridgov.cases import numbers, repeat
from gridgov.cases.act import Wish, act
from gridgov.cases.fields import TEXT_LENGTH
from gridgov.cases.workflow import STATUS_LABELS, WAITING, Status
from gridgov.errors import BadInput, NotFound
from gridgov.exchange import open_requests
from gridgov.exchange.open_requests import Sought, Update
from gridgov.faces import limits
from gridgov.faces.serve import Serving, serving
from gridgov.language import say
from gridgov.open311 import args
from gridgov.open311.args import given
from gridgov.open311.forms import answer, instant
from gridgov.open311.requests import status_of

blueprint = Blueprint("open311_updates", __name__)


class RequestMissing(BadInput):
    """Say which request is meant: service_request_id."""


class NothingToSay(BadInput):
    """Say what is new: description, of 5,000 characters at most."""


@blueprint.get("/servicerequestupdates.<any(json,xml):fmt>")
@limits.programs()
def list_updates(fmt: str) -> Response:
    """List what happened, the oldest first: 90 days and 1,000 at most."""
    with serving(write=False) as s:
        asked = args.sought(s.at, s.known)
        found = open_requests.updates(s.session, asked, s.actor, s.at, s.known)
        shown = [_view(one) for one in found]
    return answer("service_request_updates", shown, fmt)


@blueprint.post("/servicerequestupdates.<any(json,xml):fmt>")
@limits.programs()
def send_update(fmt: str) -> Response:
    """Add to a request of one's own; the same update_id again changes nothing."""
    with serving() as s:
        args.street(s.known)
        asked = given("service_request_id")
        if asked is None:
            raise RequestMissing(field="service_request_id")
        number = numbers.read(asked)
        text = given("description") or ""
        if not 0 < len(text) <= TEXT_LENGTH or not text.replace("\n", " ").isprintable():
            raise NothingToSay(field="description")
        version = _add(s, number, text)
    return answer("service_request_updates", [{"update_id": f"{number}.{version}"}], fmt)


def _add(s: Serving, number: str, text: str) -> int:
    mine = Sought(numbers=(number,))
    found = open_requests.requests(s.session, mine, s.actor, s.at, s.known)
    if not found or not found[0].own:
        raise NotFound(field="service_request_id")
    if theirs := given("update_id"):
        digest = installation().settings.keys.body_digest(f"{number}\n{text}".encode())
        key = repeat.Key(f"update:{theirs[:100]}", digest).by(s.actor.account)
        if repeat.claim(s.session, key, number, s.at):
            return found[0].case.version
    # What is said while the reporter was asked something is the answer to it.
    step = "supply" if found[0].case.status == WAITING else "comment"
    case = act(s.session, number, [Wish(step, None, {"text": text})], s.actor, s.at, s.known)
    return case.version


def _view(one: Update) -> dict[str, Any]:
    return {
        "update_id": f"{one.number}.{one.version}",
        "service_request_id": one.number,
        "status": status_of(one.status),
        "status_notes": say(STATUS_LABELS[Status(one.status)]),
        "updated_datetime": instant(one.at),
        "description": one.text,
        "media_url": None,
    }
