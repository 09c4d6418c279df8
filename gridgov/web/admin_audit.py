"""Journals, readings of contacts, seals and the last verification: for the audit administrator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import request
from werkzeug.wrappers import Response as Answer

from gridgov.audit.read import entries
from gridgov.audit.status import status
from gridgov.cases.fields import PURPOSES
from gridgov.faces import views
from gridgov.language import say
from gridgov.people.accounts import logins
from gridgov.people.roles import Role
from gridgov.privacy.read import readings
from gridgov.web.admin import PAGE, local, shown
from gridgov.web.admin_words import JOURNALS, VERBS, called
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting

PERIOD = timedelta(days=7)
NAME = 40


@blueprint.get("/admin/journals")
def admin_journals() -> Answer:
    """List what happened and belongs to no case, the newest first."""
    args = request.args
    with visiting() as visit:
        s = visit.serving
        chosen: dict[str, Any] = {
            name: args[name].strip()[:NAME] for name in ("journal", "what") if args.get(name)
        }
        before = args.get("before", "")
        page = int(before) if before.isdecimal() and len(before) < 10 else None
        period: dict[str, Any] = {
            name: local(visit, args.get(name, "")) for name in ("since", "until")
        }
        found = entries(s.session, **chosen, **period, before=page, limit=PAGE)
        logged_in = logins(s.session, (one.account_id for one in found if one.account_id))
        lines = [
            {
                "at": one.at,
                "journal": called(JOURNALS, one.journal),
                "number": one.number,
                "what": called(VERBS, one.what),
                "who": person["name"] if (person := views.person(s.known, one.person_code)) else "",
                "account": logged_in.get(one.account_id or 0),
                "data": json.dumps(one.data, ensure_ascii=False),
            }
            for one in found
        ]
        given = chosen | {name: args.get(name, "") for name in ("since", "until")}
        onto = found[-1].id if len(found) == PAGE else None
        here = "web.admin_journals"
        verbs, journals = _named(VERBS), _named(JOURNALS)
        return shown(
            visit, "admin_journals.html", here,
            lines=lines, given=given, next=onto, verbs=verbs, journals=journals,
        )  # fmt: skip


def _named(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(((code, say(label)) for code, label in words.items()), key=lambda one: one[1])


@blueprint.get("/admin/readings")
def admin_readings() -> Answer:
    """List who has read which contact, and why; the last seven days unless said otherwise."""
    args = request.args
    with visiting() as visit:
        s = visit.serving
        until = local(visit, args.get("until", "")) or s.at
        since = local(visit, args.get("since", "")) or until - PERIOD
        found, number = readings(s.session, since, until, args.get("person", "")[:32] or None)
        lines = [
            one._asdict()
            | {
                "who": person["name"] if (person := views.person(s.known, one.person)) else "",
                "role": say(Role(one.role).label),
                "purpose": say(PURPOSES.get(one.purpose or "", "")),
            }
            for one in found
        ]
        people = sorted((code, one.name) for code, one in s.known.office.people.items())
        given = {name: args.get(name, "") for name in ("since", "until", "person")}
        here = "web.admin_readings"
        return shown(
            visit, "admin_readings.html", here,
            lines=lines, given=given, people=people, number=number,
        )  # fmt: skip


@blueprint.get("/admin/audit")
def admin_audit() -> Answer:
    """Tell how sealing, export and verification stand."""
    with visiting() as visit:
        found = status(visit.serving.session, visit.serving.at)
        return shown(visit, "admin_audit.html", "web.admin_audit", audit=found)
