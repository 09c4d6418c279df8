"""`gridgov case`: report a case, take a step, show one; the same verbs as over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import with_appcontext
from marshmallow import ValidationError

from geo.datum import CoordType
from gridgov.api.schemas import CaseIn, CaseOut, ReportedOut, StepIn, TimelineOut
from gridgov.cases import numbers
from gridgov.cases.act import act, find
from gridgov.cases.fields import FIELDS, URGENCIES, Kind
from gridgov.cases.report import report
from gridgov.cases.tables import Case
from gridgov.cli.refusals import NO_PAIR, refusals
from gridgov.errors import NotFound, NotSignedIn
from gridgov.faces import views
from gridgov.faces.case import case_view, events_of, noted, reported_view
from gridgov.faces.problems import flat
from gridgov.faces.serve import Serving, opened
from gridgov.faces.wishes import wish
from gridgov.language import say
from gridgov.people.accounts import acting
from gridgov.people.actors import ANYONE, Actor, by_code

TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_as_login = click.option("--as", "login", metavar="LOGIN", help="Act as this account's person.")
_code = click.option("--code", help="Act as the reporter, by the case's code.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("case")
def case_group() -> None:
    """Report cases, take their steps, show them."""


@case_group.command("report")
@click.option("--description")
@click.option("--category", help="Code of five digits.")
@click.option("--urgency", type=click.Choice(list(URGENCIES)))
@click.option("--lon", type=float, help="Degrees of --coord-type.")
@click.option("--lat", type=float, help="Degrees of --coord-type.")
@click.option("--coord-type", type=click.Choice([str(kind) for kind in CoordType]))
@click.option("--address")
@click.option("--channel", help="Default: web.")
@click.option("--external-ref", help="Its number in the system that it comes from.")
@click.option("--anonymous", is_flag=True, default=None)
@click.option("--confidential/--open", default=None, help="Default: as the category has it.")
@click.option("--name", help="Who reports.")
@click.option("--phone", help="Of who reports.")
@click.option("--email", help="Of who reports.")
@click.option("--notices", type=click.Choice(["sms"]), help="How who reports is told.")
@_as_login
@_json
@with_appcontext
def report_command(login: str | None, as_json: bool, **given: Any) -> None:
    """Report a case and print its number and code."""
    with _refused(), opened() as s:
        body = CaseIn().load(_body(given))
        actor = acting(s.session, login, s.at) if login else ANYONE
        taken = report(s.session, noted(body["draft"]), actor, s.at, s.known)
        view = ReportedOut().dump(reported_view(s, taken, body["draft"]))
    if as_json:
        _print(view)
        return
    click.echo(f"{view['number']}  {view['query_code']}")
    click.echo(f"{view['status_name']}. {view['routing']}")
    click.echo(view["notice"]["text"], err=True)


def _body(given: dict[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in given.items() if value is not None}
    for whole, parts in (
        ("location", ("lon", "lat", "coord_type", "address")),
        ("reporter", ("name", "phone", "email", "notices")),
    ):
        if found := {name: said.pop(name) for name in parts if name in said}:
            said[whole] = found
    return said


@case_group.command("step")
@click.argument("number")
@click.argument("step")
@click.option("--field", "pairs", multiple=True, metavar="NAME=VALUE", help="May be repeated.")
@click.option("--version", type=int, help="Refuse if the case has moved on from this version.")
@_as_login
@_code
@_json
@with_appcontext
def step_command(
    number: str,
    step: str,
    pairs: tuple[str, ...],
    version: int | None,
    login: str | None,
    code: str | None,
    as_json: bool,
) -> None:
    """Take a STEP of case NUMBER. Yes and no are yes and no; a place is LON,LAT[,COORD_TYPE]."""
    given: dict[str, Any] = dict(_pair(pair) for pair in pairs)
    given |= {"step": step} | ({} if version is None else {"version": version})
    with _refused(), opened() as s:
        loaded = wish(StepIn().load(given))
        actor = _actor(s, login, number, code)
        taken = act(s.session, number, [loaded], actor, s.at, s.known)
        view = _view(s, number, actor) if actor.number else _dumped(s, taken, actor)
    _print(view) if as_json else _tell(view)


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(say(NO_PAIR, {"given": repr(text)}), param_hint="--field")
    field = FIELDS.get(name)
    if field and field.kind is Kind.COUNT and value.isascii() and value.isdecimal():
        return name, int(value[:10])
    if field and field.kind is Kind.FLAG:
        return name, TRUTH.get(value.lower(), value)
    if field and field.kind is Kind.LOCATION:
        parts = dict(zip(("lon", "lat", "coord_type"), value.split(","), strict=False))
        return name, parts
    return name, value


@case_group.command("show")
@click.argument("number")
@_as_login
@_code
@_json
@with_appcontext
def show_command(number: str, login: str | None, code: str | None, as_json: bool) -> None:
    """Show case NUMBER with its timeline, as far as whoever asks may see it."""
    with _refused(), opened(write=False) as s:
        actor = _actor(s, login, number, code)
        view = _view(s, number, actor)
        case = find(s.session, number, actor, s.at, s.known)
        past = views.timeline(s.known, views.bare(s, case, actor), events_of(s.session, case))
        view |= TimelineOut().dump({"events": past})
    if as_json:
        _print(view)
        return
    _tell(view)
    for event in view["events"]:
        said = "; ".join(str(text) for text in event["text"].values())
        click.echo(f"  {event['at'][:19]}  {event['step_name']} ({event['role_name']})  {said}")


def _actor(s: Serving, login: str | None, number: str, code: str | None) -> Actor:
    if code:
        if not s.known.settings.keys.opens(numbers.read(number), code):
            raise NotFound(field="number")
        return by_code(numbers.read(number))
    if login is None:
        raise NotSignedIn
    return acting(s.session, login, s.at)


def _view(s: Serving, number: str, actor: Actor) -> dict[str, Any]:
    return _dumped(s, find(s.session, number, actor, s.at, s.known), actor)


def _dumped(s: Serving, case: Case, actor: Actor) -> dict[str, Any]:
    return dict(CaseOut().dump(case_view(s, case, actor)))


def _tell(view: dict[str, Any]) -> None:
    click.echo(f"{view['number']}  {view['status_name']}  (version {view['version']})")
    for name in ("category", "grid", "unit"):
        if found := view.get(name):
            click.echo(f"  {name}: {found['code']} {found['name']}")
    for name in ("address", "text", "result"):
        if view.get(name):
            click.echo(f"  {name}: {view[name]}")
    click.echo("  " + ", ".join(step["name"] for step in view["steps"]))


def _print(found: dict[str, Any]) -> None:
    click.echo(json.dumps(found, ensure_ascii=False))


@contextmanager
def _refused() -> Iterator[None]:
    """Print the sentence of a refusal, or one for each field that is wrong; exit code 1."""
    with refusals():
        try:
            yield
        except ValidationError as error:
            wrong = flat(error.messages)
            text = "\n".join(f"{one['field']}: {one['message']}" for one in wrong)
            raise click.ClickException(text) from error
