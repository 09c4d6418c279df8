"""The README's picture of the workflow is the workflow's."""

from __future__ import annotations

from pathlib import Path

from gridgov.cases.diagram import mermaid

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_diagram_is_fresh() -> None:
    drawn = README.read_text("utf-8").split("<!-- workflow -->")[1].split("<!-- /workflow -->")[0]
    assert drawn == f"\n```mermaid\n{mermaid()}```\n", "paste what `gridgov workflow` prints"
