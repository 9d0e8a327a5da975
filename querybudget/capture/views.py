"""Where the queryset of a view is written."""

from __future__ import annotations

import inspect
import re
from functools import lru_cache
from typing import Any

from querybudget.capture import callsite, sources
from querybudget.records import ViewQueryset

_LIBRARIES = ("django.", "rest_framework.")
_ATTRIBUTE = re.compile(r"\s*queryset\s*(?::[^=]+)?=(?!=)")


@lru_cache(maxsize=1024)
def queryset_of(view: Any) -> ViewQueryset | None:
    """Return the `get_queryset` a view class defines or inherits from the project, else its `queryset`."""
    for cls in view.__mro__:
        if cls.__module__.startswith(_LIBRARIES):
            continue
        for name, locate in (("get_queryset", _method), ("queryset", _attribute)):
            if name in cls.__dict__:
                return ViewQueryset(name=f"{cls.__qualname__}.{name}", place=locate(cls), model=_model(view))
    return None


@lru_cache(maxsize=1024)
def queryset_of_admin(cls: Any, model: Any) -> ViewQueryset | None:
    """Return the `get_queryset` a `ModelAdmin` has from the project, or would get; None of Django's own."""
    label = str(model._meta.label)
    for each in cls.__mro__:
        if "get_queryset" in each.__dict__ and not each.__module__.startswith(_LIBRARIES):
            name = f"{each.__qualname__}.get_queryset"
            return ViewQueryset(name=name, place=_method(each), model=label)
    if cls.__module__.startswith(_LIBRARIES):
        return None
    return ViewQueryset(name=f"{cls.__qualname__}.get_queryset", place=_class(cls), model=label)


def _class(cls: Any) -> Any:
    try:
        _, start = sources.lines_of(cls)
    except (OSError, TypeError):
        return None  # a class made at run time has no source to point at
    return callsite.place(inspect.getfile(cls), start, cls.__qualname__)


def _model(view: Any) -> str:
    """Return the label of the model a view says it is about, by queryset, model or serializer."""
    meta = getattr(getattr(view, "serializer_class", None), "Meta", None)
    models = (
        getattr(getattr(view, "queryset", None), "model", None),
        getattr(view, "model", None),
        getattr(meta, "model", None),
    )
    return next(
        (str(model._meta.label) for model in models if model is not None and hasattr(model, "_meta")), ""
    )


def _method(cls: Any) -> Any:
    code = getattr(inspect.unwrap(cls.__dict__["get_queryset"]), "__code__", None)
    return callsite.place(code.co_filename, code.co_firstlineno, code.co_qualname) if code else None


def _attribute(cls: Any) -> Any:
    try:
        lines, start = sources.lines_of(cls)
    except (OSError, TypeError):
        return None  # a class made at run time has no source to point at
    for offset, line in enumerate(lines):
        if _ATTRIBUTE.match(line):
            return callsite.place(inspect.getfile(cls), start + offset, f"{cls.__qualname__}.queryset")
    return None
