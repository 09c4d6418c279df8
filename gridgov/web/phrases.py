"""Office phrases (常用语) for the text fields of a step, read from config/phrases.toml."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Any

from gridgov.language import speaks
from gridgov.settings import ROOT

FILE = ROOT / "config/phrases.toml"


def phrases(step: str, field: str) -> list[str]:
    """Return what is often said in a field of a step, in the reader's language."""
    of_step = _read().get(step, {})
    found = of_step.get(field, of_step)
    said: list[str] = found.get("zh" if speaks("zh") else "en", [])
    return said


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
