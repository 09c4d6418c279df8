"""`gridgov calendar`: import a year's days off and make-up days, show a year, ask what lacks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.cli.refusals import refusals
from gridgov.database import db, transaction
from gridgov.escalation.put_in_force import put_year
from gridgov.language import sentence
from gridgov.park.index import maps
from gridgov.people.noted import OPERATOR
from gridgov.worktime.calendar import FIRST_YEAR, LAST_YEAR, Calendar
from gridgov.worktime.import_year import Imported
from gridgov.worktime.keeping import keeping
from gridgov.worktime.problems import DaysWrong, FileOfDaysUnreadable
from gridgov.worktime.read import MAX_BYTES, read
from gridgov.worktime.rows import Loaded, calendars
from gridgov.worktime.rules import missing_years
from gridgov.worktime.show import Span, YearShown, shown

YEAR = click.IntRange(FIRST_YEAR, LAST_YEAR)
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
CALENDAR = click.option("--calendar", "code", help="Code of config/calendar.toml; e.g. cn.")


@click.group("calendar")
def calendar() -> None:
    """Working days: what is known of each year."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@CALENDAR
@AS_JSON
@with_appcontext
def import_command(file: Path, code: str | None, as_json: bool) -> None:
    """Take a year from FILE, whole, in place of what was known of it.

    FILE is a table (CSV) with the columns date, working and name, or JSON with a year and its
    days. A file in which anything is wrong is refused whole.
    """
    now, settings = datetime.now(UTC), installation().settings
    try:
        with refusals():
            kept = keeping()
            chosen = kept.chosen(code, settings.time_zone)
            published = read(_bytes(file), kept)
            made, moved = put_year(db.engine, settings, chosen, published, file.name, OPERATOR, now)
            with transaction(write=False) as session:
                loaded = calendars(session).made(chosen, _zone(), kept.office)
    except click.ClickException as error:
        if isinstance(error.__cause__, DaysWrong):
            _print_problems(error.__cause__, file.name, as_json)
        raise
    _print_import(made, shown(loaded, made.year, {}).working_days, moved, as_json)


@calendar.command("show")
@click.argument("year", type=YEAR, required=False)
@CALENDAR
@AS_JSON
@with_appcontext
def show_command(year: int | None, code: str | None, as_json: bool) -> None:
    """Show the working days of YEAR by month, its holidays and make-up days; default: this year."""
    zone = _zone()
    year = year or datetime.now(zone).year
    with refusals(), transaction(write=False) as session:
        found = calendars(session)
        chosen = found.keeping.chosen(code, zone.key)
        kept = found.made(chosen, zone, found.keeping.office)
        known = found.days.get(chosen)
        said = shown(kept, year, known.days if known else {})
        loaded = known.years.get(year) if known else None
    if as_json:
        _print_json({"calendar": chosen, **_as_json(said, loaded)})
    else:
        _print_year(chosen, said, loaded)


@calendar.command("check")
@AS_JSON
@with_appcontext
def check_command(as_json: bool) -> None:
    """Name the years that ought to be loaded by now; exit 1 if there are any.

    China publishes the next year's days in November: from then on they are asked for.
    """
    now = datetime.now(UTC)
    with refusals(), transaction(write=False) as session:
        found, zone = calendars(session), _zone()
        places: list[tuple[str | None, ZoneInfo]] = [(None, zone)]
        places += [(park.code, park.zone) for park in maps(session).parks.values()]
        kept: dict[str, Calendar] = {}
        for park, here in places:
            code = found.keeping.of(park, here.key).calendar
            if code:
                kept.setdefault(code, found.of(park, here))
    missing = {code: years for code, one in kept.items() if (years := missing_years(one, now))}
    if as_json:
        _print_json({"missing": missing})
    for code, years in () if as_json else missing.items():
        for year in years:
            click.echo(f"{code}: {year} is not loaded; deadlines in it are provisional")
    if not missing and not as_json:
        click.echo("all years are loaded")
    raise SystemExit(1 if missing else 0)


def _zone() -> ZoneInfo:
    return installation().settings.zone


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise DaysWrong([FileOfDaysUnreadable(reason=error.strerror)]) from error


def _print_problems(wrong: DaysWrong, name: str, as_json: bool) -> None:
    if as_json:
        problems = [
            {"file": name, "line": one.line, "message": sentence(one)} for one in wrong.problems
        ]
        _print_json({"problems": problems, "count": wrong.values["count"]})
        return
    for one in wrong.problems:
        place = name if one.line is None else f"{name}:{one.line}"
        click.echo(f"{place}: {sentence(one)}", err=True)


def _print_import(made: Imported, working_days: int, moved: int, as_json: bool) -> None:
    if as_json:
        _print_json(
            {
                "calendar": made.calendar,
                "year": made.year,
                "unchanged": made.unchanged,
                "days": made.days,
                "changed": [day.isoformat() for day in made.changed],
                "working_days": working_days,
                "cases": moved,
            }
        )
        return
    what = "unchanged" if made.unchanged else f"{len(made.changed)} days changed"
    click.echo(f"{made.calendar} {made.year}: {what}; {working_days} working days")
    if moved:
        click.echo(f"{moved} open cases computed again")


def _as_json(said: YearShown, loaded: Loaded | None) -> dict[str, Any]:
    return {
        "year": said.year,
        "loaded": said.loaded,
        "provisional": not said.loaded,
        "source": loaded.source if loaded else None,
        "loaded_at": loaded.at.isoformat() if loaded and loaded.at else None,
        "working_days": said.working_days,
        "months": list(said.months),
        "holidays": [_span(span) for span in said.holidays],
        "make_up": [{"date": one.first.isoformat(), "name": one.name} for one in said.make_up],
    }


def _span(span: Span) -> dict[str, str]:
    return {"first": span.first.isoformat(), "last": span.last.isoformat(), "name": span.name}


def _print_year(code: str, said: YearShown, loaded: Loaded | None) -> None:
    state = f"loaded ({loaded.source})" if loaded else "not loaded: provisional, Monday to Friday"
    click.echo(f"{code} {said.year}: {state}; {said.working_days} working days")
    click.echo("  ".join(f"{name} {days}" for name, days in zip(MONTHS, said.months, strict=True)))
    for title, spans in (("off", said.holidays), ("make-up", said.make_up)):
        for first, last, name in spans:
            days = f"{first} {WEEKDAYS[first.weekday()]}"
            if last != first:
                days += f" - {last} {WEEKDAYS[last.weekday()]}"
            click.echo(f"{title:<8}{days:<32}{name}".rstrip())


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
