"""What somebody sent that could not be taken, and where each line of what is wrong leads.

To the field, else to the form, that is on the page. Where several forms of one page ask for a field
of the same name, its id tells the form as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from gridgov.web.forms import Wrong

ADD_ITEM = "add_item"
NOWHERE = ""  # such a line is no link
OF_NEW_ITEM = {
    name: name for name in ("text", "unit", "category", "kind", "amount", "co_units")
} | {"limit": "amount"}
OF_PAPER = ("valid_until", "text")


class Typed(NamedTuple):
    """What somebody sent that could not be taken; it is shown again, nothing is lost."""

    step: str = ""
    given: dict[str, str] | None = None
    wrong: Wrong | None = None
    item: str = ""  # the number of the item that it was meant for, on a joint case's page
    many: tuple[str, ...] = ()  # units ticked to co-operate on a new item


def led(typed: Typed, forms: list[dict[str, Any]], table: dict[str, Any] | None) -> Wrong:
    """Return what is wrong, each leading to where it was typed, as far as that is on the page."""
    wrong, step = typed.wrong or [], typed.step
    if typed.item:
        rows = table["rows"] if table else []
        row = next((one for one in rows if one["number"] == typed.item), None)
        found = form_of(row["forms"], step) if row else None
        else_to = f"item-{typed.item}" if row else NOWHERE
        return of_step(wrong, found, of=f"{typed.item}-", else_to=else_to)
    if step == ADD_ITEM:
        adds = bool(table and table["adds"])
        return of_names(wrong, OF_NEW_ITEM if adds else (), else_to="add-item" if adds else NOWHERE)
    if step == "read_contact":
        return of_names(wrong, ("purpose",), else_to=NOWHERE)
    form = form_of(forms, step)
    if form and step == "check_off":
        return of_names(wrong, OF_PAPER, else_to="papers-title")
    typed_on = "typed" if typed.given else NOWHERE
    return of_step(wrong, form, else_to=f"step-{step}" if form else typed_on)


def of_step(wrong: Wrong, form: dict[str, Any] | None, *, of: str = "", else_to: str) -> Wrong:
    """Lead to the fields of a step's form; `of` is the number of the case, in a list of several.

    `else_to` is the id of the form, for what is wrong with no field of it.
    """
    names = _ids(form, of) if form else {}
    return [one | {"at": names.get(_name(one), else_to)} for one in wrong]


def of_names(wrong: Wrong, names: dict[str, str] | Sequence[str], *, else_to: str) -> Wrong:
    """Lead to fields whose ids are of their names alone; `names` are those that there are."""
    ids = names if isinstance(names, dict) else {name: name for name in names}
    return [one | {"at": f"f-{ids[_name(one)]}" if _name(one) in ids else else_to} for one in wrong]


def form_of(forms: Iterable[dict[str, Any]], step: str) -> dict[str, Any] | None:
    """Return the form of a step, where it is on offer."""
    return next((form for form in forms if form["name"] == step), None)


def _ids(form: dict[str, Any], of: str) -> dict[str, str]:
    step = form["name"]
    names = {field["name"]: f"f-{of}{step}-{field['name']}" for field in form["fields"]}
    return names | ({"file": f"file-{step}"} if form["photo"] and not of else {})


def _name(one: dict[str, str]) -> str:
    return "location" if one["field"].startswith("location.") else one["field"]
