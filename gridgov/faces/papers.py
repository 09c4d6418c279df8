"""The reports that go with an announcement by e-mail: the same that its link opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask_babel import force_locale

from gridgov.faces import asking, meeting
from gridgov.faces.figures import question
from gridgov.faces.serve import opened
from gridgov.insight.full import PeriodTooWide
from gridgov.insight.report_pdf import pdf
from gridgov.notices.papers import Maker, Paper
from gridgov.people.actors import person_acting


def maker(app: Flask) -> Maker:
    """Return what makes such a report as whoever it is for may see it."""

    def make(person: str, said: Mapping[str, Any]) -> Paper:
        query = parse_qs(urlsplit(str(said["path"])).query)
        given: dict[str, Any] = {
            "start": date.fromisoformat(query["from"][0]),
            "end": date.fromisoformat(query["to"][0]),
            "as_of": datetime.fromisoformat(query["as_of"][0]),
        }
        with app.app_context(), force_locale(app.extensions["gridgov"].settings.languages[0]):
            try:
                return _made(person, given)
            except PeriodTooWide:
                # So many cases are not judged one by one: as things stand when it is sent.
                return _made(person, given | {"as_of": None})

    return make


def _made(person: str, given: Mapping[str, Any]) -> Paper:
    with opened(write=False) as s:
        own = replace(s, actor=person_acting(s.known.office, person, s.at))
        asked = question(own, given)
        made = pdf(meeting.paper(own, asked, meeting.report(asking.Asking(own, asked))))
    name = f"gridgov-{asked.period.start}-{asked.period.end}.pdf"
    return Paper(name, "application/pdf", made)
