"""What the scripts say: the messages marked `t("…")` in them, in the reader's language."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from gridgov.language import catalogue

SOURCES = Path(__file__).parent / "frontend" / "src"
MARKED = re.compile(r"""(?<![\w.])t\(\s*("(?:[^"\\\n]|\\.)*")""")


def marked() -> Iterator[tuple[str, Path]]:
    """Return each message of the scripts, with the script that says it."""
    for path in sorted(SOURCES.rglob("*.js")):
        for found in MARKED.finditer(path.read_text("utf-8")):
            yield json.loads(found[1]), path


@lru_cache(maxsize=8)
def script(language: str) -> tuple[str, str]:
    """Return a script that hands the words over, and its digest; English needs none."""
    said = catalogue(language)
    words = {message: str(said.gettext(message)) for message, _ in marked()}
    body = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"window.gridgovWords={body};\n", hashlib.sha256(body.encode()).hexdigest()[:12]
