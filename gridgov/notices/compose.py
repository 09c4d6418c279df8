"""What a message says: templates of `config/notices/`, one folder per language.

A template is a text file: its first line is the title, what follows an empty line is the text.
`{name}` stands for a value. `words.toml` beside them names statuses, steps and clocks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gridgov.errors import BadInput
from gridgov.notices.tables import REPORTER, Notice
from gridgov.settings import ROOT, Settings
from gridgov.worktime.calendar import Calendar

FOLDER = ROOT / "config" / "notices"
LINES = 20  # of a digest
VALUES = frozenset(
    {"number", "status", "step", "clock", "due", "note", "link", "year", "count", "period", "day"}
)
REPORTER_VALUES = VALUES | {"code"}
DIGEST_VALUES = frozenset({"count", "lines", "more", "link"})


class TemplateWrong(BadInput):
    """The template %(name)s cannot be used: %(why)s."""


class Text(NamedTuple):
    """What is sent: a title of one line, and a text."""

    title: str
    body: str
    link: str = ""  # of what is of no case, so that it can be opened from a digest, too

    @property
    def line(self) -> str:
        """What a digest says of it."""
        return f"{self.title} {self.link}".rstrip()


def candidates(template: str, *, to_reporter: bool) -> list[str]:
    """Return the names under which a template is looked for, the most special first."""
    if to_reporter:
        return [f"{REPORTER}_{template}", REPORTER]
    return [template, *(["rung"] if template.startswith("rung_") else []), "default"]


@lru_cache(maxsize=512)
def template(folder: Path, language: str, name: str) -> Text | None:
    """Read a template, once; None where there is none."""
    path = folder / language / f"{name}.txt"
    if not path.exists():
        return None
    title, _, body = path.read_text("utf-8").strip().partition("\n")
    return Text(title.strip(), body.strip())


@lru_cache(maxsize=8)
def words(folder: Path, language: str) -> Mapping[str, Mapping[str, str]]:
    """Read the words of a language, once."""
    return tomllib.loads((folder / language / "words.toml").read_text("utf-8"))


def placeholders(text: str) -> set[str]:
    """Return the values that a template asks for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def compose(
    notices: Sequence[Notice],
    settings: Settings,
    calendar: Calendar,
    folder: Path = FOLDER,
) -> Text:
    """Return what a message says of one notice or of several. Raises TemplateWrong."""
    language = settings.languages[0]
    all_told = [_single(notice, settings, calendar, language, folder) for notice in notices]
    told = list(dict.fromkeys(all_told))  # who is meant twice, as unit and as person, reads it once
    if len(told) == 1:
        return told[0]
    lines = list(dict.fromkeys(text.line for text in told))
    said = words(folder, language)["phrases"]
    more = len(lines) - LINES
    values = {
        "count": str(len(lines)),
        "lines": "\n".join(lines[:LINES]),
        "more": said["more"].format(count=more) if more > 0 else "",
        "link": "",
    }
    return _filled("digest", _found(["digest"], language, folder), values)


def _single(
    notice: Notice,
    settings: Settings,
    calendar: Calendar,
    language: str,
    folder: Path,
) -> Text:
    to_reporter = notice.to_kind == REPORTER
    names = candidates(notice.template, to_reporter=to_reporter)
    values = _values(notice.data, notice.template, words(folder, language), calendar)
    link = settings.notice_link_reporter if to_reporter else settings.notice_link
    if not values["number"]:
        link = ""
    values["code"] = settings.keys.query_code(values["number"]) if to_reporter else ""
    if path := notice.data.get("path"):
        link = _beside(settings.notice_link, str(path))
    values["link"] = link.replace("{number}", values["number"]).replace("{code}", values["code"])
    text = _filled(names[0], _found(names, language, folder), values)
    return text._replace(link=values["link"]) if path else text


def _values(
    data: Mapping[str, Any],
    name: str,
    said: Mapping[str, Mapping[str, str]],
    calendar: Calendar,
) -> dict[str, str]:
    due = data.get("due")
    local = datetime.fromisoformat(due).astimezone(calendar.zone) if due else None
    steps = [said["steps"].get(step, step) for step in data.get("refused") or ()]
    status, clock = str(data.get("status", "")), str(data.get("clock", ""))
    return {
        "number": str(data.get("number", "")),
        "status": said["statuses"].get(status, status),
        "step": said["steps"].get(name, name),
        "clock": said["clocks"].get(clock, clock),
        "due": f"{local:%Y-%m-%d %H:%M}" if local else "",
        "year": str(data.get("year", "")),
        "period": str(data.get("period", "")),
        "day": str(data.get("day", "")),
        "count": str(data.get("count", "")),
        "note": said["phrases"]["refused"].format(steps=", ".join(steps)) if steps else "",
    }


def _beside(link: str, path: str) -> str:
    """Return a page's address where the installation says at which address it stands."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}{path}" if parts.netloc else ""


def _found(names: Sequence[str], language: str, folder: Path) -> Text:
    for name in names:
        if found := template(folder, language, name):
            return found
    raise TemplateWrong(name=names[0], why=f"{language}/{names[-1]}.txt")


def _filled(name: str, text: Text, values: Mapping[str, str]) -> Text:
    try:
        title, body = (part.format_map(values) for part in (text.title, text.body))
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise TemplateWrong(name=name, why=str(error)) from error
    # A value that is empty leaves no empty line behind.
    lines = [line.rstrip() for line in body.splitlines()]
    return Text(title, "\n".join(line for line in lines if line))
