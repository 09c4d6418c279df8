"""`gridgov figures`: show them, make the roll-ups anew, hold them against a full computation."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import with_appcontext

from gridgov.app import installation
from gridgov.database import db
from gridgov.faces.serve import opened
from gridgov.insight.ask import ask
from gridgov.insight.figures import COUNTED, FIGURES, SCORE, rates, score, score_parts, summed
from gridgov.insight.keep import keep
from gridgov.insight.keep import rebuild as make_anew
from gridgov.insight.measures import CLOCK_LABELS
from gridgov.insight.periods import month_of, named
from gridgov.insight.reach import EVERYWHERE, Asked
from gridgov.insight.verify import verify as differences
from gridgov.language import say
from gridgov.people.actors import CLOCK

WRONG = 1


@click.group("figures")
def figures() -> None:
    """Figures of a period, and the roll-ups they come from."""


@figures.command("show")
@click.argument("period", required=False)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="Judge as of then.")
@click.option("--grid")
@click.option("--unit")
@click.option("--category")
@click.option("--channel")
@with_appcontext
def show(period: str | None, as_of: Any, **filters: str | None) -> None:
    """Show the figures of a PERIOD (2026, 2026-Q4, 2026-11, 2026-W47, 2026-11-22) or this month."""
    with opened(write=False) as s:
        today = s.at.astimezone(s.known.settings.zone).date()
        span = named(period) if period else month_of(today)
        asked = Asked(span.start, span.end, **filters)
        found = ask(s.session, asked, EVERYWHERE, CLOCK, s.known, s.at, as_of=as_of)
        totals = found.total
    counts, values = totals.counts, rates(totals.counts)
    for label, parts in COUNTED.values():
        click.echo(f"{say(label)}\t{summed(parts, counts)}")
    for figure in FIGURES:
        one = values[figure.name]
        click.echo(f"{say(figure.label)}\t{_percent(one.value)}\t{one.over}/{one.under}")
    whole = score(score_parts(values, counts))
    click.echo(f"{say(SCORE)}\t{'–' if whole is None else f'{whole:.1f}'}")
    for name, clock in totals.clocks().items():
        if clock["n"]:
            minutes = f"{clock['median']} / {clock['p90']} min"
            click.echo(f"{say(CLOCK_LABELS[name])}\t{minutes}\t{clock['n']}")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


@figures.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Make all roll-ups anew from cases and events."""
    done = make_anew(db.engine, installation().settings)
    click.echo(f"{done.cases} cases, {done.days} days")


@figures.command("verify")
@with_appcontext
def verify() -> None:
    """Judge every case again and compare with the roll-ups; exit 1 if they differ."""
    keep(db.engine, installation().settings)
    wrong = 0
    with opened(write=False) as s:
        for line in differences(s.session, s.known):
            wrong += 1
            click.echo(line, err=True)
    if wrong:
        raise SystemExit(WRONG)
    click.echo("ok")
