"""Which calendar and which office hours a place keeps, as `config/calendar.toml` has them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gridgov.errors import BadInput
from gridgov.settings import ROOT
from gridgov.words import N_
from gridgov.worktime.calendar import Calendar, Interval
from gridgov.worktime.problems import CalendarFileWrong, CalendarUnknown

DEFAULT = ROOT / "config" / "calendar.toml"
TABLES = ("calendars", "office_hours", "parks", "columns", "values")
CODE = re.compile(r"[A-Za-z0-9._-]{1,32}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_ASIDE = re.compile(r"\([^)]*\)|[\s_*:]")
_ANYWHERE = ZoneInfo("UTC")


@dataclass(frozen=True)
class Kept:
    """The calendar of a place, None for Monday to Friday without holidays; its office hours."""

    calendar: str | None
    office: tuple[Interval, ...]


@dataclass(frozen=True)
class Keeping:
    """What the file says; keys of `columns` and `values` are folded."""

    zones: Mapping[str, str]
    office: tuple[Interval, ...]
    parks: Mapping[str, Mapping[str, Any]]
    columns: Mapping[str, str]
    values: Mapping[str, str]

    @property
    def codes(self) -> tuple[str, ...]:
        """All calendars that some place may keep."""
        own = {code for park in self.parks.values() if (code := park.get("calendar"))}
        return tuple(sorted(own | set(self.zones.values())))

    def of(self, park: str | None, zone: str) -> Kept:
        """Return what a park keeps; without one, or unnamed, what its time zone does."""
        own = self.parks.get(park or "", {})
        code = own.get("calendar", self.zones.get(zone))
        return Kept(code or None, own.get("office", self.office))

    def chosen(self, asked: str | None, zone: str) -> str:
        """Return the calendar asked for, or the zone's. Raises: CalendarUnknown."""
        code = asked or self.zones.get(zone, "")
        if code not in self.codes:
            raise CalendarUnknown(name=code or zone, known=", ".join(self.codes))
        return code


def fold(text: str) -> str:
    """Bring spellings together: width, case, spaces, and what stands in brackets are dropped."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _ASIDE.sub("", plain) or plain.strip()


@lru_cache(maxsize=4)
def keeping(path: Path = DEFAULT) -> Keeping:
    """Read and check the file, once. Raises: CalendarFileWrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CalendarFileWrong(place="", reason=str(error)) from error
    for name in TABLES:
        if not isinstance(data.get(name), dict):
            _wrong(f"[{name}]", N_("is missing"))
    if unknown := data.keys() - set(TABLES):
        _wrong(min(unknown), N_("is not a table of this file"))
    for zone, code in data["calendars"].items():
        _zone(zone)
        _code(code, f'[calendars] "{zone}"')
    office = _office(data["office_hours"].get("default"), "[office_hours] default")
    parks = {code: _park(code, told) for code, told in data["parks"].items()}
    turned = (_turned(data[name], name) for name in ("columns", "values"))
    return Keeping(data["calendars"], office, parks, *turned)


def _park(code: str, told: Any) -> dict[str, Any]:
    place = f"[parks.{code}]"
    if not isinstance(told, dict) or told.keys() - {"calendar", "office_hours"}:
        _wrong(place, N_("takes calendar and office_hours"))
    made: dict[str, Any] = {}
    if "calendar" in told:
        made["calendar"] = told["calendar"] and _code(told["calendar"], f"{place} calendar")
    if "office_hours" in told:
        made["office"] = _office(told["office_hours"], f"{place} office_hours")
    return made


def _office(told: Any, place: str) -> tuple[Interval, ...]:
    shapes = [_CLOCK.fullmatch(str(one)) for one in told] if isinstance(told, list) else [None]
    spans = [tuple(map(int, shape.groups())) for shape in shapes if shape]
    if len(spans) != len(shapes):
        _wrong(place, N_('takes a list such as ["08:30-12:00", "13:30-17:30"]'))
    office = tuple((time(a, b), time(c, d)) for a, b, c, d in spans)
    try:
        # The calendar's own rule: some hours, in order, none overlapping.
        Calendar(_ANYWHERE, office)
    except BadInput as error:
        reason = N_("takes office hours in order, each ending before the next begins")
        raise CalendarFileWrong(place=place, reason=reason) from error
    return office


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        _wrong(f'[calendars] "{name}"', N_("is not a time zone"))


def _code(code: Any, place: str) -> str:
    if not isinstance(code, str) or not CODE.fullmatch(code):
        _wrong(place, N_("takes up to 32 letters, digits, hyphens, dots or underscores"))
    return str(code)


def _turned(table: Mapping[str, Any], place: str) -> dict[str, str]:
    for name, words in table.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            _wrong(f"[{place}] {name}", N_("takes a list of words"))
    return {fold(word): name for name, words in table.items() for word in (name, *words)}


def _wrong(place: str, reason: str) -> None:
    raise CalendarFileWrong(place=place, reason=reason)
