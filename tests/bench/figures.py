"""A figure with what it is held against, and the table that is printed of them."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

HEADS = ("what", "GridGov", "floor or peer", "ratio", "wanted")


@dataclass(frozen=True)
class Figure:
    """One line of the table, in words."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    wanted: str = ""


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    rows = [HEADS, ("---", "---:", "---:", "---:", "---:")]
    rows += [(one.what, one.ours, one.peer, one.ratio, one.wanted) for one in figures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def alternate(
    rounds: int, *measures: Callable[[], float], name: str = ""
) -> list[tuple[float, ...]]:
    """Measure one after the other, and again: what disturbs the machine disturbs all alike."""
    found = []
    for number in range(rounds):
        found.append(tuple(measure() for measure in measures))
        seen = " against ".join(f"{value:,.4g}" for value in found[-1])
        say(f"{name}: round {number + 1} of {rounds}: {seen}")
    return found


def medians(rounds: list[tuple[float, ...]]) -> tuple[float, ...]:
    """Return the median of each measure."""
    return tuple(statistics.median(values) for values in zip(*rounds, strict=True))


def ratio(rounds: list[tuple[float, ...]]) -> float:
    """Return the median of the rounds' own ratios, the first measure by the second."""
    return statistics.median(one / two for one, two, *_ in rounds)


def say(text: str) -> None:
    """Tell whoever waits what is going on."""
    print(text, file=sys.stderr, flush=True)
