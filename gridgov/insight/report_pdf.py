"""A report as a PDF of A4, set by Typst: Chinese line breaks, embedded fonts, drawn charts.

Typst was chosen over WeasyPrint (needs Pango from the system), ReportLab and fpdf2 (no Chinese
line breaking, every table laid out by hand): one wheel brings the whole typesetter, it breaks
Chinese lines and sets punctuation as the rules want it, tags the file for those who listen to it,
and draws charts as shapes. What it sets is a template of ours; the report is data to it, no code.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from gridgov.errors import Unavailable
from gridgov.insight.paper import Paper, Section

TEMPLATE = Path(__file__).with_name("report.typ")
# The first one that there is; each of them has Chinese.
FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback",
)  # fmt: skip


class NoChineseFont(Unavailable):
    """No font with Chinese is installed, so no PDF can be made; install fonts-noto-cjk or
    fonts-wqy-zenhei, or take the report as XLSX.
    """


@lru_cache(maxsize=1)
def _fonts() -> tuple[Any, str]:
    found = typst.Fonts()
    families = set(found.families())
    name = next((name for name in FONTS if name in families), None)
    if name is None:
        raise NoChineseFont
    return found, name


def pdf(paper: Paper) -> bytes:
    """Return a report as PDF. Raises NoChineseFont."""
    return bytes(compiled(paper, "pdf"))


def compiled(paper: Paper, form: Any, ppi: float | None = None) -> Any:
    """Return a report as Typst writes it: pdf, or a picture of each page (png, svg)."""
    fonts, name = _fonts()
    given = {"paper": json.dumps(_plain(paper, name), ensure_ascii=False)}
    # The template lies in memory: Typst reads no file of this machine, and loads no package.
    return typst.compile(
        TEMPLATE.read_bytes(), format=form, font_paths=fonts, sys_inputs=given, ppi=ppi
    )


def _plain(paper: Paper, font: str) -> dict[str, Any]:
    return {
        "font": font,
        "language": paper.language,
        "office": paper.office,
        "title": paper.title,
        "period": paper.period,
        "as_of": paper.as_of,
        "sections": [_section(one) for one in paper.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "note": section.said,
        "heads": list(section.heads),
        "numbers": section.numbers,
        "widest": _widest(section),
        "rows": [[one.shown for one in row] for row in section.rows],
        "chart": section.chart.plain() if section.chart else None,
    }


def _widest(section: Section) -> int:
    """Return the column of words that takes what room is left: the one with the longest."""
    lengths = [
        -1 if number else max((len(row[at].shown) for row in section.rows), default=0)
        for at, number in enumerate(section.numbers)
    ]
    return lengths.index(max(lengths)) if lengths else 0
