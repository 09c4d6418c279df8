"""The one blueprint of all pages; each module of pages puts its routes on it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("web", __name__, template_folder="templates")
