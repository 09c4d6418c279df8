"""Following a report by number and code: who has it, what comes next, by when, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import segno
from flask import Response, request
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from gridgov.app import installation
from gridgov.cases import numbers
from gridgov.cases.act import act, find
from gridgov.cases.attach import attached, one
from gridgov.errors import GridgovError, NotFound
from gridgov.faces import limits
from gridgov.faces.case import case_view, timeline_view
from gridgov.web import codes, forms, progress, uploads
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import FormWrong, Wrong
from gridgov.web.shared import shared
from gridgov.web.shell import Visit, visiting

PAGE = "/follow/<string:number>"
INLINE = ("image/", "audio/")
TOLD = ("true", "false", "urge", "comment")  # what the page says something about afterwards
EMPTY: Mapping[str, str] = MappingProxyType({})


@blueprint.get("/follow")
def follow() -> Answer:
    """Ask for number and code."""
    with visiting() as visit:
        return visit.page("follow_ask.html", number="", errors=[])


@blueprint.post("/follow")
@limits.others()
def open_case() -> Answer:
    """Find number and code right, and go on to the case; the code goes into a cookie."""
    given, code = request.form.get("number", ""), request.form.get("code", "")
    try:
        number = numbers.read(given)
        with limits.guesses(number, code):
            if not installation().settings.keys.opens(number, code):
                raise NotFound(field="number")
    except GridgovError as error:
        return _ask(given, forms.of_error(error), 422)
    sent = request.form.get("sent") == "1"
    refused = request.form.get("refused", 0, int)
    answer = _going(number, f"/sent{f'?refused={refused}' if refused else ''}" if sent else "")
    codes.keep(answer, number, code.strip())
    return answer


@blueprint.get(PAGE)
@limits.others()
def follow_case(number: str) -> Answer:
    """Show how a case stands."""
    return _case_page(number, [])


@blueprint.get(PAGE + "/sent")
@limits.others()
def sent_case(number: str) -> Answer:
    """Show what was sent: number, code, what comes next; and how to take it back."""
    number, code = _known(number)
    if code is None:
        return _ask(number, [])
    address = f"{request.host_url.rstrip('/')}{codes.FOLLOW}{number}#{code}"
    drawn = Markup(segno.make(address, error="m").svg_inline(border=2, omitsize=True))  # noqa: S704
    with visiting(number=number, code=code) as visit:
        view = _view(visit, number)
        return visit.page(
            "sent.html",
            case=view,
            code=f"{code[:4]}-{code[4:]}",
            qr=drawn,
            refused=request.args.get("refused", 0, int),
            undo=progress.undo(view, visit.serving.at),
            steps=_steps(view),
            sentence=progress.sent_to(view, visit.serving.at, visit.zone),
        )


@blueprint.post(PAGE)
@limits.others()
def act_on_case(number: str) -> Answer:
    """Take the step that a form means, with its files."""
    number, code = _known(number)
    if code is None:
        return _ask(number, [])
    given = request.form.to_dict()
    # Asked for with the confirmation, and carried on to the evaluation that comes next.
    contacted = given.pop("contacted", None) if given.get("step") == "confirm" else None
    files = [file for file in request.files.getlist("file") if file.filename]
    try:
        if files:
            refused = uploads.take(number, code, files)
            if refused:
                raise FormWrong([{"field": "file", "message": text} for text in refused])
        if not files or given.get("text", "").strip() or given.get("step") == "supply":
            _take(number, code, given)
    except FormWrong as error:
        return _case_page(number, error.wrong, 422, given)
    except GridgovError as error:
        return _case_page(number, forms.of_error(error), 422, given)
    told = contacted if contacted in ("true", "false") else given.get("step", "")
    answer = _going(number, f"?done={told}" if told in TOLD else "")
    codes.keep(answer, number, code)
    return answer


@blueprint.get(PAGE + "/files/<int:key>")
@limits.others()
def case_file(number: str, key: int) -> Answer:
    """Show a photo of a case to its reporter."""
    number, code = _known(number)
    if code is None:
        raise NotFound
    with visiting(number=number, code=code) as visit:
        s = visit.serving
        file = one(s.session, number, key, s.actor, s.at, s.known)
    response = Response(installation().store.get(file.digest), mimetype=file.media_type)
    if not file.media_type.startswith(INLINE):
        response.headers["Content-Disposition"] = "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _take(number: str, code: str, given: dict[str, str]) -> None:
    wanted = forms.step(given)
    with visiting(write=True, number=number, code=code) as visit:
        s = visit.serving
        act(s.session, number, [wanted], s.actor, s.at, s.known)


def _known(number: str) -> tuple[str, str | None]:
    number = numbers.read(number)
    return number, codes.kept(number)


def _going(number: str, rest: str = "") -> Response:
    return Response(status=303, headers={"Location": f"{codes.FOLLOW}{number}{rest}"})


def _ask(number: str, wrong: Wrong, status: int = 200) -> Response:
    with visiting() as visit:
        return visit.page("follow_ask.html", status, number=number, errors=wrong)


def _case_page(
    number: str, wrong: Wrong, status: int = 200, typed: Mapping[str, str] = EMPTY
) -> Response:
    number, code = _known(number)
    if code is None:
        return _ask(number, wrong, status)
    with visiting(number=number, code=code) as visit:
        s = visit.serving
        view = _view(visit, number)
        case, files = attached(s.session, number, s.actor, s.at, s.known)
        events = timeline_view(s, case, s.actor)
        return visit.page(
            "follow.html",
            status,
            case=view,
            steps=_steps(view),
            errors=wrong,
            stand=progress.stand(view),
            shared=shared(visit, case),
            events=progress.told(events),
            before=[file for file in files if file.event.role == "reporter"],
            after=[file for file in files if file.event.role != "reporter"],
            contacted=request.args.get("done", ""),
            typed=typed,
        )


def _view(visit: Visit, number: str) -> dict[str, Any]:
    s = visit.serving
    case = find(s.session, number, s.actor, s.at, s.known)
    return case_view(s, case, s.actor)


def _steps(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in view["steps"]}
