"""What surrounds every page: who looks, in which language, and the words and helpers of Jinja."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, render_template, request, url_for
from markupsafe import Markup, escape

from gridgov.app import installation
from gridgov.faces import spoken
from gridgov.faces.said import together
from gridgov.faces.serve import Serving, serving
from gridgov.language import catalogue, say, speaks
from gridgov.people.actors import ANYONE, Actor
from gridgov.settings import Settings
from gridgov.web import nav, words
from gridgov.web.blueprint import blueprint
from gridgov.web.named import named
from gridgov.web.phrases import phrases
from gridgov.words import N_

CHINESE = N_("Chinese version")  # named in Chinese on pages in English
WHO = "X-GridGov-Who"  # whose page an answer is, for the service worker
LARGE = "large"  # the cookie of the large print (大字版)


@dataclass(frozen=True)
class Visit:
    """One look at a page: the request's transaction, and who looks."""

    serving: Serving
    actor: Actor

    @property
    def signed_in(self) -> bool:
        """Tell whether somebody with an account looks."""
        return self.actor.account is not None

    @property
    def who(self) -> str:
        """A sign for the account that looks, which says nothing else; empty for nobody's."""
        if self.actor.account is None:
            return ""
        keys = self.serving.known.settings.keys
        return keys.body_digest(b"who %d" % self.actor.account).hex()[:16]

    @property
    def name(self) -> str:
        """The name of who looks, for the header."""
        found = self.serving.known.office.people.get(self.actor.person or "")
        return found.name if found else ""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that this page tells times in."""
        return self.serving.known.settings.zone

    @property
    def links(self) -> list[nav.Link]:
        """The navigation."""
        return nav.links(self.actor)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Render a page for who looks."""
        given = values | {"visit": self, "at": self.serving.at, "zone": self.zone}
        text = named(render_template(template, **given))
        return Response(text, status, mimetype="text/html")


@contextmanager
def visiting(
    *, write: bool = False, number: str | None = None, code: str | None = None
) -> Iterator[Visit]:
    """Open the transaction of one page, for whom its line of the access table lets in."""
    with serving(write=write, number=number, code=code) as s:
        visit = Visit(s, s.actor)
        # Who shows a case's code looks as its reporter, whoever is signed in besides.
        if s.actor.number is None:
            g.who = visit.who
        yield visit


def init(app: Flask, settings: Settings) -> None:
    """Give the templates their words and helpers, and every page its headers."""
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        _=_say,
        say=say,
        office_name=settings.office_name,
        office_phone=settings.office_phone,
        development=settings.env == "development",
        languages=settings.languages,
        chinese=str(catalogue("zh").gettext(CHINESE)),
        words_address=_words_address,
        large_print=lambda: request.cookies.get(LARGE) == "1",
        address_here=_here,
        html_lang=lambda: "zh-CN" if speaks("zh") else "en",
        ANYONE=ANYONE,
        phrases=phrases,
    )
    env.filters.update(
        due=_due,
        instant=lambda at, now: spoken.instant(at, now, _zone()),
        ago=lambda at, now: spoken.ago(at, now),
        exact=lambda at: spoken.exact(at, _zone()),
        span=spoken.span,
        coded=_coded,
        day=spoken.day,
        together=together,
    )


@blueprint.after_request
def headers(response: Response) -> Response:
    """Let a browser keep a page for going back, and ask anew each time otherwise."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    if "who" in g:
        response.headers[WHO] = g.who
    return response


def _coded(text: str) -> Markup:
    """Show what stands between backticks, such as a command, as code."""
    return Markup(re.sub(r"`([^`<>]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704


def _say(message: str, **values: Any) -> str:
    return say(message, values)


def _here() -> str:
    """Return where one is, filters included, to come back to from the foot of a page."""
    if not request:
        return "/"
    plain = request.method != "GET" or "next" in request.args
    return request.path if plain else request.full_path.rstrip("?")


def _zone() -> ZoneInfo:
    return installation().settings.zone


def _due(at: datetime, now: datetime, provisional: bool = False) -> str:
    return spoken.due(at, now, _zone(), provisional=provisional)


def _words_address() -> str:
    language = "zh" if speaks("zh") else "en"
    return url_for("web.spoken_words", language=language, digest=words.script(language)[1])
