"""Which language somebody reads, and what they read in it; Chinese first, English complete.

The catalogues are read as text when a language is first asked for, so that what an office changes
in `translations/zh/LC_MESSAGES/messages.po` counts from the next start, without a compiler.
"""

from __future__ import annotations

import io
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, has_app_context, has_request_context, request
from flask_babel import Babel, get_locale

from gridgov.errors import GridgovError
from gridgov.settings import Settings
from gridgov.words import COMMA, Called, Phrase, Word, Words

CATALOGUES = Path(__file__).parent / "translations"
COOKIE = "lang"


@lru_cache(maxsize=8)
def catalogue(language: str) -> Translations:
    """Return a language's catalogue; English needs none."""
    source = CATALOGUES / language[:2] / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    if source.exists():
        with source.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language[:2]))
        compiled.seek(0)
        return Translations(compiled)
    return Translations()


def init(app: Flask, settings: Settings) -> None:
    """Choose each request's language: as chosen here, as the client accepts, the office's first."""
    languages = list(settings.languages)

    def choose() -> str:
        if has_request_context():
            if (chosen := request.cookies.get(COOKIE)) in languages:
                return str(chosen)
            # Werkzeug's best_match takes en;q=0.5 before zh-CN where only zh is on offer.
            for tag, quality in request.accept_languages:
                if quality > 0 and (code := tag.lower().partition("-")[0]) in languages:
                    return code
            return languages[0]
        return _of_terminal()

    app.config["BABEL_DEFAULT_LOCALE"] = languages[0]
    Babel(app, locale_selector=choose)


def _of_terminal() -> str:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if spoken.startswith("zh") else "en"


def _reader() -> str:
    """Return the reader's language; before there is an application, the terminal's."""
    if not has_app_context():
        return _of_terminal()
    locale = get_locale()
    return str(locale.language) if locale else ""


def say(message: str, values: dict[str, Any] | None = None) -> str:
    """Return a message in the reader's language, its values filled in and translated too."""
    text = str(catalogue(_reader()).gettext(message)) if message else ""
    if not values:
        return text
    return text % {name: _said(value) for name, value in values.items()}


def _said(value: Any) -> Any:
    match value:
        case Words():
            return " / ".join(say(word) for word in value)
        case Phrase():
            return say(value.message, value.values)
        case Called():
            return say(COMMA).join(value.chinese) if speaks("zh") else str(value)
        case Word():
            return say(value)
    return value


def sentence(error: GridgovError) -> str:
    """Return what the reader is told of an error."""
    return say(error.message_id, error.values)


def speaks(code: str) -> bool:
    """Tell whether the reader's language is this one."""
    return _reader() == code
