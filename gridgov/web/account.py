"""One's own account: password, second factor, passkeys, sessions, tokens, and how one is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from gridgov.app import installation
from gridgov.database import transaction
from gridgov.errors import GridgovError
from gridgov.faces import limits, signing
from gridgov.faces.auth import now
from gridgov.notices.own import add_own, own_channels, remove_own
from gridgov.notices.send import Sender
from gridgov.people import passkeys
from gridgov.people.noted import note
from gridgov.people.own_tokens import make_token, revoke_token, tokens_of
from gridgov.people.sessions import Standing, end_session, sessions_of
from gridgov.people.tokens import USUAL
from gridgov.web import forms
from gridgov.web.admin_words import CHANNELS, called
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import Wrong
from gridgov.web.shell import visiting
from gridgov.web.signing_in import enrolling

ADDRESS = "/account"
DAYS = 90


@blueprint.get(ADDRESS)
def account() -> Answer:
    """Show one's own account."""
    return _shown(signing.required())


@blueprint.post(ADDRESS)
@limits.sign_ins()
def change_account() -> Answer:
    """Do one thing: end a session, make a token or channel or drop it, renew the factor."""
    here = signing.required()
    if request.form.get("act") == "factor":
        return enrolling()
    try:
        secret = _do(here, request.form)
    except GridgovError as error:
        return _shown(here, wrong=forms.of_error(error))
    if secret:
        return _shown(here, secret=secret)
    return Response(status=303, headers={"Location": ADDRESS})


def _do(here: Standing, given: MultiDict[str, str]) -> str | None:
    """Do what a form means; returns the secret of a new token, shown this once."""
    key, keys, at = given.get("id", 0, type=int), installation().settings.keys, now()
    with transaction() as session:
        match given.get("act"):
            case "end":
                end_session(session, here.account, key)
                note(session, keys, at, "session_ended", here.account)
            case "revoke":
                revoke_token(session, keys, here.account, key, at)
            case "drop":
                passkeys.remove(session, keys, here.account, key, at)
            case "unchannel":
                remove_own(session, keys, here.account, key, at)
            case "channel":
                phones = Sender.of(installation().settings).phones
                typed = given.get("address", "")
                add_own(session, keys, here.account, typed, at, phones=phones)
            case "token":
                label = given.get("label", "").strip()[:100] or "-"
                until = at + timedelta(days=DAYS)
                return make_token(session, keys, here, label, USUAL, at, until)[1]
    return None


def _shown(here: Standing, *, wrong: Wrong | None = None, secret: str | None = None) -> Response:
    with visiting() as visit:
        session, at = visit.serving.session, visit.serving.at
        found: dict[str, Any] = {
            "sessions": sessions_of(session, here.account, at),
            "tokens": tokens_of(session, here.account, at),
            "passkeys": passkeys.passkeys_of(session, here.account),
            "channels": [
                (one, called(CHANNELS, one.kind)) for one in own_channels(session, here.account)
            ],
            "typed": request.form.get("address") if wrong else None,
        }
        return visit.page(
            "account.html",
            422 if wrong else 200,
            here=here,
            errors=wrong or [],
            secret=secret,
            days=DAYS,
            **found,
        )
