"""What verifying finds, and how it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

KEPT = 1000  # findings told one by one; all are counted

WORDS = {
    "altered": "says something else than when it was written, or stands in another place",
    "words_altered": "its words are not those that were written",
    "words_gone": "its words are gone, and no entry says that they were erased",
    "missing": "is missing",
    "head": "does not end where its last entry does",
    "empty": "has no entries",
    "no_case": "belongs to no case",
    "unreadable": "hold something that is not of its kind; what comes after it was not looked at",
    "unchained": "is older than the chain and was not taken into it: run `gridgov init`",
    "other_key": "was made with another key; set the one that it was made with",
    "unsealed": "is older than a minute and in no seal: is `gridgov jobs run` running?",
    "sealed_otherwise": "is not what was sealed",
    "seal_altered": "is not what was signed, or does not follow the one before it",
    "seal_members": "does not list what it was made over",
    "seal_missing": "is missing",
    "not_in_database": "was exported and is not in the database: it was removed, or the database "
    "was put back to an older state",
    "not_as_exported": "is not the one that was exported",
    "line_wrong": "is no seal of ours",
    "not_exported": "is older than a minute and not in the file",
}


class Finding(NamedTuple):
    """Something that cannot be vouched for.

    `of` says what: "case 261122-03845-2, event 17 (version 3)"; `since` is from when on.
    """

    kind: str
    of: str
    since: datetime | None
    seal: int | None = None

    def __str__(self) -> str:
        sealed = f" [seal {self.seal}]" if self.seal else ""
        return f"{self.of} {WORDS[self.kind]}{sealed}"


@dataclass
class Verdict:
    """What was looked at, and what was found."""

    at: datetime
    events: int = 0
    entries: int = 0
    seals: int = 0
    lines: int = 0
    erased: int = 0  # events whose words were erased, as an entry says
    unsealed: int = 0  # written within the last minute
    last_seal: int | None = None
    last_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    since: datetime | None = None

    def find(self, kind: str, of: str, since: datetime | None, seal: int | None = None) -> None:
        """Note a finding."""
        self.counts[kind] += 1
        if since is not None:
            self.since = since if self.since is None else min(self.since, since)
        if len(self.findings) < KEPT:
            self.findings.append(Finding(kind, of, since, seal))

    @property
    def sound(self) -> bool:
        """Whether all is as it was written."""
        return not self.counts

    def dump(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "at": self.at.isoformat(),
            "sound": self.sound,
            "since": self.since.isoformat() if self.since else None,
            "events": self.events,
            "entries": self.entries,
            "seals": self.seals,
            "lines": self.lines,
            "erased": self.erased,
            "unsealed": self.unsealed,
            "last_seal": self.last_seal,
            "last_at": self.last_at.isoformat() if self.last_at else None,
            "found": dict(self.counts),
            "findings": [
                {
                    "kind": one.kind,
                    "of": one.of,
                    "text": str(one),
                    "since": one.since.isoformat() if one.since else None,
                    "seal": one.seal,
                }
                for one in self.findings
            ],
        }
