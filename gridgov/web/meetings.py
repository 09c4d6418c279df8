"""Meetings: the list, the form that plans one, and one with its agenda, papers and resolutions."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from gridgov.app import installation
from gridgov.errors import GridgovError
from gridgov.faces import agenda
from gridgov.faces import meetings as faces
from gridgov.faces.meeting_inputs import CancelIn, ChangeIn, HoldIn, MeetingIn
from gridgov.faces.problems import status_of
from gridgov.joint import invite, meetings, minutes, resolutions, resolved
from gridgov.joint.meetings import CANCELLED, KEEPERS, KINDS, PLANNED, STATES
from gridgov.joint.refusals import NotAPaper
from gridgov.joint.tables import Meeting
from gridgov.language import say
from gridgov.web import form_keys, forms
from gridgov.web.admin import onward
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.meeting_forms import (
    Form,
    body,
    given_by,
    is_key,
    offered,
    owners,
    present,
    version_seen,
)
from gridgov.web.shell import Visit, visiting
from gridgov.web.typed import of_names

PAGE = "/meetings/<int:key>"
SHOWN = 25


@blueprint.get("/meetings")
def meetings_page() -> Answer:
    """List the meetings that one keeps, is invited to or came to, the latest first."""
    with visiting() as visit:
        s, args = visit.serving, request.args
        state = args["state"] if args.get("state") in STATES else None
        before = int(args["before"]) if is_key(args.get("before", "")) else None
        found = meetings.listed(
            s.session, s.actor, s.known, state=state, before=before, limit=SHOWN + 1
        )
        more = len(found) > SHOWN
        return visit.page(
            "meetings.html",
            meetings=faces.short(s, found[:SHOWN]),
            state=state,
            states=[(name, say(label)) for name, label in STATES.items()],
            next=found[SHOWN - 1].id if more else None,
            keeps=s.actor.holds(*KEEPERS),
            left=resolved.count(s.session, s.actor, s.at, s.known, shown="open"),
        )


@blueprint.get("/meetings/new")
def plan_meeting() -> Answer:
    """Show the form that plans a meeting."""
    with visiting() as visit:
        return _form(visit, Form(), [])


@blueprint.post("/meetings/new")
def add_meeting() -> Answer:
    """Plan a meeting."""
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            asked = forms.loaded(MeetingIn(), body(visit))["asked"]
            once = form_keys.sent(visit)
            key = invite.call(s.session, asked, s.actor, s.at, s.known, once).id
    except (FormWrong, GridgovError) as error:
        with visiting() as visit:
            return _form(visit, request.form, _wrong(error))
    return onward(f"/meetings/{key}?saved=1")


@blueprint.get(PAGE)
def meeting(key: int) -> Answer:
    """Show a meeting; it prints on A4."""
    with visiting() as visit:
        return shown(visit, key, Form(), [])


@blueprint.get(PAGE + "/plan")
def meeting_plan(key: int) -> Answer:
    """Show the form that plans a meeting otherwise."""
    with visiting() as visit:
        s = visit.serving
        found = meetings.keep(s.session, key, s.actor, s.known)
        return _form(visit, given_by(visit, found), [], found)


@blueprint.post(PAGE + "/plan")
def change_meeting(key: int) -> Answer:
    """Plan a meeting otherwise, while it is to come."""
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            changed = forms.loaded(ChangeIn(), body(visit) | version_seen())
            invite.move(
                s.session, key, changed["asked"], s.actor, s.at, s.known, changed["version"]
            )
    except (FormWrong, GridgovError) as error:
        with visiting() as visit:
            found = meetings.keep(visit.serving.session, key, visit.actor, visit.serving.known)
            return _form(visit, request.form, _wrong(error), found)
    return onward(f"/meetings/{key}?saved=1")


@blueprint.post(PAGE + "/hold")
def hold_meeting(key: int) -> Answer:
    """Note that it was held, and who came."""
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            said = forms.loaded(HoldIn(), {"came": present(request.form)} | version_seen())
            meetings.hold(s.session, key, said["came"], s.actor, s.at, s.known, said.get("version"))
    except (FormWrong, GridgovError) as error:
        return again(key, error)
    return onward(f"/meetings/{key}")


@blueprint.post(PAGE + "/cancel")
def cancel_meeting(key: int) -> Answer:
    """Call a meeting off."""
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            why = {"why": request.form.get("why", "").strip()}
            said = forms.loaded(CancelIn(), why | version_seen())
            version = said.get("version")
            invite.cancel(s.session, key, said["why"], s.actor, s.at, s.known, version)
    except (FormWrong, GridgovError) as error:
        return again(key, error)
    return onward(f"/meetings/{key}")


@blueprint.post(PAGE + "/minutes")
def add_minutes(key: int) -> Answer:
    """Add minutes, PDF or OFD."""
    app = installation()
    most = app.settings.max_file_bytes
    try:
        with visiting() as visit:
            minutes.ready(visit.serving.session, key, visit.actor, visit.serving.known)
        papers = [one for one in request.files.getlist("file") if one.filename]
        if not papers:
            raise NotAPaper(field="file")
        for sent in papers:
            cleaned = minutes.paper(sent.stream.read(most + 1), sent.mimetype, most)
            digest = app.store.put(cleaned.data)
            with visiting(write=True) as visit:
                s = visit.serving
                minutes.add(s.session, key, cleaned, digest, s.actor, s.at, s.known)
    except GridgovError as error:
        return again(key, error)
    return onward(f"/meetings/{key}#minutes")


@blueprint.get(PAGE + "/minutes/<int:paper>")
def minutes_file(key: int, paper: int) -> Answer:
    """Send a paper to whoever reads the meeting."""
    with visiting() as visit:
        s = visit.serving
        found = minutes.one(s.session, key, paper, s.actor, s.known)
    response = Response(installation().store.get(found.digest), mimetype=found.media_type)
    name = f"meeting-{key}-{found.id}.{found.media_type.rpartition('/')[2]}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get(PAGE + "/agenda/<section>")
def meeting_section(key: int, section: str) -> Answer:
    """List all cases of a section of the agenda."""
    with visiting() as visit:
        s = visit.serving
        found = meetings.find(s.session, key, s.actor, s.known)
        values = agenda.behind(s, found, section, request.args.get("after", "")[:80] or None)
        return visit.page("meeting_section.html", meeting=faces.whole(s, found), **values)


def shown(visit: Visit, key: int, given: Form, wrong: Wrong, status: int = 200) -> Answer:
    """Show a meeting, with what somebody sent that could not be taken."""
    s = visit.serving
    found = meetings.find(s.session, key, s.actor, s.known)
    view = faces.whole(s, found)
    asking = s.session, s.actor, s.at, s.known
    own = resolved.listed(*asking, shown="all", meeting=key, limit=None)
    off = found.state == CANCELLED
    left = 0 if off else resolved.count(*asking, shown="open", earlier_than=found)
    earlier = resolved.listed(*asking, earlier_than=found) if left else []
    none = resolved.Since([], 0)
    done = none if off else resolved.done_since(s.session, found, s.actor, s.at, s.known)
    return visit.page(
        "meeting.html",
        422 if wrong and status == 200 else status,
        meeting=view,
        agenda=[] if off else agenda.sections(s, found),
        own=faces.resolved(s, own),
        earlier=faces.resolved(s, earlier),
        left=left,
        since=faces.resolved(s, done.told),
        since_number=done.number,
        planned=found.state == PLANNED,
        off=off,
        # Planned for a time that is past: whoever did may think that those invited were told.
        untold="saved" in request.args and found.state == PLANNED and found.starts_at <= s.at,
        kinds=[(name, say(label)) for name, label in resolutions.KINDS.items()],
        given=given,
        errors=wrong,
        **(offered(visit) | {"owners": owners(visit)} if view["keeps"] else {}),
    )


def again(key: int, error: Exception, to: str | None = None) -> Answer:
    """Show a meeting again, with what was wrong; `to` is the id where it was typed."""
    wrong = _wrong(error)
    with visiting() as visit:
        led = wrong if to is None else of_names(wrong, (), else_to=to)
        return shown(visit, key, request.form, led, _status(error))


def _form(visit: Visit, given: Form, wrong: Wrong, found: Meeting | None = None) -> Answer:
    s = visit.serving
    return visit.page(
        "meeting_plan.html",
        422 if wrong else 200,
        key=found.id if found else None,
        form_key=(given.get("key") if wrong else None) or form_keys.new(),
        version=found.version if found else None,
        given=given,
        errors=wrong,
        kinds=[(name, say(label)) for name, label in KINDS.items()],
        areas=meetings.areas(s.session, s.actor),
        **offered(visit),
    )


def _wrong(error: Exception) -> Wrong:
    if isinstance(error, FormWrong):
        # A field of a field is told of beside the outer one's own parts.
        return [one | {"field": one["field"].rpartition(".")[2]} for one in error.wrong]
    return forms.of_error(error) if isinstance(error, GridgovError) else []


def _status(error: Exception) -> int:
    return status_of(type(error)) if isinstance(error, GridgovError) else 422
