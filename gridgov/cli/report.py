"""`gridgov report`: the weekly or monthly report as a file, as somebody's duty lets them see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import force_locale

from gridgov.faces import asking, meeting
from gridgov.faces import figures as faces
from gridgov.faces.serve import Serving, opened
from gridgov.insight.periods import Period, month_of, named
from gridgov.insight.report_pdf import pdf
from gridgov.insight.report_xlsx import workbook
from gridgov.people.accounts import acting

FORMS = {"pdf": pdf, "xlsx": workbook}


@click.command("report")
@click.argument("span", type=click.Choice(["week", "month"]))
@click.argument("period", required=False)
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="pdf", show_default=True)
@click.option("--as", "login", metavar="LOGIN", required=True, help="Whose figures.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="Judge as of then.")
@click.option("--language", help="zh or en; else the office's first.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write."
)
@with_appcontext
def report(
    span: str,
    period: str | None,
    form: str,
    login: str,
    as_of: datetime | None,
    language: str | None,
    output: Path | None,
) -> None:
    """Write the report of last week or month, or of PERIOD (2026-W47, 2026-11)."""
    with opened(write=False) as s:
        own = replace(s, actor=acting(s.session, login, s.at))
        chosen = named(period) if period else _last(own, span)
        given = {"start": chosen.start, "end": chosen.end, "as_of": as_of}
        question = faces.question(own, given)
        with force_locale(language or s.known.settings.languages[0]):
            one = asking.Asking(own, question)
            made = FORMS[form](meeting.paper(own, question, meeting.report(one)))
    file = output or Path(f"gridgov-{chosen.start}-{chosen.end}.{form}")
    file.write_bytes(made)
    click.echo(str(file))


def _last(s: Serving, span: str) -> Period:
    today = s.at.astimezone(s.known.settings.zone).date()
    if span == "month":
        return month_of(today).before
    monday = today - timedelta(days=today.weekday())
    return Period(monday - timedelta(days=7), monday, "week")
