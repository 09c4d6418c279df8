"""A report as a workbook: one sheet for each section, real numbers, heads that stay."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from gridgov.insight.paper import Cell, Kind, Paper, Section

FORMATS = {Kind.COUNT: "#,##0", Kind.RATE: "0.0%", Kind.POINTS: "0.0", Kind.MINUTES: "#,##0"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
WIDEST, NARROWEST, SHEET_NAME = 60, 8, 31
NOT_IN_NAMES = str.maketrans("[]:*?/\\", "       ")
WIDE = 0x2E80  # from here on a character is as wide as two


def workbook(paper: Paper) -> bytes:
    """Return a report as XLSX."""
    book = Workbook()
    book.remove(book.active)
    taken: set[str] = set()
    for section in paper.sections:
        name = section.title.translate(NOT_IN_NAMES)[:SHEET_NAME].strip() or section.name
        if name in taken:
            name = section.name
        taken.add(name)
        sheet = book.create_sheet(name)
        _fill(sheet, paper, section)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, paper: Paper, section: Section) -> None:
    said = f"{paper.office} · {paper.period} · {paper.as_of}"
    for row, text in enumerate((section.title, said, section.said), 1):
        sheet.cell(row, 1).value = text
        sheet.cell(row, 1).alignment = Alignment(wrap_text=False)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    head = 4
    for at, label in enumerate(section.heads, 1):
        cell = sheet.cell(head, at)
        cell.value = plain(label)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="right" if section.numbers[at - 1] else "left")
    for number, values in enumerate(section.rows, head + 1):
        for at, one in enumerate(values, 1):
            cell = sheet.cell(number, at)
            cell.value = plain(one.value) if one.kind is Kind.TEXT else one.value
            if one.number:
                cell.number_format = FORMATS[one.kind]
    sheet.freeze_panes = sheet.cell(head + 1, 2)
    for at, width in enumerate(_widths(section), 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{head}:{head}"


def _widths(section: Section) -> list[int]:
    texts = [[str(head), *(row[at].shown for row in section.rows)]
             for at, head in enumerate(section.heads)]  # fmt: skip
    longest = [max(sum(2 if ord(c) >= WIDE else 1 for c in text) for text in one) for one in texts]
    return [min(max(width + 2, NARROWEST), WIDEST) for width in longest]


def plain(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def table(section: Section) -> str:
    """Return one table as CSV, with the mark by which Excel knows UTF-8."""
    out = StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([plain(head) for head in section.heads])
    writer.writerows([_csv(row) for row in section.rows])
    if section.rest:
        writer.writerow([section.rest])
    return out.getvalue()


def _csv(row: Sequence[Cell]) -> list[Any]:
    return [plain(one.value) if one.kind is Kind.TEXT else one.value for one in row]
