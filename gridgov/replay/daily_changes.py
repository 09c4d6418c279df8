"""What another platform changed of a known case, told here as what it is.

An urging is an urging, what was added a comment, a withdrawal a comment with its flag, another
urgency an amendment, another deadline a new deadline; any other change of words is a comment. Each
is told once, by what the last file said.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act
from gridgov.cases.fields import TEXT_LENGTH
from gridgov.cases.known import Known
from gridgov.cases.redue import redue
from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN
from gridgov.exchange.tables import Exchanged
from gridgov.people.actors import Actor
from gridgov.settings import Settings


@dataclass(frozen=True)
class Said:
    """What a row says, part by part; words and changes by the headings that they stand under."""

    words: dict[str, str]
    due: datetime | None = None
    urged: tuple[str, str] | None = None
    added: tuple[str, str] | None = None
    withdrawn: tuple[str, str] | None = None
    urgency: tuple[str, str, str] | None = None  # heading, their word, ours

    @property
    def changes(self) -> list[str | None]:
        """What `[changes]` adds to the row; empty where there is nothing."""
        parts = [part and part[1] for part in (self.urged, self.added, self.withdrawn)]
        return parts if any(parts) else []


def keep(kept: Exchanged, said: Said, settings: Settings) -> None:
    """Note what a row says, so that the next tells only what is new."""
    kept.due = said.due
    kept.words = digest(settings, sorted(said.words.items()))
    kept.urged = said.urged and digest(settings, said.urged)
    kept.added = said.added and digest(settings, said.added)
    kept.withdrawn = said.withdrawn is not None
    kept.urgency = said.urgency and said.urgency[2]


def tell(
    session: Session,
    case: Case,
    kept: Exchanged | None,
    said: Said,
    actor: Actor,
    at: datetime,
    known: Known,
) -> None:
    """Tell what is new of a case; of one that is new itself, what came after its report."""
    wishes = list(_wishes(case, kept, said, known.settings))
    if wishes:
        act(session, case.number, wishes, actor, at, known)
    if kept is not None and said.due and said.due != kept.due:
        redue(session, case.number, said.due, actor, at, known)


def _wishes(case: Case, kept: Exchanged | None, said: Said, settings: Settings) -> list[Wish]:
    still, found = case.status in OPEN, []
    if kept is not None and kept.words != digest(settings, sorted(said.words.items())):
        found += _comment("\n".join(f"{column}: {text}" for column, text in said.words.items()))
    if said.added and (kept is None or kept.added != digest(settings, said.added)):
        found += _comment(_line(said.added))
    if said.urged and (kept is None or kept.urged != digest(settings, said.urged)):
        urge = Wish("urge", None, {"text": _line(said.urged)[:TEXT_LENGTH]})
        found += [urge] if still else _comment(_line(said.urged))
    if said.withdrawn and not (kept and kept.withdrawn):
        found += _comment(_line(said.withdrawn), wants_withdraw=still)
    if said.urgency and kept and kept.urgency and still:
        heading, word, urgency = said.urgency
        if urgency not in (kept.urgency, case.urgency):
            given = {"urgency": urgency, "reason": f"{heading}: {word}"}
            found.append(Wish("amend", None, given))
    return found


def _line(said: tuple[str, str]) -> str:
    return f"{said[0]}: {said[1]}"


def _comment(text: str, **more: bool) -> list[Wish]:
    given = {name: value for name, value in more.items() if value}
    return [Wish("comment", None, {"text": text[:TEXT_LENGTH], **given})] if text else []


def digest(settings: Settings, said: object) -> bytes:
    """Return a keyed digest: what was said can be compared, and not read."""
    return settings.keys.body_digest(json.dumps(said, ensure_ascii=False).encode())
