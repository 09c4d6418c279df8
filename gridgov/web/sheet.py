"""A case on one A4: as an order (交办单) or a supervision order (督办单), without any contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import segno
from flask import request
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from gridgov.cases import numbers
from gridgov.cases.act import find, scene_of
from gridgov.cases.workflow import STEPS
from gridgov.faces import worklist
from gridgov.faces.case import case_view, timeline_view
from gridgov.language import say
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting
from gridgov.words import N_

KINDS = {"order": N_("Order"), "supervision": N_("Supervision order")}
# What a supervision order may be for, the gravest first.
SUPERVISES = ("red_card", "yellow_card", "instruct", "supervise")
SAID = ("text", "reason")


@blueprint.get("/cases/<string:number>/sheet")
def sheet(number: str) -> Answer:
    """Show a case as a sheet to print; `?kind=` order or supervision."""
    wanted = request.args.get("kind", "order")
    kind = wanted if wanted in KINDS else "order"
    with visiting() as visit:
        s = visit.serving
        found = find(s.session, numbers.read(number), s.actor, s.at, s.known)
        scene = scene_of(s.session, found, s.actor, s.at, s.known)
        view = case_view(s, found, s.actor)
        events = timeline_view(s, found, s.actor)
        address = f"{request.host_url.rstrip('/')}/cases/{found.number}"
        drawn = segno.make(address, error="m").svg_inline(border=2, omitsize=True)
        return visit.page(
            "sheet.html",
            kind=kind,
            kinds=[(name, say(label)) for name, label in KINDS.items()],
            title=say(KINDS[kind]),
            case=view,
            line=worklist.line(s.known, scene),
            orders=_orders(events),
            sent=_last(events, "dispatch", "dispatch_urgent", "assign_final"),
            qr=Markup(drawn),  # noqa: S704 (drawn here, of our own address)
            address=address,
        )


def _orders(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the supervisions, instructions and cards of the present round, the newest first."""
    return [
        {
            "at": one["at"],
            "title": say(STEPS[one["step"]].label),
            "by": one["role_name"],
            "text": next((one["text"][name] for name in SAID if one["text"].get(name)), ""),
            "reply_due": _instant((one.get("data") or {}).get("reply_due")),
        }
        for one in reversed(events)
        if one["step"] in SUPERVISES
    ]


def _instant(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _last(events: list[dict[str, Any]], *steps: str) -> dict[str, Any] | None:
    return next((one for one in reversed(events) if one["step"] in steps), None)
