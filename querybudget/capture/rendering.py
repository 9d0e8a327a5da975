"""What was being rendered when a query ran: a template's line, a column of an admin list, a form's field.

Reads Django's own frames. A template counts as the project's wherever it lies, but not in an environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from querybudget.capture import callsite

if TYPE_CHECKING:
    from types import FrameType

    from querybudget.capture.scopes import RawEvent
    from querybudget.records import Place


def _node(frame: FrameType, event: RawEvent) -> None:
    """Note a node of a template, innermost first, and whether code of the project runs inside it."""
    node = frame.f_locals["self"]
    token, origin = getattr(node, "token", None), getattr(node, "origin", None)
    if token is not None and origin is not None:
        is_innermost = event.code is None and event.test_code is None
        event.nodes = (*event.nodes, (origin.name, token.lineno, is_innermost))


def _column(frame: FrameType, event: RawEvent) -> None:
    """Note which column of an admin's list is at work."""
    names = frame.f_locals
    _label(event, "admin column", names["cl"].model_admin, names.get("field_name"))


def _widget(frame: FrameType, event: RawEvent) -> None:
    """Note which field of a form is shown."""
    bound = frame.f_locals["self"]
    _label(event, "form field", bound.form, bound.name)


def _cleaned(frame: FrameType, event: RawEvent) -> None:
    """Note which field of a form is validated."""
    names = frame.f_locals
    _label(event, "form field", names["self"], names.get("name"))


def _label(event: RawEvent, what: str, owner: Any, name: Any) -> None:
    if not event.label and name is not None:
        shown = name if isinstance(name, str) else getattr(name, "__name__", type(name).__name__)
        event.label = f"{what} {type(owner).__name__}.{shown}"


HANDLERS: frozenset[Any] = frozenset({_node, _column, _widget, _cleaned})

DJANGO: dict[str, dict[str, Any]] = {
    "template/base.py": {"Node.render_annotated": _node},
    "contrib/admin/templatetags/admin_list.py": {"items_for_result": _column},
    "forms/boundfield.py": {"BoundField.as_widget": _widget},
    "forms/forms.py": {"BaseForm._clean_fields": _cleaned},
}


def place_in(raw: RawEvent) -> tuple[Place | None, bool]:
    """Return the line of the innermost template of the project, and whether no code of it ran inside that."""
    name, line = line_of(raw)
    is_innermost = next((inner for file, at, inner in raw.nodes if (file, at) == (name, line)), False)
    return (callsite.place(name, line) if name else None), is_innermost


def line_of(raw: RawEvent) -> tuple[str, int]:
    """Return file and line of the innermost template of the project, as they are read."""
    own = ((name, line) for name, line, _ in raw.nodes if callsite.codes.is_own_template(name))
    return next(own, ("", 0))
