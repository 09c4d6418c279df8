"""Deadlines in working time: how many a minute on one core."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from time import process_time

from gridgov.worktime.rules import Kind, Limit, due
from gridgov.worktime.seed import chinese
from tests.bench.figures import Figure, alternate, medians, ratio
from tests.bench.ground import Ground

DEADLINES, ROUNDS = 100_000, 5
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SECONDS = 3 * 365 * 86_400  # of the years whose holidays are known


def run(ground: Ground) -> list[Figure]:
    """Measure: starts at any second of three years, limits of every kind."""
    calendar, draw = chinese(), random.Random(5)
    asked = [
        (
            FIRST + timedelta(seconds=draw.randrange(SECONDS)),
            Limit(draw.choice(list(Kind)), draw.randint(1, 20)),
        )
        for _ in range(DEADLINES)
    ]
    assert due(*asked[0], calendar).at > asked[0][0]

    def ours() -> float:
        began = process_time()
        for start, limit in asked:
            due(start, limit, calendar)
        return DEADLINES / (process_time() - began) * 60

    def floor() -> float:
        began = process_time()
        for start, limit in asked:
            start + timedelta(hours=int(limit.amount))
        return DEADLINES / (process_time() - began) * 60

    rounds = alternate(ROUNDS, ours, floor, name="deadlines: a minute")
    mine, bare = medians(rounds)
    return [
        Figure(
            "deadlines in working time, one core",
            f"{mine / 1e6:.1f} M/min",
            f"bare `datetime + timedelta`: {bare / 1e6:.0f} M/min",
            f"{ratio(rounds):.2f}",
            "≥ 1 M/min",
        )
    ]
