"""The headings and values that clerks write, as `config/columns.toml` has them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gridgov.settings import ROOT
from gridgov.words import Called

DEFAULT = ROOT / "config" / "columns.toml"
_ASIDE = re.compile(r"\([^)]*\)|[\s_*:]")


@dataclass(frozen=True)
class Words:
    """What each heading, file name and value means; keys are folded."""

    files: Mapping[str, str]
    headings: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, str]]
    ignored: frozenset[str]
    chinese: Mapping[str, Mapping[str, str]]

    def heading(self, table: str, heading: str) -> str | None:
        """Return the column that a heading means: None unknown, empty where it is passed over."""
        folded = fold(heading)
        return self.headings.get(table, {}).get(folded, "" if folded in self.ignored else None)

    def value(self, kind: str, value: str) -> str | None:
        """Return what a value means among those of one kind, or None."""
        return self.values.get(kind, {}).get(fold(value))

    def called(self, of: str, names: Iterable[str]) -> Called:
        """Return what readers call files, columns of a table, or values of a kind."""
        names = tuple(names)
        chinese = self.chinese.get(of, {})
        return Called(names, (chinese.get(name, name) for name in names))


def fold(text: str) -> str:
    """Bring spellings together: width, case, spaces, and what stands in brackets are dropped."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _ASIDE.sub("", plain) or plain.strip()


@lru_cache(maxsize=4)
def read_words(path: Path = DEFAULT) -> Words:
    """Read the table of synonyms; each word's own English name always counts too."""
    data = tomllib.loads(path.read_text("utf-8"))
    return Words(
        _turned(data["files"]),
        {table: _turned(columns) for table, columns in data["columns"].items()},
        {kind: _turned(values) for kind, values in data["values"].items()},
        frozenset(fold(word) for word in data["ignored"]),
        {
            "files": _first(data["files"]),
            **{f"columns.{table}": _first(words) for table, words in data["columns"].items()},
            **{f"values.{kind}": _first(words) for kind, words in data["values"].items()},
        },
    )


def _first(table: Mapping[str, list[str]]) -> dict[str, str]:
    return {
        name: word
        for name, words in table.items()
        if (word := next((word for word in words if not word.isascii()), None))
    }


def _turned(table: Mapping[str, list[str]]) -> dict[str, str]:
    return {fold(word): name for name, words in table.items() for word in (name, *words)}
