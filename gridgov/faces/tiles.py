"""One figure in large digits: what it is, what it was, how it is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gridgov.faces.asking import Asking, behind
from gridgov.faces.figures import COMPARED
from gridgov.insight.paper import Cell, Kind
from gridgov.language import say
from gridgov.words import N_


class Past(NamedTuple):
    """What a figure was, and how it has changed since: in percent, points of percent or points."""

    label: str
    was: Cell
    change: str


class Tile(NamedTuple):
    """One figure in large digits, with what was before and how it is counted."""

    label: str
    now: Cell
    past: list[Past]
    method: str
    note: str


def tile(one: Asking, name: str) -> Tile:
    """Return a count, rate, evaluation or score as a tile."""
    for kind, group, key in ((Kind.COUNT, "counts", "cases"), (Kind.RATE, "rates", "cases")):
        for found in one.found[group]:
            if found["name"] == name:
                whole = kind is Kind.COUNT
                link = found[key] if whole else found[key]["under"]
                was = {span: one.found[span][group][name] for span in COMPARED}
                parts = not whole and found["under"] is not None
                note = f"{found['over']} / {found['under']}" if parts else ""
                now = Cell(found["value"], kind, behind(link), bool(found.get("few")))
                return Tile(found["label"], now, _past(one, now, was), found["method"], note)
    found = one.found[name]
    now = Cell(_hundred(found["value"], name), Kind.POINTS)
    was = {span: _hundred(one.found[span][name], name) for span in COMPARED}
    return Tile(found["label"], now, _past(one, now, was), found["method"], "")


def _past(one: Asking, now: Cell, values: Mapping[str, Any]) -> list[Past]:
    labels = (N_("On the period before"), N_("On the year before"))
    return [
        Past(say(label), was := Cell(values[span], now.kind), _change(now, was))
        for span, label in zip(COMPARED, labels, strict=True)
    ]


def _change(now: Cell, was: Cell) -> str:
    if now.value is None or was.value is None:
        return "–"
    if now.kind is Kind.COUNT:
        return f"{(now.value - was.value) / was.value:+.1%}" if was.value else "–"
    scale = 100 if now.kind is Kind.RATE else 1
    return say(N_("%(change)s points"), {"change": f"{(now.value - was.value) * scale:+.1f}"})


def _hundred(value: float | None, name: str) -> float | None:
    return value * 100 if value is not None and name == "evaluation" else value
