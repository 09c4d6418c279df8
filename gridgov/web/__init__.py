"""The pages: forms and lists that work without a script, and better with one.

A page has no rule of its own: it loads, calls the verb that the API calls too, and shows. What
somebody may do comes from the case's offered steps, who may open a page from the access table.
"""

from __future__ import annotations

from importlib import import_module

from flask import Flask

import gridgov.web.assets as assets
import gridgov.web.errors as errors
import gridgov.web.shell as shell
from gridgov.settings import Settings
from gridgov.web.blueprint import blueprint

# Modules of this package that hold routes; a new page's module is named here.
PAGES = (
    "account", "admin", "admin_accounts", "admin_audit", "admin_clocks", "admin_duties",
    "admin_maps", "admin_system", "calls", "case", "cases", "committee", "duty", "firms", "follow",
    "home", "intake", "joint", "live", "map", "meetings", "offline", "queue", "rehearse", "report",
    "resolutions", "sheet", "signing_in", "static", "styleguide", "visits", "wishes", "work",
)  # fmt: skip


def init(app: Flask, settings: Settings) -> None:
    """Attach the pages."""
    for name in PAGES:
        import_module(f"{__name__}.{name}")
    shell.init(app, settings)
    assets.init(app)
    errors.init(app)
    app.register_blueprint(blueprint)
