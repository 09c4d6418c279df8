"""Minutes of the demonstration's meetings: a page set as the reports are, where fonts allow it."""

from __future__ import annotations

from gridgov.insight.paper import Cell, Paper, Section
from gridgov.insight.report_pdf import NoChineseFont, pdf

BETWEEN = "｜"


def minutes_pdf(office: str, title: str, day: str, said: str) -> bytes | None:
    """Return minutes as PDF, or None where no font has Chinese.

    `said` is a line of heads, and a line for each matter; columns stand between ｜.
    """
    heads, *rows = (line.split(BETWEEN) for line in said.strip().splitlines())
    section = Section("minutes", title, heads, [[Cell(text) for text in row] for row in rows])
    try:
        return pdf(Paper(office, title, day, "", [section]))
    except NoChineseFont:
        return None
