"""Signing in and out over HTTP: the order of transactions, and the cookie; for pages and API alike.

A view calls one of these, and hands the cookie out with `answer(response, opened)`. What fails
raises after it was noted, so that the note is committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gridgov.app import installation
from gridgov.database import transaction
from gridgov.errors import BadInput, NotSignedIn
from gridgov.faces import cookie, origin
from gridgov.faces.auth import now
from gridgov.keys import Keys
from gridgov.people import passwords, second_factor, sessions, sign_in
from gridgov.people.noted import note
from gridgov.people.office import office
from gridgov.people.second_factor import CodeWrong, Enrolment
from gridgov.people.sessions import AWAITED, UNKNOWN_DEVICE, Awaits, Standing

BROWSERS = (
    ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg", "Edge"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """A session just opened: its cookie, shown this once, and what it still waits for."""

    cookie: str
    standing: Standing

    @property
    def awaits(self) -> Awaits | None:
        """What it still waits for; until then it opens nothing else."""
        return self.standing.awaits


def start(login: str, password: str, *, remember: bool = False, code: str | None = None) -> Opened:
    """Sign in with a password, and the code where it is at hand.

    Raises SignInFailed, FirstPasswordOver, CodeWrong.
    """
    origin.own(silent=True)
    tried = sign_in.judge(_attempt(login), password)
    with transaction() as session:
        secret = sign_in.admit(
            session, _keys(), tried, now(), remembered=remember, device=_device()
        )  # fmt: skip
        opened = _opened(session, secret) if secret else None
    if opened is None:
        raise sign_in.refusal(tried)
    if code and opened.awaits is Awaits.SECOND_FACTOR:
        return _prove(opened.standing, code)
    return opened


def prove(code: str) -> Opened:
    """Give the second factor's code, or a recovery code, for a session that awaits it."""
    return _prove(required(Awaits.SECOND_FACTOR), code)


def stop() -> None:
    """Sign out; harmless without a session."""
    with transaction() as session:
        found = _here(session)
        if found is not None:
            sessions.end_session(session, found.account, found.id)
            note(session, _keys(), now(), "signed_out", found.account)


def change_password(old: str, new: str) -> Opened:
    """Change one's password, which ends all sessions and opens this one anew."""
    here = required(Awaits.PASSWORD)
    tried = sign_in.judge(_attempt(here.login), old)
    if not tried.right or tried.over:
        with transaction() as session:
            note(session, _keys(), now(), "password_change_failed", here.account)
        raise sign_in.refusal(tried)
    with transaction(write=False) as session:
        names = (here.login, *_names(session, here))
    try:
        passwords.check(new, names)
        if passwords.verify(new, tried.stored):
            raise passwords.PasswordUnchanged(field="password")
        stored = passwords.hashed(new)
    except BadInput:
        with transaction() as session:
            sign_in.give_back(session, here.account)
        raise
    with transaction() as session:
        sign_in.set_password(session, _keys(), here.account, stored, now())
        return _anew(session, here, proven=here.proven)


def begin_factor() -> Enrolment:
    """Begin to add a second factor, or to replace it."""
    here = required(Awaits.ENROLMENT)
    with transaction() as session:
        issuer = installation().settings.office_name
        return second_factor.prepare(session, _keys(), here.account, issuer, here.id)


def confirm_factor(code: str) -> tuple[Opened, list[str]]:
    """Add the second factor, given its first code; returns recovery codes, shown this once."""
    here = required(Awaits.ENROLMENT)
    with transaction() as session:
        codes = second_factor.confirm(session, _keys(), here.account, code, now(), here.id)
        return renewed(session, here), codes


def here() -> Standing | None:
    """Return the session of the present request, in whatever state it stands."""
    with transaction(write=False) as session:
        return _here(session)


def required(*besides: Awaits) -> Standing:
    """Return the present session; it may still wait for one of these, else for nothing."""
    found = here()
    if found is None:
        raise NotSignedIn
    if found.awaits is not None and found.awaits not in besides:
        raise AWAITED[found.awaits]
    return found


def answer(response: Response, opened: Opened) -> Response:
    """Hand the session's cookie out with an answer."""
    cookie.keep(response, opened.cookie, remembered=opened.standing.remembered)
    return response


def open_for(account: int, way: str, *, remember: bool, proven: bool) -> Opened:
    """Open a session for who was recognised in another way than by a password."""
    with transaction() as session:
        note(session, _keys(), now(), "signed_in", account, way=way)
        secret = sessions.open_session(
            session, _keys(), account, now(),
            way=way, remembered=remember, proven=proven, device=_device(),
        )  # fmt: skip
        return _opened(session, secret)


def renewed(session: Session, before: Standing) -> Opened:
    """Open a session anew that has just been proven: the cookie from before is worth nothing."""
    sessions.end_session(session, before.account, before.id)
    return _anew(session, before, proven=True)


def _prove(here: Standing, code: str) -> Opened:
    if here.awaits is not Awaits.SECOND_FACTOR:
        raise CodeWrong(field="code")
    counted = _attempt(here.login)
    with transaction() as session:
        opened = None
        if counted.open and second_factor.prove(session, _keys(), here.account, code, now()):
            opened = renewed(session, here)
    if opened is None:
        raise CodeWrong(field="code")
    return opened


def _attempt(login: str) -> sign_in.Attempt:
    with transaction() as session:
        return sign_in.attempt(session, login, now())


def _anew(session: Session, before: Standing, *, proven: bool) -> Opened:
    """Open a session in place of another, of the same kind."""
    secret = sessions.open_session(
        session, _keys(), before.account, now(),
        way=before.way, remembered=before.remembered, proven=proven, device=before.device,
    )  # fmt: skip
    return _opened(session, secret)


def _opened(session: Session, secret: str) -> Opened:
    found = sessions.standing(session, secret, office(session), now())
    if found is None:
        raise NotSignedIn
    return Opened(secret, found)


def _here(session: Session) -> Standing | None:
    secret = cookie.given()
    return sessions.standing(session, secret, office(session), now()) if secret else None


def _names(session: Session, here: Standing) -> Iterable[str]:
    settings = installation().settings
    known = office(session)
    person = known.people.get(here.actor.person or "")
    unit = known.units.get(here.actor.unit or "")
    return (settings.office_name, *(facts.name for facts in (person, unit) if facts))


def _keys() -> Keys:
    return installation().settings.keys


def _device() -> str:
    """Name the browser and system, so that somebody can tell their sessions apart."""
    agent = request.headers.get("User-Agent", "")
    found = [next((said for sign, said in of if sign in agent), "") for of in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or UNKNOWN_DEVICE
