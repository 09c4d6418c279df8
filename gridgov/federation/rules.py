"""What goes to another body of a case, and what its answers mean here. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridgov.cases.act import Wish
from gridgov.cases.fields import OUTCOMES, TEXT_LENGTH
from gridgov.cases.tables import Case
from gridgov.cases.workflow import DISPATCHED, HANDLING, SUSPENDED
from gridgov.people.endpoints import ALL_OTHERS

# With these steps the work of a unit begins.
BEGINS = (
    "dispatch", "dispatch_urgent", "assign_final", "open_joint", "rework", "deny", "refuse_return",
)  # fmt: skip
# Work that had ended there, and why it begins anew is told.
AGAIN = ("rework", "deny", "refuse_return")
# What withdrew it there did not solve it.
UNSOLVED = {"withdrawn": "explained", "merged": "explained"}
# What says that it is not theirs: our own word, and mySociety's.
NOT_THEIRS = frozenset({"rejected", "not_councils_responsibility", "not_responsible"})
# Kept with the updates that were taken over, once they have closed it or sent it back.
DONE_THERE = "done"


@dataclass(frozen=True)
class Told:
    """What the other body says of a case."""

    closed: bool
    result: str
    outcome: str
    texts: Mapping[str, str] = field(default_factory=dict)  # of updates while open, by their id
    not_theirs: bool = False  # closed, because it is not their business


def form(case: Case, services: Mapping[str, str], reason: str | None, name: str) -> dict[str, str]:
    """Return what is sent: kind, words, place; never who reported, nor how to reach them.

    Of a confidential case the words are the dispatcher's summary, or the category's name alone.
    """
    code = case.category_code or ""
    words = case.summary or (None if case.confidential else case.description) or name
    if reason and not case.confidential:
        words = f"{words}\n{reason}"
    made = {
        "service_code": services.get(code) or services.get(ALL_OTHERS) or code,
        "description": words[:TEXT_LENGTH],
        "address_string": case.address or "",
        "attribute[coord_type]": "cgcs2000",
        "attribute[urgency]": case.urgency,
        "attribute[confidential]": "true" if case.confidential else "",
    }
    if case.point is not None:
        made |= {"lat": f"{case.point.lat:.7f}", "long": f"{case.point.lon:.7f}"}
    return {key: value for key, value in made.items() if value}


def told(request: Any, updates: Any, remote: str) -> Told:
    """Read what the other body answers; what is no text or list there says nothing."""
    one = next((r for r in _objects(request) if _text(r, "service_request_id") == remote), {})
    more = one.get("extended_attributes")
    more = more if isinstance(more, dict) else {}
    mine = [u for u in _objects(updates) if _text(u, "service_request_id") == remote]
    state = _text(one, "status").lower()
    said = {state, _text(more, "status").lower(), *(_text(u, "status").lower() for u in mine[-1:])}
    not_theirs = bool(said & NOT_THEIRS)
    closed = state == "closed" or not_theirs
    texts = {
        _text(u, "update_id"): _text(u, "description")
        for u in mine
        if _text(u, "update_id") and _text(u, "status").lower() == "open"
    }
    ending = {"closed", *NOT_THEIRS}
    last = [_text(u, "description") for u in mine if _text(u, "status").lower() in ending]
    result = _text(more, "result") or next((t for t in reversed(last) if t), "")
    outcome = _text(more, "outcome")
    return Told(
        closed,
        (result or _text(one, "status_notes"))[:TEXT_LENGTH],
        outcome if outcome in OUTCOMES else UNSOLVED.get(_text(more, "status"), "solved"),
        {key: text[:TEXT_LENGTH] for key, text in texts.items() if text},
        not_theirs,
    )


def steps(
    status: str,
    said: Told,
    seen: Sequence[str],
    unit: str,
    remote: str,
    instead: str | None = None,
) -> tuple[list[Wish], list[str]]:
    """Return the unit's steps that this comes to, and the updates that they take over.

    What is not theirs is asked to be returned, once, with the unit that may take it `instead`;
    without one, staff read that on the case.
    """
    found, taken = [], []
    if status == DISPATCHED:
        # Who has given it a number has taken it.
        found.append(Wish("accept"))
        status = HANDLING
    if status in (HANDLING, SUSPENDED):
        for key, text in said.texts.items():
            if key not in seen:
                found.append(Wish("progress", None, {"text": text}))
                taken.append(key)
    if said.closed and DONE_THERE in seen:
        return found, taken
    if status == HANDLING and said.not_theirs:
        words = f"{unit} {remote}: {said.result}"[:TEXT_LENGTH]
        asked = {"return_reason": "not_ours", "proposed_unit": instead, "text": words}
        found.append(Wish("ask_return", None, asked) if instead else _comment(words))
        taken.append(DONE_THERE)
    elif status == HANDLING and said.closed:
        where = f"{unit} {remote}"
        given = {"outcome": said.outcome, "result": said.result or where, "no_photo": where}
        found.append(Wish("submit", None, given))
        taken.append(DONE_THERE)
    return found, taken


def _comment(text: str) -> Wish:
    return Wish("comment", None, {"text": text})


def recalled(remote: str, key: str, words: str) -> dict[str, str]:
    """Return the update by which the other body reads that it need do no more."""
    return {
        "service_request_id": remote,
        "update_id": f"{key}.recalled",
        "status": "closed",
        "description": words,
    }


def _objects(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, list):
        yield from (one for one in answer if isinstance(one, dict))


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    text = str(value) if isinstance(value, str | int) else ""
    return "".join(c for c in text if c.isprintable() or c == "\n").strip()
