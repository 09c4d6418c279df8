"""A TOML table becomes a frozen dataclass: unknown keys, missing ones and wrong types are named."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from math import isfinite
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from gridgov.replay.refusals import KeyMissing, KeyUnknown, ValueWrong
from gridgov.words import N_

Table = TypeVar("Table")
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LONGEST = 1000  # characters of a text
MOST = 5000  # entries of a table or list
TAKES = {
    str: N_("a text"),
    int: N_("a whole number"),
    float: N_("a number"),
    bool: N_("true or false"),
    tuple: N_("a list"),
    dict: N_("a table"),
}


def build(kind: type[Table], table: Any, where: str = "") -> Table:
    """Make a dataclass of a TOML table; raises KeyUnknown, KeyMissing, ValueWrong."""
    if not isinstance(table, Mapping):
        raise ValueWrong(key=where, value=table, takes=TAKES[dict])
    hints = get_type_hints(kind)
    known = {field.name.rstrip("_"): field for field in fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise KeyUnknown(key=_joined(where, key), known=", ".join(known))
    values: dict[str, Any] = {}
    for key, field in known.items():
        if key in table:
            values[field.name] = _value(hints[field.name], table[key], _joined(where, key))
        elif field.default is MISSING and field.default_factory is MISSING:
            raise KeyMissing(key=_joined(where, key))
    return kind(**values)


def _joined(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _value(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, where)
    plain = get_origin(hint) or hint
    if plain is tuple:
        if not isinstance(value, list) or len(value) > MOST:
            raise ValueWrong(key=where, value=value, takes=TAKES[tuple])
        one = get_args(hint)[0]
        return tuple(_value(one, each, f"{where}[{n}]") for n, each in enumerate(value))
    if plain is dict:
        if not isinstance(value, Mapping) or len(value) > MOST:
            raise ValueWrong(key=where, value=value, takes=TAKES[dict])
        one = get_args(hint)[1]
        return {_text(k, where): _value(one, v, _joined(where, k)) for k, v in value.items()}
    return _plain(plain, value, where)


def _plain(kind: type, value: Any, where: str) -> Any:
    if kind is str:
        # TOML has times of its own; they may be written with or without quotes.
        return _text(value.isoformat() if isinstance(value, date) else value, where)
    if kind is float and type(value) in (int, float):
        if not -1e12 < value < 1e12 or not isfinite(value):
            raise ValueWrong(key=where, value=value, takes=N_("a number of reasonable size"))
        return float(value)
    small = not isinstance(value, int) or abs(value) < 10**9
    if type(value) is not kind or not small:
        raise ValueWrong(key=where, value=value, takes=TAKES[kind])
    return value


def _text(value: Any, where: str) -> str:
    fits = isinstance(value, str) and len(value) <= LONGEST
    if not fits or _NO_TEXT.search(value):
        raise ValueWrong(key=where, value=value, takes=TAKES[str])
    return str(value)
