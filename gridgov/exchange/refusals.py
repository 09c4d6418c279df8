"""Why something cannot be handed out as it was asked for."""

from __future__ import annotations

from gridgov.errors import BadInput, Conflict, GridgovError, NotFound, TooMuch


class FormatUnknown(BadInput):
    """There is no format %(name)s; choose one of %(known)s."""


class LayerUnknown(BadInput):
    """There is no layer %(name)s; choose one of %(known)s."""


class OneLayerOnly(BadInput):
    """A file of the format %(format)s holds one layer; GeoPackage and XLSX hold several."""


class DatumUnknown(BadInput):
    """Choose wgs84, cgcs2000, gk, gcj02, bd09 or an EPSG code such as EPSG:4549."""


class DatumNotInFormat(BadInput):
    """%(format)s is always in WGS 84; choose another format for %(datum)s."""


class EncodingUnknown(BadInput):
    """Choose the encoding utf-8 or cp936."""


class NoFigureFilter(BadInput):
    """Figures take from, to, grid, unit, category, channel and cell, and no other filter."""


class TooManyRows(TooMuch):
    """A sheet of XLSX holds no more than 1,048,575 rows; choose CSV, or narrow the filters."""


class TooManyAtOnce(Conflict):
    """These are %(count)s rows; ask for them with POST /api/v1/exports and fetch the file later."""


class ExportMissing(NotFound):
    """There is no such export of yours; files are kept for a day."""


class ExportNotReady(Conflict):
    """This file is not ready yet; ask for its state first."""


class TooManyExports(Conflict):
    """You have %(count)s exports waiting or running already; wait for one to end."""


class ExportBroken(GridgovError):
    """The file could not be written; it has been noted. Try again later."""
