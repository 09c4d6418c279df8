"""A joint case as its list of items, and how far it has come, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gridgov.cases import cooperate
from gridgov.cases.facts import Scene
from gridgov.cases.fields import SUSPENSION_REASONS
from gridgov.cases.guards_of_joint import leading
from gridgov.cases.refusals import NotJoint
from gridgov.cases.rules import offered
from gridgov.cases.show import exact_place, original_text
from gridgov.cases.standing import is_reporter
from gridgov.cases.tables import Case
from gridgov.cases.worklist import scenes
from gridgov.faces import clocks, views
from gridgov.faces.serve import Serving
from gridgov.joint import show
from gridgov.joint.show import Item, Summary
from gridgov.language import say
from gridgov.words import N_


def of_case(s: Serving, scene: Scene, *, own: bool) -> dict[str, Any]:
    """Return what a case's view says of joint handling; `own` is the reporter's view."""
    case, known = scene.case, s.known
    made: dict[str, Any] = {"joint": of_joint(s, [case])[case.id] if case.joint else None}
    if own:
        return made
    above = show.joint_of(s.session, case)
    made["item_of"] = above and {"number": above[0], "lead": views.unit(known, above[1])}
    made["co_units"] = (
        _asked(s, show.asked_of(s.session, [case.id])[case.id]) if scene.co_units else []
    )
    followers = cooperate.followers(s.session, case) if scene.carried else ()
    # Of a complaint by many (群诉): all who reported it, whichever case carries theirs.
    return made | {"reporters": 1 + len(followers)}


def of_joint(s: Serving, cases: Sequence[Case]) -> dict[int, dict[str, Any]]:
    """Return lead and summary of joint cases; one statement."""
    found = show.summaries(s.session, [case.id for case in cases])
    return {
        case.id: {"lead": views.unit(s.known, leading(case)), "summary": summary(found[case.id])}
        for case in cases
    }


def listed(s: Serving, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return a page of joint cases."""
    joint = of_joint(s, cases)
    shown = views.listed(s, cases, s.actor)
    return [view | {"joint": joint[case.id]} for case, view in zip(cases, shown, strict=True)]


def items(s: Serving, case: Case) -> dict[str, Any]:
    """Return the items of a joint case that whoever asks may see, and how far the whole is."""
    if not case.joint:
        raise NotJoint
    found = show.items_of(s.session, [case.id], s.actor, s.at, s.known)[case.id]
    cases = [one.case for one in found]
    seen = scenes(s.session, cases, s.actor, s.at, s.known)
    return {
        "items": [_item(s, one, scene) for one, scene in zip(found, seen, strict=True)],
        **of_joint(s, [case])[case.id],
    }


def _item(s: Serving, one: Item, scene: Scene) -> dict[str, Any]:
    case, known = one.case, s.known
    running = clocks.shown(known, scene)
    original, own = original_text(scene), is_reporter(scene)
    return views.short(known, case, original=original, exact=exact_place(scene)) | {
        "outcome": case.outcome,
        "result": case.result,
        "progress": one.progress._asdict() if one.progress else None,
        "suspended_for": one.suspended_for,
        "resume_on": case.resume_on,
        # Of a case of one's own that was bundled the list tells no more than the case does.
        "co_units": [] if own else _asked(s, one.co_units),
        "pending": None if own else case.pending,
        "clocks": [] if own else running,
        "due": _due(running),
        "steps": [views.offer(known, offer) for offer in offered(scene)],
    }


def _due(running: list[dict[str, Any]]) -> Any:
    """Return by when its unit has to have handled it; before it has, by when the case is due."""
    handling = (view["due"] for view in running if view["name"] == "handle")
    return next(handling, None) or clocks.due_of(running)


def _asked(s: Serving, asked: Sequence[show.Asked]) -> list[dict[str, Any]]:
    return [
        {
            "unit": views.unit(s.known, one.unit),
            "asked_at": one.asked_at,
            "joined_at": one.joined_at,
        }
        for one in asked
    ]


def summary(found: Summary) -> dict[str, Any]:
    """Return how far a joint case has come, in numbers and in words."""
    why = [(reason, number) for reason, number in sorted(found.suspended.items())]
    return {
        "total": found.total,
        "done": found.done,
        "open": found.open,
        "rejected": found.rejected,
        "suspended": [
            {"reason": reason, "reason_name": _reason(reason), "number": number}
            for reason, number in why
        ],
        "text": sentence(found),
    }


def sentence(found: Summary) -> str:
    """Return it in words: 已落实 5/7，2 项挂账（政策空白）."""
    said = [say(N_("%(done)s of %(total)s done"), {"done": found.done, "total": found.total})]
    if found.suspended:
        reasons = say(N_(", ")).join(_reason(reason) for reason in sorted(found.suspended))
        values = {"number": sum(found.suspended.values()), "reasons": reasons}
        said.append(say(N_("%(number)s suspended (%(reasons)s)"), values))
    if found.rejected:
        said.append(say(N_("%(number)s dropped"), {"number": found.rejected}))
    return say(N_("; ")).join(said)


def _reason(reason: str) -> str:
    return say(SUSPENSION_REASONS[reason]) if reason in SUSPENSION_REASONS else reason
