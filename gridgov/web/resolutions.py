"""What meetings resolved: written down at one, reported on by its owner, ticked at the next."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response as Answer

from gridgov.errors import GridgovError, NotFound
from gridgov.faces import meetings as faces
from gridgov.faces.meeting_inputs import ReportIn, ResolutionIn, TickIn
from gridgov.joint import resolutions, resolved
from gridgov.joint.resolved import SHOWN
from gridgov.language import say
from gridgov.web import forms
from gridgov.web.admin import onward
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.meeting_forms import is_key, version_seen
from gridgov.web.meetings import again
from gridgov.web.shell import Visit, visiting
from gridgov.web.typed import of_names
from gridgov.words import N_

PAGE = 50
LABELS = {
    "open": N_("Not done"),
    "before": N_("Left from before this week"),
    "done": N_("It is done"),
    "all": N_("All of them"),
}
TICKS = {resolutions.TICKED: True, resolutions.UNTICKED: False}  # by the button's value
FIELDS = ("text", "unit", "person", "due", "kind", "case")


@blueprint.post("/meetings/<int:key>/resolutions")
def add_resolution(key: int) -> Answer:
    """Write down what a meeting resolved."""
    given = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        asked = forms.loaded(ResolutionIn(), {name: text for name, text in given.items() if text})
        with visiting(write=True) as visit:
            s = visit.serving
            made = resolutions.resolve(s.session, key, asked, s.actor, s.at, s.known).id
    except (FormWrong, GridgovError) as error:
        return again(key, error)
    return onward(f"/meetings/{key}#r{made}")


@blueprint.get("/meetings/resolutions")
def resolutions_page() -> Answer:
    """List resolutions; those of others' meetings that are one's own to do, too."""
    with visiting() as visit:
        return _list(visit, [])


@blueprint.post("/meetings/resolutions/<int:key>")
def note_resolution(key: int) -> Answer:
    """Report on it, or tick it; then go back to where that was done."""
    do, text = request.form.get("do", ""), request.form.get("text", "").strip()
    at = request.form.get("meeting", "")
    here = int(at) if is_key(at) else None
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            if do == resolutions.REPORTED:
                said = forms.loaded(ReportIn(), {"text": text} if text else {})["text"]
                resolutions.report(s.session, key, said, s.actor, s.at, s.known)
            else:
                body: dict[str, Any] = {"done": TICKS.get(do)}
                body |= {"text": text} if text else {}
                tick = forms.loaded(TickIn(), body | version_seen())
                resolutions.tick(
                    s.session, key, tick["done"], tick.get("text"), s.actor, s.at, s.known,
                    version=tick.get("version"), meeting=here,
                )  # fmt: skip
    except NotFound:
        raise
    except (FormWrong, GridgovError) as error:
        if here is not None:
            return again(here, error, f"r{key}")
        wrong = error.wrong if isinstance(error, FormWrong) else forms.of_error(error)
        with visiting() as visit:
            return _list(visit, of_names(wrong, (), else_to=f"r{key}"))
    back = f"/meetings/{here}" if here is not None else "/meetings/resolutions"
    return onward(f"{back}#r{key}")


def _list(visit: Visit, wrong: Wrong) -> Answer:
    s, args = visit.serving, request.args
    shown = args["shown"] if args.get("shown") in SHOWN else "open"
    after = int(args["after"]) if is_key(args.get("after", "")) else 0
    found = resolved.listed(
        s.session, s.actor, s.at, s.known, shown=shown, after=after, limit=PAGE + 1
    )
    return visit.page(
        "resolutions.html",
        422 if wrong else 200,
        errors=wrong,
        shown=shown,
        tabs=[(say(LABELS[name]), f"?shown={name}", None, name == shown) for name in SHOWN],
        resolutions=faces.resolved(s, found[:PAGE]),
        count=resolved.count(s.session, s.actor, s.at, s.known, shown=shown),
        next=found[PAGE - 1].resolution.id if len(found) > PAGE else None,
    )
