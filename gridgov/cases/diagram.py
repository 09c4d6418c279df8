"""The workflow table as a Mermaid state diagram, for the README."""

from __future__ import annotations

from collections import defaultdict

from gridgov.cases.workflow import CLOSED, ENDED, HANDLING, REPORTED, TABLE, Status, Step, To

WIDTH = 3  # names on one line of a label


def mermaid() -> str:
    """Return the diagram: every step that leads from one status to another."""
    edges: dict[tuple[str, str], list[str]] = defaultdict(list)
    for step in TABLE:
        starts = [status.value for status in Status if status in step.start] or ["[*]"]
        for start in starts:
            for end in _ends(step):
                edges[start, end].append(step.name)
    lines = ["stateDiagram-v2"]
    lines += [f"    {pair[0]} --> {pair[1]}: {_label(names)}" for pair, names in edges.items()]
    lines += [f"    {status} --> [*]" for status in Status if status in ENDED - {CLOSED}]
    return "\n".join(lines) + "\n"


def _ends(step: Step) -> list[Status]:
    if step.to is To.SAME:
        return []
    if step.to is To.BACK:
        return [REPORTED, HANDLING]
    ends = [Status(step.to)]
    # Where a category is checked by sample and the case is not drawn.
    return [*ends, CLOSED] if step.name == "submit" else ends


def _label(names: list[str]) -> str:
    rows = [names[at : at + WIDTH] for at in range(0, len(names), WIDTH)]
    return "<br>".join(", ".join(row) for row in rows)
