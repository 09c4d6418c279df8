"""The figures of domain.md from sums: each with what it is counted of, and how. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gridgov.words import N_, Word

FEW = 10  # below so many a rate says little, and is marked
TO_A_UNIT = 5  # evaluations reach a unit only from so many on
Parts = Mapping[str, int]


@dataclass(frozen=True)
class Figure:
    """A rate: `over` of `under`, each a sum of measures; `raw` is the same with what is excused."""

    name: str
    label: Word
    method: Word
    over: Parts
    under: Parts
    raw_over: Parts | None = None
    raw_under: Parts | None = None
    of_evaluations: bool = False


class Value(NamedTuple):
    """A figure's value, none where nothing is counted; and the value with what is excused."""

    value: float | None
    over: int
    under: int
    raw: float | None = None
    raw_over: int | None = None
    raw_under: int | None = None

    @property
    def few(self) -> bool:
        """Tell whether it is counted of few cases."""
        return self.under < FEW


_CLOSED = {"closed": 1, "closed_excused": -1}
_ENDED = {"closed": 1, "ended_otherwise": 1, "late": 1}
_DUE = _ENDED | {"closed_excused": -1, "late_excused": -1}

FIGURES: tuple[Figure, ...] = (
    Figure("filing", N_("Filing rate"),
           N_("Filed cases among those reported in the period; without merged and withdrawn ones."),
           {"reported_filed": 1}, {"reported": 1}),
    Figure("closing", N_("Closing rate"),
           N_("Closed cases by those filed in the period less those open within their limit; "
              "suspended ones count as within. Excused delays are left out and shown beside it."),
           _CLOSED, _DUE, {"closed": 1}, _ENDED),
    Figure("closing_in_time", N_("Closed in time"),
           N_("Cases closed within their limit, in every round, by the same as the closing rate."),
           {"closed_in_time": 1}, _DUE, {"closed_in_time": 1}, _ENDED),
    Figure("handling_in_time", N_("Handled in time"),
           N_("Cases whose handle clocks of the unit that handled last all stopped in time, by "
              "those of which one has ended or is late. A slow check does not count against it."),
           {"handled_in_time": 1}, {"handled": 1, "handled_excused": -1},
           {"handled_in_time": 1}, {"handled": 1}),
    Figure("rework", N_("Rework rate"),
           N_("Cases sent back after a result, by a check or by the reporter, by cases submitted."),
           {"sent_back": 1}, {"submitted": 1}),
    Figure("return", N_("Return rate"),
           N_("Cases whose return by a unit was granted, by cases dispatched."),
           {"returned": 1}, {"dispatched": 1}),
    Figure("own_grid", N_("Settled in the grid"),
           N_("Cases settled on the spot, by cases filed."), {"settled": 1}, {"filed": 1}),
    Figure("contacted", N_("Response rate"),
           N_("Evaluations saying that the unit made contact, by the latest evaluation of each "
              "round; the reporter's own goes before a caller's."),
           {"contacted": 1}, {"evaluations": 1}, of_evaluations=True),
    Figure("solved", N_("Solution rate"),
           N_("Evaluations saying that it was solved, by the latest evaluation of each round."),
           {"solved": 1}, {"evaluations": 1}, of_evaluations=True),
    Figure("satisfied", N_("Satisfaction rate"),
           N_("Satisfied, and fairly satisfied at 0.9, by the latest evaluation of each round; "
              "silence never counts as satisfied."),
           {"satisfied": 1, "fair": 1}, {"evaluations": 1}, of_evaluations=True),
    Figure("reached", N_("Callers getting through"),
           N_("Rounds in which a caller got an answer, by rounds in which one called."),
           {"reached": 1}, {"calls": 1}),
)  # fmt: skip
COUNTED: dict[str, tuple[Word, Parts]] = {
    "reported": (N_("Reported"), {"reported": 1}),
    "filed": (N_("Filed"), {"filed": 1}),
    "closed": (N_("Closed cases"), {"closed": 1}),
    "open": (N_("Still open"), {"filed": 1, "closed": -1, "ended_otherwise": -1}),
    "late": (N_("Late, of those filed"), {"late": 1}),
    "falsified": (N_("Falsified results"), {"falsified": 1}),
    "cards": (N_("Cards"), {"cards": 1}),
    "cards_unanswered": (N_("Cards without an answer"), {"cards_unanswered": 1}),
}
COUNT_METHODS: dict[str, Word] = {
    "reported": N_("Cases reported in the period, without merged and withdrawn ones."),
    "filed": N_("Cases filed, settled or dispatched at once in the period (local midnights), "
                "without merged and withdrawn ones."),
    "closed": N_("Those of the filed cases that are closed or evaluated."),
    "open": N_("Those of the filed cases that are still open, suspended ones among them."),
    "late": N_("Those of the filed cases that are open beyond their limit and not suspended."),
    "falsified": N_("Cases whose sample failed, or that the reporter denied after closing."),
    "cards": N_("Cards given to units in the period, by the date of the card."),
    "cards_unanswered": N_("Cards that had no answer after three working days."),
}  # fmt: skip
OVERDUE = "overdue"
OVERDUE_LABEL = N_("Past its limit now")
OVERDUE_METHOD = N_(
    "Open cases whose limit from report to closing has passed, filed or not, whenever they came; "
    "suspended ones aside. A case that is late in one stage only stands in the queue as late."
)
EVALUATION = N_("Evaluation, all in all")
EVALUATION_METHOD = N_("0.1 × response, 0.5 × solution and 0.4 × satisfaction rate.")
SCORE = N_("Overall score")
SCORE_METHOD = N_(
    "Closed in time × 50 + closing rate × 30 + (1 − rework rate) × 10 + at most 10, less 0.5 for "
    "each card and 1 for each card without an answer after three working days."
)
SCORE_PARTS = {"closing_in_time": 50, "closing": 30, "rework": 10, "cards": 10}
FAIRLY, PER_CARD, PER_SILENCE = 0.9, 0.5, 1.0
OF_EVALUATION = {"contacted": 0.1, "solved": 0.5, "satisfied": 0.4}


def summed(parts: Parts, counts: Mapping[str, int]) -> int:
    """Return a sum of measures."""
    return sum(weight * counts.get(name, 0) for name, weight in parts.items())


def rates(counts: Mapping[str, int]) -> dict[str, Value]:
    """Return all rates."""
    return {figure.name: _rate(figure, counts) for figure in FIGURES}


def told(counts: Mapping[str, int], *, to_a_unit: bool) -> dict[str, float | None]:
    """Return the rates' values; evaluations reach a unit only as totals of five or more."""
    kept = to_a_unit and counts.get("evaluations", 0) < TO_A_UNIT
    values = {name: one.value for name, one in rates(counts).items()}
    own = {figure.name for figure in FIGURES if figure.of_evaluations}
    return {name: None if kept and name in own else value for name, value in values.items()}


def _rate(figure: Figure, counts: Mapping[str, int]) -> Value:
    over, under = summed(figure.over, counts), summed(figure.under, counts)
    weighed: float = over
    if figure.name == "satisfied":
        weighed = counts.get("satisfied", 0) + FAIRLY * counts.get("fair", 0)
    value = weighed / under if under else None
    if figure.raw_over is None or figure.raw_under is None:
        return Value(value, over, under)
    raw_over, raw_under = summed(figure.raw_over, counts), summed(figure.raw_under, counts)
    return Value(
        value, over, under, raw_over / raw_under if raw_under else None, raw_over, raw_under
    )


def evaluation(found: Mapping[str, Value]) -> float | None:
    """Return the three rates as one; none without evaluations."""
    total = 0.0
    for name, weight in OF_EVALUATION.items():
        value = found[name].value
        if value is None:
            return None
        total += weight * value
    return total


def score_parts(found: Mapping[str, Value], counts: Mapping[str, int]) -> dict[str, float | None]:
    """Take the overall score apart: points of each part; none where its rate is none."""
    closing_in_time, closing = found["closing_in_time"].value, found["closing"].value
    rework = found["rework"].value
    silent = counts.get("cards_unanswered", 0)
    cards = 10 - PER_CARD * counts.get("cards", 0) - PER_SILENCE * silent
    return {
        "closing_in_time": None if closing_in_time is None else closing_in_time * 50,
        "closing": None if closing is None else closing * 30,
        "rework": None if rework is None else (1 - rework) * 10,
        "cards": max(0.0, cards),
    }


def score(parts: Mapping[str, float | None]) -> float | None:
    """Return the overall score; none if a part is."""
    known = [value for value in parts.values() if value is not None]
    return sum(known) if len(known) == len(parts) else None
