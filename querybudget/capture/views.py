"""What a view says of itself: where its queryset is written, and which budgets its attribute declares."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from querybudget.budgets.budget import NOT_GIVEN, WORDS_BESIDE, Level, Per, declare, needs_limit
from querybudget.capture import callsite
from querybudget.errors import InvalidDeclaration
from querybudget.records import Place, ViewQueryset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from querybudget.budgets.budget import Declaration

ATTRIBUTE = "query_budgets"
"""The attribute of a view: action → limit, or → a table of limits and what stands beside them."""

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
        lines, start = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return None  # a class made at run time has no source to point at
    for offset, line in enumerate(lines):
        if _ATTRIBUTE.match(line):
            return callsite.place(inspect.getfile(cls), start + offset, f"{cls.__qualname__}.queryset")
    return None


@lru_cache(maxsize=4096)
def declared_on(owner: Any, name: str) -> tuple[Declaration, ...]:
    """Return the budgets a view declares for one of its actions, nearest class first.

    Args:
        owner: a class, whose bases are asked too, or a view function; None declares nothing.
        name: of the action; `*` in the attribute means every action.

    Raises:
        InvalidDeclaration: when the attribute cannot be understood, in whatever action.

    """
    found = []
    for distance, (holder, budgets) in enumerate(_attributes(owner)):
        for key, value in budgets.items():
            _check_name(owner, holder, key)
            declaration = _declaration(holder, key, value, distance)
            if key in {"*", name}:
                found.append(declaration)
    return tuple(found)


def _attributes(owner: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    holders = owner.__mro__ if isinstance(owner, type) else (owner,)
    for holder in holders:
        if ATTRIBUTE not in getattr(holder, "__dict__", {}):
            continue
        budgets = holder.__dict__[ATTRIBUTE]
        if not isinstance(budgets, Mapping):
            raise _invalid(holder, "", f'{budgets!r} is no mapping. Expected {{"list": 4}}.')
        yield holder, budgets


def _check_name(owner: Any, holder: Any, key: Any) -> None:
    """Refuse what is no action of the view: a mixin's budgets are about those of the views that take it."""
    known = _names(owner)
    if not isinstance(key, str) or not (key == "*" or key in known):
        raise _invalid(holder, key, f"no such action. {_nearest(str(key), known)}")


def _declaration(holder: Any, key: Any, value: Any, distance: int) -> Declaration:
    table = dict(value) if isinstance(value, Mapping) else {"queries": value}
    words = {word: table.pop(word) for word in WORDS_BESIDE if word in table}
    if strays := sorted(words.keys() & {"action", "per"}):
        raise _invalid(holder, key, f"{strays[0]} means nothing here: the key is the action, per request.")
    try:
        return needs_limit(
            declare(
                NOT_GIVEN,
                table,
                level=Level.VIEW,
                default_per=Per.REQUEST,
                where=_where(holder, key),
                nearness=(distance, int(key == "*")),
                **words,
            )
        )
    except InvalidDeclaration as error:
        raise _invalid(holder, key, str(error)) from None


def _names(holder: Any) -> set[str]:
    """List what may be an action: methods of a class, or the HTTP methods of a function."""
    http = {"get", "post", "put", "patch", "delete", "options"}
    if not isinstance(holder, type):
        return http
    # The class of a callable object stands for a function.
    stands_for_function = any("__call__" in vars(base) for base in holder.__mro__)
    return (http if stands_for_function else set()) | {
        name for name in dir(holder) if not name.startswith("_") and callable(getattr(holder, name, None))
    }


def _nearest(name: str, known: set[str]) -> str:
    found = get_close_matches(name, sorted(known), n=1, cutoff=0)
    return f"Did you mean {found[0]!r}?" if found else "The view has none."


def _invalid(holder: Any, key: Any, message: str) -> InvalidDeclaration:
    where = _where(holder, key)
    name = getattr(holder, "__qualname__", type(holder).__qualname__)
    subject = f"{name}.{ATTRIBUTE}[{key!r}]" if key else f"{name}.{ATTRIBUTE}"
    return InvalidDeclaration(f"{subject}: {message} Written at {where.path}:{where.line}.", where)


def _where(holder: Any, key: Any) -> Place:
    """Find the line of a key below the attribute; the first line of the view where there is no source."""
    target = inspect.unwrap(holder)
    name = getattr(target, "__qualname__", "")
    # A function's attribute stands somewhere below it in its module.
    written: Any = target if isinstance(target, type) else inspect.getmodule(target)
    try:
        lines, start = inspect.getsourcelines(written)
        path = inspect.getfile(target)
    except (OSError, TypeError):
        return Place(path=getattr(target, "__module__", ""), line=0, function=name, source=ATTRIBUTE)
    start = max(start, 1)  # a module's lines begin at 0
    wanted = ATTRIBUTE if isinstance(target, type) else f"{name}.{ATTRIBUTE}"
    begin = next((number for number, line in enumerate(lines) if wanted in line), 0)
    quoted = (f'"{key}"', f"'{key}'")
    after = range(begin, len(lines))
    line = next((number for number in after if any(each in lines[number] for each in quoted)), begin)
    return callsite.place(path, start + line, name)
