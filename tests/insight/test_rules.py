"""What one case counts for, and the figures of many, by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.cases.facts import Past
from gridgov.insight.figures import FIGURES, evaluation, rates, score, score_parts
from gridgov.insight.histogram import pack, ranked, unpack
from gridgov.insight.periods import Period, between, named
from gridgov.insight.rules import Measured, measured
from gridgov.ladder.ladder import OWN, parse
from gridgov.worktime.rules import Calendar
from tests.ladder.histories import category, histories

CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
LADDER = parse(OWN.read_text("utf-8"))
# A Tuesday, 10:00 in Ningbo.
START = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS: dict[str, Any] = {"case": ("working_days", 5), "handle": ("working_days", 2)}


def case(*steps: Any, **limits: Any) -> Measured:
    """Measure a case from (hours since the report, step, status, and what else is said)."""
    past, before, round_ = [], None, 1
    for hours, step, to, *more in ((0, "report", "reported"), *steps):
        said: dict[str, Any] = dict(more[0]) if more else {}
        round_ += step == "reopen"
        role, unit = said.pop("role", "dispatcher"), said.pop("unit", "property")
        at = START + hours * HOUR
        past.append(Past(step, round_, at, role, None, unit, before, to, said))
        before = to
    return measured(past, category(**(limits or LIMITS)), LADDER, CALENDAR)


WORKED = ((1, "file", "filed"), (1, "dispatch", "dispatched"), (2, "accept", "handling"))
DONE = (*WORKED, (5, "submit", "checking"), (6, "pass", "closed"))


def test_a_case_closed_in_time() -> None:
    found = case(*DONE)
    counts = found.at(START + 1000 * HOUR)
    assert found.filed_on == date(2026, 3, 3) and found.unit == "property"
    assert (counts["closed"], counts["closed_in_time"], counts["handled_in_time"]) == (1, 1, 1)
    assert counts["late"] == counts["sent_back"] == counts["settled"] == 0
    # 10:00 to 16:00 without the break from 12:00 to 13:30; handled from 12:00 to 15:00.
    assert found.minutes["case"] == 270 and found.minutes["handle"] == 90


def test_an_open_case_is_late_once_its_limit_has_passed() -> None:
    found = case(*WORKED)
    due = found.case_due
    assert due is not None
    assert found.at(due)["late"] == 0 and found.at(due + timedelta(seconds=1))["late"] == 1
    assert found.at(due + HOUR)["handled"] == 1 and found.at(due + HOUR)["handled_in_time"] == 0
    excused = case(*WORKED, (200, "appeal_timeout", "handling"), (201, "excuse", "handling"))
    late = excused.at(START + 1000 * HOUR)
    assert (late["late"], late["late_excused"], late["handled_excused"]) == (1, 1, 1)
    upheld = case(*WORKED, (200, "appeal_timeout", "handling"), (201, "uphold", "handling"))
    assert upheld.at(START + 1000 * HOUR)["late_excused"] == 0


def test_suspended_counts_as_open_within_its_limit() -> None:
    late = case(*WORKED, (300, "suspend", "suspended")).at(START + 1000 * HOUR)
    assert late["late"] == 0 and late["filed"] == 1


@pytest.mark.parametrize("end", ["merged", "withdrawn"])
def test_merged_and_withdrawn_are_in_no_denominator(end: str) -> None:
    found = case((1, "file", "filed"), (2, "merge", end)).at(START + 1000 * HOUR)
    assert not any(found.values())


def test_a_reopened_case_is_on_time_if_every_round_was() -> None:
    late_once = (*WORKED, (300, "submit", "checking"), (301, "pass", "closed"))
    again = [(hours + 320, step, to) for hours, step, to in DONE[1:]]
    found = case(*late_once, (320, "reopen", "filed"), *again).at(START + 1000 * HOUR)
    assert found["closed"] == 1 and found["closed_in_time"] == 0


def test_what_another_unit_did_late_is_not_the_last_ones() -> None:
    found = case(
        (1, "file", "filed"), (1, "dispatch", "dispatched", {"unit": "slow"}),
        (2, "accept", "handling", {"unit": "slow"}), (300, "recall", "filed", {"unit": None}),
        (301, "dispatch", "dispatched", {"unit": "quick"}),
        (302, "accept", "handling", {"unit": "quick"}),
        (303, "submit", "checking", {"unit": "quick"}), (304, "pass", "closed", {"unit": "quick"}),
    )  # fmt: skip
    counts = found.at(START + 1000 * HOUR)
    assert found.unit == "quick"
    assert (counts["handled"], counts["handled_in_time"], counts["closed_in_time"]) == (1, 1, 0)


def test_the_reporters_own_word_goes_before_a_callers() -> None:
    own = {"role": "reporter", "contacted": True, "solved": True, "satisfaction": "satisfied"}
    heard = {"role": "caller", "contacted": False, "solved": False, "satisfaction": "dissatisfied"}
    called = (7, "read_contact", "closed", {"role": "caller"})
    said = ((8, "evaluate", "evaluated", own), (9, "evaluate", "evaluated", heard))
    found = case(*DONE, called, *said).counts
    assert (found["evaluations"], found["solved"], found["satisfied"]) == (1, 1, 1)
    assert (found["calls"], found["reached"]) == (1, 1)


def test_falsified_results_are_counted() -> None:
    failed = case(*DONE, (9, "sample", "closed", {"sampled": "failed"}))
    denied = case(*DONE, (9, "deny", "handling"))
    in_check = case(*DONE[:-1], (6, "deny", "handling"))
    found = [one.counts["falsified"] for one in (failed, denied, in_check, case(*DONE))]
    assert found == [1, 1, 0, 0]


def test_a_card_wants_its_answer_within_three_working_days() -> None:
    given_ = (10, "yellow_card", "handling")
    (silent,) = case(*WORKED, given_).cards
    assert not silent.unanswered(silent.answer_due)
    assert silent.unanswered(silent.answer_due + timedelta(seconds=1))
    (answered,) = case(*WORKED, given_, (11, "answer", "handling")).cards
    assert not answered.unanswered(START + 1000 * HOUR)
    # The answer to an earlier supervision is not that to the card.
    before = (9, "supervise", "handling")
    (other,) = case(*WORKED, before, given_, (11, "answer", "handling")).cards
    assert other.unanswered(START + 1000 * HOUR)


def test_rates_and_the_score_by_hand() -> None:
    counts = {"filed": 10, "closed": 7, "closed_in_time": 6, "closed_excused": 1, "late": 2,
              "late_excused": 1, "submitted": 8, "sent_back": 2, "cards": 2, "cards_unanswered": 1,
              "evaluations": 4, "contacted": 3, "solved": 2, "satisfied": 2, "fair": 1}  # fmt: skip
    found = rates(counts)
    assert found["closing"].value == 6 / 7 and found["closing"].raw == 7 / 9
    assert found["closing_in_time"].value == 6 / 7 and found["closing_in_time"].raw == 6 / 9
    assert found["satisfied"].value == 2.9 / 4 and found["contacted"].few
    assert evaluation(found) == pytest.approx(0.1 * 0.75 + 0.5 * 0.5 + 0.4 * 0.725)
    parts = score_parts(found, counts)
    assert parts["cards"] == 8.0
    assert score(parts) == pytest.approx(6 / 7 * 50 + 6 / 7 * 30 + 7.5 + 8)
    nothing = rates({})
    assert all(one.value is None for one in nothing.values()) and len(nothing) == len(FIGURES)
    assert score(score_parts(nothing, {})) is None and evaluation(nothing) is None


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60), st.integers(0, 59))
def test_ranks_are_nearest_ranks_also_of_what_was_taken_away(values: list[int], out: int) -> None:
    parts = [unpack(pack({"case": values[:30]})), unpack(pack({"case": values[30:]}))]
    joined = [part["case"] for part in parts if "case" in part]
    ordered = sorted(values)
    n = len(values)
    wanted = {"n": n, "median": ordered[-(-n // 2) - 1], "p90": ordered[-(-n * 9 // 10) - 1]}
    assert ranked(joined) == wanted
    more = [*joined, (joined[0][0][:1] * 0 + values[out % n], joined[0][1][:1] * 0 - 1)]
    left = sorted(values)
    left.remove(values[out % n])
    again = ranked([*more])
    assert again["n"] == len(left)
    assert again["median"] == (left[-(-len(left) // 2) - 1] if left else None)


@given(histories())
def test_no_case_counts_for_more_than_its_denominator(past: list[Past]) -> None:
    now = past[-1].at + timedelta(days=30)
    found = measured(past, category(**LIMITS), LADDER, CALENDAR).at(now)
    for figure in FIGURES:
        over = sum(weight * found[name] for name, weight in figure.over.items())
        under = sum(weight * found[name] for name, weight in figure.under.items())
        assert 0 <= over <= under, figure.name
    assert found["filed"] >= found["closed"] + found["ended_otherwise"] + found["late"]


def test_periods_and_what_came_before() -> None:
    march = named("2026-03")
    assert march == between(date(2026, 3, 1), date(2026, 4, 1))
    assert march.before == named("2026-02") and march.year_before == named("2025-03")
    assert named("2026-Q1").before == named("2025-Q4") and named("2024").before == named("2023")
    assert named("2026-W01").before == named("2025-W52")
    assert named("2024-02-29").year_before == named("2023-02-28")
    assert named("2020-W53").year_before == named("2019-W52")
    odd = between(date(2026, 3, 4), date(2026, 3, 14))
    assert odd.before == Period(date(2026, 2, 22), date(2026, 3, 4))
    assert odd.year_before == Period(date(2025, 3, 4), date(2025, 3, 14))
