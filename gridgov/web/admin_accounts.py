"""Accounts, for the security administrator: never their own."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response as Answer

from gridgov.errors import GridgovError, NotFound
from gridgov.faces import views
from gridgov.faces.inputs import code, text
from gridgov.faces.serve import Serving
from gridgov.language import say
from gridgov.people import accounts, directory
from gridgov.people.accounts import FirstPassword
from gridgov.people.directory import not_own, of_others
from gridgov.people.noted import note
from gridgov.people.own_tokens import revoke_token, tokens_of
from gridgov.people.second_factor import reset_second_factor
from gridgov.people.tables import Account, Token
from gridgov.people.tokens import TokenScope
from gridgov.web import forms
from gridgov.web.admin import PAGE, onward, shown
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

HERE = "web.admin_accounts"
DID = {
    "unlock": N_("It may be tried again at once."),
    "disable": N_("The account is let in no more; its sessions and tokens have ended."),
    "enable": N_("The account is let in again; tokens are made anew."),
    "factor": N_("The second factor is taken away, and all sessions have ended."),
    "token": N_("The token works no more."),
    "added": N_("The account stands; give it a first password."),
}


class AccountForm(Schema):
    """An account to add."""

    login = text(64, required=True)
    person = code(allow_none=True)


@blueprint.get("/admin/accounts")
def admin_accounts() -> Answer:
    """List accounts, or look for some."""
    with visiting() as visit:
        return _list(visit, {}, [])


@blueprint.post("/admin/accounts")
def admin_add_account() -> Answer:
    """Add an account; never for oneself."""
    given = request.form.to_dict()
    try:
        body = forms.loaded(AccountForm(), {k: v.strip() for k, v in given.items() if v.strip()})
        with visiting(write=True) as visit:
            s = visit.serving
            not_own(s.actor, body.get("person"))
            made = accounts.add_account(s.session, body["login"], body.get("person"), s.at)
            note(s.session, _keys(s), s.at, "added", made.id, actor=s.actor)
            login = made.login
    except FormWrong as error:
        return _refused(given, error.wrong)
    except GridgovError as error:
        return _refused(given, forms.of_error(error))
    return onward(url_for("web.admin_account", login=login, did="added"))


@blueprint.get("/admin/accounts/<string:login>")
def admin_account(login: str) -> Answer:
    """Show an account, and what can be done with it."""
    with visiting() as visit:
        return _one(visit, login, [], did=request.args.get("did"))


@blueprint.post("/admin/accounts/<string:login>")
def admin_change_account(login: str) -> Answer:
    """Do what a button of the account's page says; a first password is shown this once."""
    what = request.form.get("what", "")
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            of_others(s.session, login, s.actor)
            if what == "password":
                days = s.known.settings.first_password_days
                made = accounts.give_first_password(s.session, _keys(s), login, s.at, s.actor, days)
                return _one(visit, login, [], password=made)
            _change(s, login, what)
    except GridgovError as error:
        with visiting() as visit:
            return _one(visit, login, forms.of_error(error))
    return onward(url_for("web.admin_account", login=login, did=what))


def _change(s: Serving, login: str, what: str) -> None:
    keys = _keys(s)
    if what == "unlock":
        accounts.unlock(s.session, keys, login, s.at, s.actor)
    elif what == "disable":
        accounts.disable(s.session, keys, login, s.at, s.actor)
    elif what == "enable":
        accounts.enable(s.session, keys, login, s.at, s.actor)
    elif what == "factor":
        account = accounts.account_id(s.session, login)
        reset_second_factor(s.session, keys, account, s.at, actor=s.actor)
    elif what == "token" and (key := request.form.get("key", "")).isdecimal():
        account = accounts.account_id(s.session, login)
        revoke_token(s.session, keys, account, int(key), s.at, by=s.actor)
    else:
        raise NotFound(field="what")


def _refused(given: dict[str, str], wrong: Wrong) -> Answer:
    with visiting() as visit:
        return _list(visit, given, wrong)


def _list(visit: Visit, given: dict[str, str], wrong: Wrong) -> Answer:
    s = visit.serving
    sought, after = request.args.get("q", "").strip()[:64], request.args.get("after", "")[:64]
    found = directory.find_accounts(s.session, sought, after, PAGE)
    return shown(
        visit,
        "admin_accounts.html",
        HERE,
        422 if wrong else 200,
        errors=wrong,
        given=given,
        sought=sought,
        accounts=[_line(s, one) for one in found],
        next=found[-1].login if len(found) == PAGE else None,
        people=sorted((code, one.name) for code, one in s.known.office.people.items()),
    )


def _one(
    visit: Visit,
    login: str,
    wrong: Wrong,
    *,
    did: str | None = None,
    password: FirstPassword | None = None,
) -> Answer:
    s = visit.serving
    account = s.session.get_one(Account, accounts.account_id(s.session, login))
    return shown(
        visit,
        "admin_account.html",
        HERE,
        422 if wrong else 200,
        errors=wrong,
        account=_line(s, account),
        tokens=[_token(one) for one in tokens_of(s.session, account.id, s.at)],
        password=password,
        did=say(DID[did]) if did in DID else None,
    )


def _token(one: Token) -> dict[str, Any]:
    same = ("id", "label", "last_used_at", "expires_at")
    may = [say(TokenScope(name).label) for name in one.scopes]
    return {name: getattr(one, name) for name in same} | {"may": may}


def _line(s: Serving, one: Account) -> dict[str, Any]:
    person = views.person(s.known, one.person_code)
    same = ("login", "active", "created_at")
    return {name: getattr(one, name) for name in same} | {
        "person": person["name"] if person else None,
        "locked_until": one.locked_until if (one.locked_until or s.at) > s.at else None,
        "has_password": one.password_hash is not None,
        "must_change": bool(one.password_first),
        "first_until": one.first_until if one.password_first else None,
        "second_factor": one.totp_sealed is not None,
    }


def _keys(s: Serving) -> Any:
    return s.known.settings.keys
