"""Without a network: the service worker, the installed page's manifest, and what waits to be sent.

The worker keeps pages by whoever they were made for; `shell.headers` says so on each of them.
"""

from __future__ import annotations

import hashlib
import json

from flask import Response, abort, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from gridgov.app import installation
from gridgov.language import say, speaks
from gridgov.people.roles import GRID_ROLES
from gridgov.web import words
from gridgov.web.assets import ADDRESS, BUILT, manifest
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting
from gridgov.words import N_

WORKER = BUILT / "worker.js"
ENTRIES = ("base.js", "report.js", "work.js", "case.js", "outbox.js", "visits.js")
ACCENT, PAPER = "#1457a8", "#ffffff"
# A grid of four cells, one of them lit; drawn within the middle four fifths, so that it may be cut.
ICON = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120">
<rect width="120" height="120" fill="{ACCENT}"/>
<g fill="none" stroke="{PAPER}" stroke-width="6" stroke-linejoin="round">
<path d="M30 30h60v60H30zM60 30v60M30 60h60"/></g>
<circle cx="75" cy="45" r="8" fill="#ffd84d"/>
</svg>
"""


@blueprint.get("/worker.js")
def worker() -> Answer:
    """Serve the service worker at the root, with the list of what is built."""
    try:
        script = WORKER.read_text("utf-8")
    except OSError:
        abort(404)
    shell = [*_shell(), url_for("web.no_network")]
    body = json.dumps({"shell": shell, "version": _digest(script, *shell)})
    response = Response(f"self.gridgov={body};\n{script}", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/manifest.webmanifest")
def web_manifest() -> Response:
    """Tell a browser how the page is called and looks when it is installed."""
    name = installation().settings.office_name
    icon = {"src": url_for("web.icon"), "sizes": "any", "type": "image/svg+xml"}
    report = {"name": say(N_("Report a problem")), "url": url_for("web.report")}
    text = json.dumps(
        {
            "id": "/",
            "name": name,
            "short_name": name[:12],
            "lang": "zh-CN" if speaks("zh") else "en",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": ACCENT,
            "icons": [icon | {"purpose": purpose} for purpose in ("any", "maskable")],
            "shortcuts": [report],
        },
        ensure_ascii=False,
    )
    return Response(text, mimetype="application/manifest+json")


@blueprint.get("/icon.svg")
def icon() -> Response:
    """Serve the sign of the installed page."""
    response = Response(ICON, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=604800"
    return response


@blueprint.get("/offline")
def no_network() -> Response:
    """Say that there is no network, and what can be done without; made for nobody in particular."""
    return Response(render_template("offline.html"), mimetype="text/html")


@blueprint.get("/outbox")
def outbox() -> Answer:
    """Show what waits on this device; the list is the device's own, and filled in there."""
    with visiting() as visit:
        return visit.page("outbox.html", settles=visit.actor.holds(*GRID_ROLES))


@blueprint.get("/outbox/who")
def who_is_here() -> Response:
    """Tell a queue for whom it would send now, so that nothing goes out in another's name."""
    with visiting() as visit:
        answer: Response = jsonify(who=visit.who)
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _shell() -> list[str]:
    """Return the addresses of all that the pages load which open without a network."""
    found = manifest()
    chunks = [f"src/{name}" for name in ENTRIES if f"src/{name}" in found]
    for key in chunks:
        nexts = (*found[key].get("imports", ()), *found[key].get("dynamicImports", ()))
        chunks += [one for one in nexts if one not in chunks]
    files = [ADDRESS + found[key]["file"] for key in chunks]
    files += [ADDRESS + css for key in chunks for css in found[key].get("css", ())]
    said = [
        url_for("web.spoken_words", language=language, digest=words.script(language)[1])
        for language in installation().settings.languages
        if language == "zh"
    ]
    return list(dict.fromkeys([*files, *said, url_for("web.icon")]))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
