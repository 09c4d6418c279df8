"""The sheet that a visitor gets: where it is, whom they can be, and two cases to follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.cases.tables import Case
from gridgov.cases.workflow import CLOSED, EVALUATED, HANDLING, Status
from gridgov.database import transaction
from gridgov.demo.environment import write_private
from gridgov.demo.names import BY_ROLE, FURTHER
from gridgov.keys import Keys, token_hash
from gridgov.park.tables import Area, Grid
from gridgov.people import passwords
from gridgov.people.accounts import account_id, add_token
from gridgov.people.office import office
from gridgov.people.roles import ADMIN_ROLES, Role
from gridgov.people.second_factor import enrol
from gridgov.people.sign_in import set_password
from gridgov.people.tables import Token
from gridgov.people.tokens import DEMONSTRATION

LABEL = DEMONSTRATION
YEAR, SOON = timedelta(days=365), timedelta(days=1)
API = "/api/v1"
SAMPLES = ((HANDLING,), (EVALUATED, CLOSED))
Sheet = dict[str, Any]


def hand_out(engine: Engine, keys: Keys, path: Path, address: str, now: datetime) -> Sheet:
    """Write the sheet and return it; tokens that stand are kept, others are made anew."""
    before = _read(path)
    with transaction(engine, write=False) as session:
        stands = before is not None and _stands(session, before, keys, now)
    if before is not None and stands:
        sheet = before | _where(address)
        if sheet != before:
            _write(path, sheet)
        return sheet
    # One for all of them, so that a visitor can be one after the other; no two parks have the same.
    password = passwords.generated()
    stored = passwords.hashed(password)
    with transaction(engine) as session:
        # Nobody has what was made before: this sheet alone tells the tokens.
        old = sa.update(Token).where(Token.label == LABEL, Token.revoked_at.is_(None))
        session.execute(old.values(revoked_at=now))
        sheet = _where(address) | {
            "password": password,
            "roles": {role.value: _person(session, BY_ROLE[role], role, now) for role in BY_ROLE},
            "people": [_person(session, login, None, now) for login in FURTHER],
            "cases": [
                _case(session, keys, *status) for status in ((HANDLING,), (EVALUATED, CLOSED))
            ],
        }
        people = [*sheet["roles"].values(), *sheet["people"]]
        for one in people:
            set_password(session, keys, account_id(session, one["login"]), stored, now)
        for role in ADMIN_ROLES:
            one = sheet["roles"][role.value]
            one["second_factor"] = pyotp.random_base32()
            enrol(session, keys, account_id(session, one["login"]), one["second_factor"], now)
        # Before the commit: a crash between the two leaves tokens that do not stand, and the next
        # start sees that.
        _write(path, sheet)
    return sheet


def _where(address: str) -> Sheet:
    pages = {"address": address, "sign_in": f"{address}/sign-in"}
    return pages | {"api": address + API, "openapi": f"{address}{API}/openapi.json"}


def _write(path: Path, sheet: Sheet) -> None:
    write_private(path, json.dumps(sheet, ensure_ascii=False, indent=2) + "\n")


def _read(path: Path) -> Sheet | None:
    try:
        read = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return read if isinstance(read, dict) else None


def _stands(session: Session, sheet: Mapping[str, Any], keys: Keys, now: datetime) -> bool:
    """Tell whether a sheet's tokens and codes are those of this database and secret."""
    try:
        people = [*sheet["roles"].values(), *sheet["people"]]
        hashes = {token_hash(one["token"]) for one in people}
        if not sheet["password"] or not all(
            sheet["roles"][role.value]["second_factor"] for role in ADMIN_ROLES
        ):
            return False
        numbers = {one["number"]: one["query_code"] for one in sheet["cases"]}
    except (KeyError, TypeError, AttributeError):
        return False
    if set(sheet["roles"]) != {role.value for role in BY_ROLE}:
        return False
    valid = sa.select(sa.func.count()).where(
        Token.hash.in_(hashes), Token.revoked_at.is_(None), Token.expires_at > now + SOON
    )
    found = sa.select(sa.func.count()).where(Case.number.in_(list(numbers)))
    return (
        session.scalar(valid) == len(hashes)
        and session.scalar(found) == len(numbers)
        and all(keys.opens(number, code) for number, code in numbers.items())
    )


def _person(session: Session, login: str, role: Role | None, now: datetime) -> Sheet:
    people = office(session)
    token = add_token(session, login, LABEL, now, now + YEAR)
    facts = people.people.get(login)
    held = people.duties_of(login, now)
    duty = next((one for one in held if role in (None, one.role)), None)
    return {
        "login": login,
        "token": token,
        "person": facts.name if facts else None,
        "role": duty.role.value if duty else (role.value if role else None),
        "place": _place(session, duty.place) if duty else None,
        "unit": _place(session, facts.unit) if facts and facts.unit else None,
    }


def _place(session: Session, code: str) -> Sheet | None:
    """Name a grid, an area or a unit; the system's roles have no place."""
    units = office(session).units
    if code in units:
        return {"code": code, "name": units[code].name}
    found = session.get(Grid, code) or session.get(Area, code)
    return {"code": code, "name": found.name} if found else None


def _case(session: Session, keys: Keys, *statuses: Status) -> Sheet:
    """Choose a case that its reporter follows from a phone, the latest of a status."""
    query = (
        sa.select(Case)
        .where(
            Case.status.in_(statuses),
            Case.channel.in_(("wechat", "web")),
            Case.kind.in_(("component", "matter")),
            Case.urgency == "normal",
            Case.round == 1,
        )
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(1)
    )
    case = session.scalars(query).one()
    return {
        "number": case.number,
        "query_code": keys.query_code(case.number),
        "status": case.status,
        "description": case.description,
    }
