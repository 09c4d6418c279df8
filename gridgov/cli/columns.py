"""Help laid out by columns of the terminal, of which a Chinese character takes two."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import category, east_asian_width

import click

# Quotation marks, and the punctuation of Chinese.
SIGNS = [chr(c) for c in (*range(0x2018, 0x2027), *range(0x3001, 0x3020), *range(0xFF01, 0xFF65))]
OPENS = "".join(sign for sign in SIGNS if category(sign) in {"Ps", "Pi"})
CLOSES = "".join(sign for sign in SIGNS if category(sign) in {"Pe", "Pf", "Po"})
IDEOGRAPHS = "\u3400-\u9fff"
# A line may end after each ideograph or word, but not before what closes or after what opens.
PIECE = re.compile(
    rf"\s+|[{OPENS}(\[]*(?:[{IDEOGRAPHS}]|[^\s{IDEOGRAPHS}{OPENS}{CLOSES}]+)?[{CLOSES})\]]*"
)
BETWEEN = 2


class Columns(click.HelpFormatter):
    """Click's layout, but for what it takes for the width of a text."""

    def write_text(self, text: str) -> None:
        """Write paragraphs, indented."""
        indent = " " * self.current_indent
        lines = [
            "\n".join(indent + line for line in filled(part, self.width - self.current_indent))
            for part in text.split("\n\n")
        ]
        self.write("\n\n".join(lines) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = BETWEEN
    ) -> None:
        """Write terms and what they mean, in two columns."""
        rows = list(rows)
        left = min(max(map(width, (term for term, _ in rows))), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in rows:
            lines = filled(meaning, max(self.width - self.current_indent - left, 10))
            room = left - width(term)
            if lines and room >= col_spacing:
                term += " " * room + lines.pop(0)
            self.write(f"{indent}{term}\n")
            for line in lines:
                self.write(f"{indent}{'':{left}}{line}\n")


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def filled(text: str, most: int) -> list[str]:
    """Return the lines of a text, none wider than `most` unless a single word is."""
    lines, line, blank = [], "", ""
    for piece in filter(None, PIECE.findall(text)):
        if piece.isspace():
            blank = " "
        elif line and width(line + blank + piece) > most:
            lines.append(line)
            line, blank = piece, ""
        else:
            line, blank = line + (blank if line else "") + piece, ""
    return [*lines, line] if line else lines
