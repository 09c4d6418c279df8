"""`gridgov duty`: who holds which duty, begin and end them, and what is handed over."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext

from gridgov.cases.hand_over import end_duty, hand_over_list
from gridgov.cases.workflow import STATUS_LABELS, Status
from gridgov.cli.refusals import refusals
from gridgov.faces.serve import Serving, opened
from gridgov.language import say
from gridgov.people.duties import Asked, grant, listed, standing
from gridgov.people.tables import Duty

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_instant = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


@click.group("duty")
def duty() -> None:
    """Duties: who holds which role where, from when to when."""


@duty.command("list")
@click.option("--person")
@click.option("--role")
@click.option("--place")
@click.option("--past", is_flag=True, help="Those that are over, too.")
@_json
@with_appcontext
def list_command(
    person: str | None, role: str | None, place: str | None, past: bool, as_json: bool
) -> None:
    """List duties."""
    with opened(write=False) as s:
        chosen: dict[str, Any] = {"person": person, "role": role, "place": place, "past": past}
        found: list[Duty] = []
        while page := listed(s.session, s.at, after=found[-1].id if found else 0, **chosen):
            found += page
        shown = [_line(s, one) for one in found]
    if as_json:
        click.echo(json.dumps({"duties": shown}, ensure_ascii=False))
        return
    for one in shown:
        until = one["ends"] or "…"
        mark = " (B)" if one["deputy"] else ""
        where = f"{one['role']} {one['place']}"
        click.echo(f"{one['id']:>6}  {where}{mark}  {one['person']}  {one['begins']} – {until}")


@duty.command("begin")
@click.argument("person")
@click.argument("role")
@click.argument("place", default="")
@click.option("--deputy", is_flag=True, help="As the deputy of who holds it.")
@click.option("--from", "begins", type=_instant, help="Local time; default: now.")
@click.option("--until", type=_instant, help="Local time; default: until it is ended.")
@with_appcontext
def begin_command(
    person: str,
    role: str,
    place: str,
    deputy: bool,
    begins: datetime | None,
    until: datetime | None,
) -> None:
    """Give PERSON the ROLE at PLACE: the code of a grid, unit or area; none for administrators."""
    with refusals(), opened() as s:
        zone = s.known.settings.zone
        local = [moment.replace(tzinfo=zone) if moment else None for moment in (begins, until)]
        asked = Asked(person, role, place, deputy, *local)
        made = grant(s.session, asked, None, s.at, s.known.settings.keys)
        click.echo(made.id)


@duty.command("end")
@click.argument("person")
@click.argument("role")
@click.argument("place", default="")
@_json
@with_appcontext
def end_command(person: str, role: str, place: str, as_json: bool) -> None:
    """End the duty of PERSON as ROLE at PLACE now; print what is handed over to whom (交接班)."""
    with refusals(), opened() as s:
        held = standing(s.session, person, role, place, s.at)
        end_duty(s.session, held.id, None, s.at, s.known)
        _print(s, held.id, as_json)


@duty.command("hand-over")
@click.argument("key", type=int)
@_json
@with_appcontext
def hand_over_command(key: int, as_json: bool) -> None:
    """Print what was handed over when the duty KEY ended; `gridgov duty list --past` tells it."""
    with refusals(), opened(write=False) as s:
        _print(s, key, as_json)


def _print(s: Serving, key: int, as_json: bool) -> None:
    after, shown = 0, list[dict[str, Any]]()
    while True:
        held, count, items = hand_over_list(s.session, key, None, s.at, s.known, after=after)
        if not items:
            break
        after = items[-1].case.id
        shown += [{"number": i.case.number, "status": i.case.status, "to": i.to} for i in items]
    if as_json:
        view = {"duty": _line(s, held), "count": count, "cases": shown}
        click.echo(json.dumps(view, ensure_ascii=False))
        return
    click.echo(f"{held.person_code}  {held.role} {held.place}  {count}")
    for one in shown:
        status = say(STATUS_LABELS[Status(one["status"])])
        click.echo(f"  {one['number']}  {status}  → {', '.join(one['to']) or '—'}")


def _line(s: Serving, held: Duty) -> dict[str, Any]:
    zone = s.known.settings.zone
    return {
        "id": held.id,
        "person": held.person_code,
        "role": held.role,
        "place": held.place,
        "deputy": held.deputy,
        "begins": held.begins.astimezone(zone).isoformat(timespec="minutes"),
        "ends": held.ends.astimezone(zone).isoformat(timespec="minutes") if held.ends else None,
    }
