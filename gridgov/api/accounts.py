"""Accounts of others, people, units and the roster: for the security administrator."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from gridgov.api.paging import AfterArgs, PageArgs, onward
from gridgov.api.schemas import code, text
from gridgov.api.wire import Blueprint
from gridgov.faces.serve import Serving, serving
from gridgov.people import accounts, directory
from gridgov.people.directory import not_own, of_others
from gridgov.people.noted import note
from gridgov.people.own_tokens import revoke_token, tokens_of
from gridgov.people.tables import Account

blueprint = Blueprint("accounts", __name__, description="Accounts, people, units, the roster")
DOC: dict[str, Any] = {"x-limited": False}


class AccountArgs(PageArgs):
    """A page of accounts, of all or of one person."""

    person = code()


class OfUnitArgs(PageArgs):
    """A page, of all or of one unit."""

    unit = code()


class RosterArgs(AfterArgs):
    """A page of the roster, of all or of one unit."""

    unit = code()


class AccountIn(Schema):
    """An account to add; without a person it is a program's, or a reporter's."""

    login = text(64, required=True)
    person = code(allow_none=True)


class AccountOut(Schema):
    """An account, without anything that opens it."""

    login = fields.String(required=True)
    person = fields.String(allow_none=True, required=True)
    active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    has_password = fields.Boolean(required=True)
    must_change = fields.Boolean(required=True)
    first_until = fields.AwareDateTime(allow_none=True, required=True)
    second_factor = fields.Boolean(required=True)
    locked_until = fields.AwareDateTime(allow_none=True, required=True)


class AccountsOut(Schema):
    """A page of accounts; `next` is what the next one comes after."""

    accounts = fields.List(fields.Nested(AccountOut), required=True)
    next = fields.String(allow_none=True, required=True)


class FirstPasswordOut(Schema):
    """A password shown this once; whoever gets it must change it at once, until then at latest."""

    password = fields.String(required=True)
    until = fields.AwareDateTime(required=True)


class HeldTokenOut(Schema):
    """A token of an account, without its secret."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(allow_none=True, required=True)
    last_used_at = fields.AwareDateTime(allow_none=True, required=True)


class HeldTokensOut(Schema):
    """The tokens of an account that still work."""

    tokens = fields.List(fields.Nested(HeldTokenOut), required=True)


class PersonOut(Schema):
    """Somebody who may hold duties."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(attribute="unit_code", allow_none=True, required=True)


class PeopleOut(Schema):
    """A page of people."""

    people = fields.List(fields.Nested(PersonOut), required=True)
    next = fields.String(allow_none=True, required=True)


class UnitOut(Schema):
    """A unit."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    parent = fields.String(attribute="parent_code", allow_none=True, required=True)
    active = fields.Boolean(required=True)
    areas = fields.List(fields.String())
    categories = fields.List(fields.String())
    line = fields.String(
        allow_none=True, metadata={"description": "line: of a department; across: of a place."}
    )
    offers = fields.List(
        fields.String(), metadata={"description": "Fields of service, in the words of cases."}
    )
    languages = fields.List(fields.String())
    hours = fields.String(allow_none=True)


class UnitsOut(Schema):
    """A page of units."""

    units = fields.List(fields.Nested(UnitOut), required=True)
    next = fields.String(allow_none=True, required=True)


class ShiftOut(Schema):
    """A line of the roster; ISO weekdays, local times."""

    id = fields.Integer(required=True)
    unit = fields.String(attribute="unit_code", required=True)
    person = fields.String(attribute="person_code", required=True)
    days = fields.String(required=True)
    starts = fields.String(required=True)
    stops = fields.String(required=True)


class RosterOut(Schema):
    """A page of the roster."""

    shifts = fields.List(fields.Nested(ShiftOut), required=True)
    next = fields.Integer(allow_none=True, required=True)


@blueprint.get("/accounts")
@blueprint.arguments(AccountArgs(), location="query")
@blueprint.response(200, AccountsOut)
@blueprint.doc(**DOC)
def list_accounts(wanted: dict[str, Any]) -> dict[str, Any]:
    """List accounts, by login."""
    with serving(write=False) as s:
        found = directory.accounts(s.session, **wanted)
        return {"accounts": [_view(one) for one in found], "next": onward(found, wanted, "login")}


@blueprint.post("/accounts")
@blueprint.arguments(AccountIn())
@blueprint.response(201, AccountOut)
@blueprint.doc(**DOC)
def add_account(body: dict[str, Any]) -> dict[str, Any]:
    """Add an account; never for oneself."""
    with serving() as s:
        not_own(s.actor, body.get("person"))
        made = accounts.add_account(s.session, body["login"], body.get("person"), s.at)
        note(s.session, _keys(s), s.at, "added", made.id, actor=s.actor)
        return _view(made)


@blueprint.post("/accounts/<string:login>/first-password")
@blueprint.response(200, FirstPasswordOut)
@blueprint.doc(**DOC)
def give_password(login: str) -> dict[str, Any]:
    """Make a first password and show it this once."""
    with serving() as s:
        of_others(s.session, login, s.actor)
        days = s.known.settings.first_password_days
        made = accounts.give_first_password(s.session, _keys(s), login, s.at, s.actor, days)
        return made._asdict()


@blueprint.post("/accounts/<string:login>/unlock")
@blueprint.response(204)
@blueprint.doc(**DOC)
def unlock(login: str) -> None:
    """Let somebody try again who is locked after five failures."""
    with serving() as s:
        of_others(s.session, login, s.actor)
        accounts.unlock(s.session, _keys(s), login, s.at, s.actor)


@blueprint.post("/accounts/<string:login>/disable")
@blueprint.response(204)
@blueprint.doc(**DOC)
def disable(login: str) -> None:
    """Let an account in no more; its sessions and tokens end."""
    with serving() as s:
        of_others(s.session, login, s.actor)
        accounts.disable(s.session, _keys(s), login, s.at, s.actor)


@blueprint.post("/accounts/<string:login>/enable")
@blueprint.response(204)
@blueprint.doc(**DOC)
def enable(login: str) -> None:
    """Let a disabled account in again; its tokens are made anew."""
    with serving() as s:
        of_others(s.session, login, s.actor)
        accounts.enable(s.session, _keys(s), login, s.at, s.actor)


@blueprint.get("/accounts/<string:login>/tokens")
@blueprint.response(200, HeldTokensOut)
@blueprint.doc(**DOC)
def list_tokens(login: str) -> dict[str, Any]:
    """List the tokens of an account that still work."""
    with serving(write=False) as s:
        key = accounts.account_id(s.session, login)
        return {"tokens": tokens_of(s.session, key, s.at)}


@blueprint.delete("/accounts/<string:login>/tokens/<int:key>")
@blueprint.response(204)
@blueprint.doc(**DOC)
def revoke(login: str, key: int) -> None:
    """Revoke a token of an account."""
    with serving() as s:
        account = accounts.account_id(s.session, login)
        revoke_token(s.session, _keys(s), account, key, s.at, by=s.actor)


@blueprint.get("/people")
@blueprint.arguments(OfUnitArgs(), location="query")
@blueprint.response(200, PeopleOut)
@blueprint.doc(**DOC)
def list_people(wanted: dict[str, Any]) -> dict[str, Any]:
    """List who may hold duties, by code."""
    with serving(write=False) as s:
        found = directory.people(s.session, **wanted)
        return {"people": found, "next": onward(found, wanted, "code")}


@blueprint.get("/units")
@blueprint.arguments(PageArgs(), location="query")
@blueprint.response(200, UnitsOut)
@blueprint.doc(**DOC)
def list_units(wanted: dict[str, Any]) -> dict[str, Any]:
    """List the units, by code."""
    with serving(write=False) as s:
        found = directory.units(s.session, **wanted)
        return {"units": found, "next": onward(found, wanted, "code")}


@blueprint.get("/roster")
@blueprint.arguments(RosterArgs(), location="query")
@blueprint.response(200, RosterOut)
@blueprint.doc(**DOC)
def list_roster(wanted: dict[str, Any]) -> dict[str, Any]:
    """List the duty roster."""
    with serving(write=False) as s:
        found = directory.roster(s.session, **wanted)
        return {"shifts": found, "next": onward(found, wanted, "id")}


def _view(one: Account) -> dict[str, Any]:
    same = ("login", "active", "created_at", "locked_until")
    return {name: getattr(one, name) for name in same} | {
        "person": one.person_code,
        "has_password": one.password_hash is not None,
        "must_change": bool(one.password_first),
        "first_until": one.first_until if one.password_first else None,
        "second_factor": one.totp_sealed is not None,
    }


def _keys(s: Serving) -> Any:
    return s.known.settings.keys
