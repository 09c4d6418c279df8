"""The map of personal data, read from config/privacy.toml: what, whose, why, how long."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gridgov.privacy.refusals import MapWrong
from gridgov.privacy.rules import Retention, retention
from gridgov.settings import ROOT, Settings

FILE = ROOT / "config/privacy.toml"
LANGUAGES = ("zh", "en")
WHOSE = ("reporter", "named", "staff", "firm")
# Personal Information Protection Law, article 13, paragraph 1: its items by number.
GROUNDS = frozenset({"13.1", "13.2", "13.3", "13.4", "13.5", "13.6", "13.7"})


@dataclass(frozen=True)
class Datum:
    """A kind of personal data: in which columns (or outside them), whose, why, how long."""

    name: str
    columns: tuple[str, ...]
    whose: str
    collected: tuple[str, ...]  # the fields of the intake by which it comes
    grounds: tuple[str, ...]
    kept: str
    erased: str
    words: Mapping[str, Mapping[str, str]]  # by language: what, purpose


@dataclass(frozen=True)
class DataMap:
    """The whole map, with the words of the notice at intake and how long each kind is kept."""

    version: str
    data: tuple[Datum, ...]
    none: frozenset[str]  # columns that hold no personal data
    kept: Mapping[str, Mapping[str, str]]
    notice: Mapping[str, Mapping[str, str]]
    retention: Mapping[str, Any]

    @property
    def columns(self) -> frozenset[str]:
        """All columns that hold or may hold personal data."""
        return frozenset(column for datum in self.data for column in datum.columns)


def rules(settings: Settings) -> Retention:
    """Return the retention of an installation. Raises MapWrong."""
    try:
        return retention(data_map().retention, settings.retention_days)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MapWrong(what=f"[retention] {error}") from error


@lru_cache(maxsize=4)
def data_map(path: Path = FILE) -> DataMap:
    """Read the map. Raises MapWrong."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
        data = tuple(_datum(one, told["kept"]) for one in told["data"])
        none = [
            f"{table}.{column}" for table, columns in told["none"].items() for column in columns
        ]
        return DataMap(
            told["version"], data, frozenset(none), told["kept"], told["notice"],
            told["retention"],
        )  # fmt: skip
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise MapWrong(what=error) from error


def _datum(told: Mapping[str, Any], kept: Mapping[str, Any]) -> Datum:
    grounds = tuple(told["grounds"])
    if told["whose"] not in WHOSE or not set(grounds) <= GROUNDS or told["kept"] not in kept:
        raise ValueError(f"{told['name']}: whose, grounds or kept")
    words = {language: told[language] for language in LANGUAGES}
    if any(not {"what", "purpose"} <= said.keys() for said in words.values()):
        raise ValueError(f"{told['name']}: what and purpose, in zh and en")
    return Datum(
        told["name"], tuple(told["columns"]), told["whose"], tuple(told.get("collected", ())),
        grounds, told["kept"], told["erased"], words,
    )  # fmt: skip


def notice(collected: Sequence[str], settings: Settings, language: str) -> dict[str, Any]:
    """Return what reporters are told of their data, of the fields that they filled in."""
    found = data_map()
    days = {"days": settings.retention_days, **found.retention}
    items = [
        {
            "name": datum.name,
            "what": datum.words[language]["what"],
            "purpose": datum.words[language]["purpose"],
            "grounds": list(datum.grounds),
            "kept": _filled(found.kept[datum.kept][language], days),
        }
        for datum in found.data
        if set(datum.collected) & set(collected)
    ]
    contact = bool({"name", "phone", "email"} & set(collected))
    words = found.notice[language]
    text = words["contact" if contact else "nothing"]
    values = days | {"office": settings.office_name, "phone": settings.office_phone}
    return {
        "version": found.version,
        "text": _filled(text, values),
        "items": items,
        "collected": list(collected),
        "retention_days": settings.retention_days,
    }


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return text.format(**{name: value for name, value in values.items() if name != "text"})
