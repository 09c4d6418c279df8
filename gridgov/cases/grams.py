"""Full-text search that knows Chinese: single characters and pairs of neighbours.

PostgreSQL keeps them as `text[]` under GIN, SQLite in an FTS5 table; both are rechecked on the
text itself, so that both find the same cases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Case
from gridgov.database import dialect_of
from gridgov.statements import Ready

HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
LONGEST = 64  # of a word: an index entry has bounds, and the text is rechecked anyway
PARTS = re.compile(f"([{HAN}]+)|([^\\W_{HAN}]+)")


def folded(text: str) -> str:
    """Return a text as it is compared: width and case aside, white space as one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def grams(text: str) -> list[str]:
    """Return what a text is found by: Chinese characters and their pairs, and whole words."""
    kept: dict[str, None] = {}
    for han, word in PARTS.findall(folded(text)):
        if word:
            kept[word[:LONGEST]] = None
        for start in range(len(han)):
            kept[han[start]] = None
            if start + 1 < len(han):
                kept[han[start : start + 2]] = None
    return list(kept)


def searchable(case: Case) -> str:
    """Return the text that a case is found by; of a confidential one only what may be shown."""
    own = () if case.confidential else (case.description, case.result)
    return "\n".join(filter(None, (*own, case.summary, case.public_text, case.address)))


def write(session: Session, cases: Iterable[Case], *, new: bool = False) -> None:
    """Write the grams of cases that have been flushed, new or changed."""
    rows = [(case.id, folded(searchable(case))) for case in cases]
    if not rows:
        return
    keyed = [{"id": k, "grams": " ".join(grams(t)), "body": t} for k, t in rows]
    if dialect_of(session) == "postgresql":
        if new:
            for one in keyed:
                _NEW.send(session.connection(), one)
            return
        session.execute(_UPSERT, keyed)
        return
    if not new:
        session.execute(sa.text("DELETE FROM case_grams WHERE rowid = :id"), keyed)
    session.execute(_INSERT, keyed)


# No gram has a blank; the driver is quick with a text, and slow with a list.
_UPSERT = sa.text(
    "INSERT INTO case_grams (case_id, grams, body) "
    "VALUES (:id, string_to_array(:grams, ' '), :body) "
    "ON CONFLICT (case_id) DO UPDATE SET grams = excluded.grams, body = excluded.body"
)
_NEW = Ready(lambda dialect: _UPSERT)
_INSERT = sa.text("INSERT INTO case_grams (rowid, grams, body) VALUES (:id, :grams, :body)")


def found_by(session: Session, words: str) -> sa.ColumnElement[bool]:
    """Return the condition that a case's text has all these words, in any order.

    The grams find candidates, the text decides. Nothing but punctuation finds nothing.
    """
    parts = folded(words).split()
    wanted = [gram for part in parts for gram in _wanted(part)]
    if not wanted:
        return sa.false()
    likes = {f"part{i}": f"%{_escaped(part)}%" for i, part in enumerate(parts)}
    recheck = "".join(f" AND body LIKE :{name} ESCAPE '!'" for name in likes)
    if dialect_of(session) == "postgresql":
        hits = sa.text(f"SELECT case_id FROM case_grams WHERE grams @> :wanted{recheck}")  # noqa: S608
        hits = hits.bindparams(wanted=wanted, **likes)
    else:
        hits = sa.text(f"SELECT rowid FROM case_grams WHERE grams MATCH :wanted{recheck}")  # noqa: S608
        hits = hits.bindparams(wanted=" ".join(f'"{gram}"' for gram in wanted), **likes)
    return Case.id.in_(hits.columns(sa.column("id", sa.Integer)))


def _escaped(part: str) -> str:
    return part.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _wanted(part: str) -> list[str]:
    """Return grams that every text with this part has: of Chinese, pairs where there are any."""
    found: list[str] = []
    for han, word in PARTS.findall(part):
        if word:
            found.append(word[:LONGEST])
        elif len(han) == 1:
            found.append(han)
        else:
            found.extend(han[start : start + 2] for start in range(len(han) - 1))
    return found
