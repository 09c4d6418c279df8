"""Figures as they are shown, by pages and programs alike: values, 统计口径, and what is behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gridgov.faces import views
from gridgov.faces.serve import Serving
from gridgov.insight.ask import Answer, ask_spans
from gridgov.insight.behind import NUMBERS
from gridgov.insight.figures import (
    COUNT_METHODS,
    COUNTED,
    EVALUATION,
    EVALUATION_METHOD,
    FIGURES,
    SCORE,
    SCORE_METHOD,
    SCORE_PARTS,
    TO_A_UNIT,
    Figure,
    Value,
    evaluation,
    rates,
    score,
    score_parts,
    summed,
)
from gridgov.insight.measures import CLOCK_LABELS
from gridgov.insight.periods import Period, between, month_of, named
from gridgov.insight.reach import Asked, Reach, reach
from gridgov.insight.standing import at_once
from gridgov.insight.totals import Totals
from gridgov.language import say
from gridgov.people.roles import Role

COMPARED = ("before", "year_before")


class Question(NamedTuple):
    """What the address asks for: a period, an instant to judge at, and filters."""

    period: Period
    asked: Asked
    as_of: datetime | None

    @property
    def query(self) -> dict[str, str]:
        """The same as parameters of an address."""
        given = {name: getattr(self.asked, name) for name in ("grid", "unit", "category",
                                                              "channel", "cell")}  # fmt: skip
        days = {"from": self.period.start.isoformat(), "to": self.period.end.isoformat()}
        at = {"as_of": self.as_of.isoformat()} if self.as_of else {}
        return days | at | {name: value for name, value in given.items() if value}


def question(s: Serving, args: Mapping[str, Any]) -> Question:
    """Read what is asked for; without a period, this month. Raises PeriodWrong."""
    as_of = args.get("as_of")
    as_of = None if as_of is None or as_of >= s.at else as_of
    start, end = args.get("start"), args.get("end")
    if args.get("period"):
        period = named(args["period"])
    elif start and end:
        period = between(start, end)
    else:
        day = (as_of or s.at).astimezone(s.known.settings.zone).date()
        period = month_of(start or day)
    filters = {name: args.get(name) for name in ("grid", "unit", "category", "channel", "cell")}
    return Question(period, Asked(period.start, period.end, **filters), as_of)


def shown(
    s: Serving, asked: Question, compare: bool, by: str | None = None, *, minutes: bool = True
) -> dict[str, Any]:
    """Return the figures of a period, with those before it and a year before where wanted.

    Without `minutes` it holds no times, which are most of the work.
    """
    return at_once(
        s.session, s.actor, s.known, s.at,
        lambda _: _shown(s, asked, compare=compare, by=by, minutes=minutes),
    )  # fmt: skip


def _shown(
    s: Serving, asked: Question, *, compare: bool, by: str | None, minutes: bool
) -> dict[str, Any]:
    within = reach(s.actor, s.known.office)
    compared = [asked.period.before, asked.period.year_before] if compare else []
    found, *past = ask_of(s, asked, [asked.period, *compared], minutes=minutes)
    made = _head(s, asked, within, found.source) | _figures(found.total, within, asked)
    for name, span, answer in zip(COMPARED, compared, past, strict=False):
        made[name] = _compared(within, span, answer)
    if by:
        made["by"] = _broken_down(s, asked, within, by)
    return made


def ask_of(
    s: Serving,
    asked: Question,
    periods: Sequence[Period],
    by: tuple[str, ...] = (),
    *,
    minutes: bool = False,
) -> list[Answer]:
    """Return the sums of some periods, by what is named."""
    return ask_spans(
        s.session, asked.asked, [(one.start, one.end) for one in periods],
        reach(s.actor, s.known.office), s.actor, s.known, s.at,
        as_of=asked.as_of, by=by, minutes=minutes,
    )  # fmt: skip


def _head(s: Serving, asked: Question, within: Reach, source: str) -> dict[str, Any]:
    return {
        "period": _period(asked.period),
        "as_of": asked.as_of or s.at,
        "filters": {k: v for k, v in asked.query.items() if k not in ("from", "to", "as_of")},
        "scope": {
            "role": within.role.value if within.role else None,
            "areas": [area for area in within.areas if area],
            "grids": sorted(within.grids or ()),
            "units": sorted(within.units or ()),
        },
        "source": source,
        "query": urlencode(asked.query),
    }


def _period(span: Period) -> dict[str, str]:
    return {"from": span.start.isoformat(), "to": span.end.isoformat(), "unit": span.unit}


def _figures(totals: Totals, within: Reach, asked: Question | None) -> dict[str, Any]:
    counts = totals.counts
    found = rates(counts)
    head = within.role is Role.HEAD and 0 < counts.get("evaluations", 0) < TO_A_UNIT
    parts = score_parts(found, counts)
    return {
        "counts": [
            {
                "name": name,
                "label": say(label),
                "value": summed(measures, counts),
                "method": say(COUNT_METHODS[name]),
                "cases": _behind(name, asked, within),
            }
            for name, (label, measures) in COUNTED.items()
        ],
        "rates": [
            _rate(figure, found[figure.name], asked, within, hidden=head and figure.of_evaluations)
            for figure in FIGURES
        ],
        "evaluation": {
            "label": say(EVALUATION),
            "value": None if head else evaluation(found),
            "method": say(EVALUATION_METHOD),
        },
        "score": {
            "label": say(SCORE),
            "value": score(parts),
            "of": 100,
            "parts": [
                {"name": name, "points": parts[name], "of": most}
                for name, most in SCORE_PARTS.items()
            ],
            "method": say(SCORE_METHOD),
        },
        "clocks": [
            {"clock": name, "label": say(CLOCK_LABELS[name])} | one
            for name, one in totals.clocks().items()
        ],
    }


def _rate(
    figure: Figure, found: Value, asked: Question | None, within: Reach, *, hidden: bool
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": figure.name,
        "label": say(figure.label),
        "value": None if hidden else found.value,
        "over": None if hidden else found.over,
        "under": None if hidden else found.under,
        "few": found.few,
        "hidden": hidden,
        "method": say(figure.method),
        "cases": {
            part: _behind(f"{figure.name}.{part}", asked, within, of_evaluations=figure)
            for part in ("over", "under")
        },
    }
    if figure.raw_over is not None:
        made |= {"raw": found.raw, "raw_over": found.raw_over, "raw_under": found.raw_under}
        made["cases"] |= {
            part: _behind(f"{figure.name}.{part}", asked, within)
            for part in ("raw_over", "raw_under")
        }
    return made


def _behind(
    number: str, asked: Question | None, within: Reach, *, of_evaluations: Figure | None = None
) -> str | None:
    """Return the query of `GET /figures/cases` that lists what is behind a number."""
    kept = of_evaluations is not None and of_evaluations.of_evaluations
    if asked is None or (number not in NUMBERS) or (kept and within.role is Role.HEAD):
        return None
    return urlencode({"number": number} | asked.query)


def _compared(within: Reach, span: Period, answer: Answer) -> dict[str, Any]:
    made = _figures(answer.total, within, None)
    return {
        "period": _period(span),
        "counts": {one["name"]: one["value"] for one in made["counts"]},
        "rates": {one["name"]: one["value"] for one in made["rates"]},
        "evaluation": made["evaluation"]["value"],
        "score": made["score"]["value"],
        "clocks": {one["clock"]: one["median"] for one in made["clocks"]},
    }


def _broken_down(s: Serving, asked: Question, within: Reach, by: str) -> list[dict[str, Any]]:
    """Return the figures of each grid, unit, category or channel, in the order of their codes."""
    spans = [asked.period, asked.period.before]
    found, before = (one.by for one in ask_of(s, asked, spans, (by,)))
    rows = []
    for (value,), totals in sorted(found.items()):
        own = asked._replace(asked=replace(asked.asked, **{by: value}))
        past = _figures(before.get((value,), Totals()), within, None)
        made = _figures(totals, within, own)
        rows.append(
            {
                "code": value,
                "name": name_of(s, by, value),
                "counts": {one["name"]: one["value"] for one in made["counts"]},
                "rates": {one["name"]: one["value"] for one in made["rates"]},
                "few": {one["name"]: one["few"] for one in made["rates"]},
                "score": made["score"],
                "before": {
                    "rates": {one["name"]: one["value"] for one in past["rates"]},
                    "score": past["score"]["value"],
                    "filed": before[value,].counts["filed"] if (value,) in before else 0,
                },
                "query": urlencode(own.query),
            }
        )
    return rows


def name_of(s: Serving, dimension: str, code: str) -> str:
    """Return what a grid, unit or category is called."""
    view = {"grid": views.grid, "unit": views.unit, "category": views.category}.get(dimension)
    found = view(s.known, code) if view else None
    return found["name"] if found else code
