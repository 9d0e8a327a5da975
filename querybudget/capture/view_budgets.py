"""The budgets a view declares in its attribute `query_budgets`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from querybudget.budgets.budget import NOT_GIVEN, WORDS_BESIDE, Level, Per, declare, needs_limit
from querybudget.budgets.spelling import VIEW
from querybudget.capture import callsite, routes, sources
from querybudget.errors import InvalidDeclaration
from querybudget.likeness import did_you_mean
from querybudget.records import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from querybudget.budgets.budget import Declaration

ATTRIBUTE = "query_budgets"
"""The attribute of a view: action → limit, or → a table of limits and what stands beside them."""

_HTTP = frozenset({"get", "post", "put", "patch", "delete", "options"})
_STANDARD = frozenset({"list", "create", "retrieve", "update", "partial_update", "destroy"})
_LIBRARIES = ("django.", "rest_framework.")


def declared_on(owner: Any, name: str) -> tuple[Declaration, ...]:
    """Return the budgets a view declares for one of its actions, nearest class first.

    Args:
        owner: a class, whose bases are asked too, or a view function; None declares nothing.
        name: of the action; `*` in the attribute means every action.

    Raises:
        InvalidDeclaration: when the attribute cannot be understood, in whatever action.

    """
    attributes = tuple(_attributes(owner))
    if not attributes:
        return ()
    # A test may change the attribute: what was read of it holds as long as it says the same.
    written = tuple((holder, repr(budgets)) for holder, budgets in attributes)
    return _understood(owner, name, written, _urlconf())


@lru_cache(maxsize=4096)
def _understood(owner: Any, name: str, _written: Any, _urlconf: Any) -> tuple[Declaration, ...]:
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
    """Refuse what is no action of the view.

    What a view inherits may also be about other views that share its base: a standard name that this one
    does not answer, or an action of the base itself.
    """
    known = _names(owner)
    if holder is not owner and isinstance(owner, type):
        known |= _HTTP | _STANDARD | (_names(holder) if hasattr(holder, "as_view") else set())
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
                spelling=VIEW,
                **words,
            )
        )
    except InvalidDeclaration as error:
        raise _invalid(holder, key, str(error)) from None


def _names(owner: Any) -> set[str]:
    """List what a request of a view can be called: anything else would be a budget that never judges."""
    # The class of a callable object stands for a function.
    if not isinstance(owner, type) or any("__call__" in vars(base) for base in owner.__mro__):
        return set(_HTTP)
    if hasattr(owner, "get_extra_actions"):
        return _of_viewset(owner) | (routes.names_by_class().get(owner) or _methods(owner))
    if hasattr(owner, "as_view"):
        return {name for name in (*_HTTP, "head") if hasattr(owner, name)}
    return routes.names_by_class().get(owner) or _methods(owner)


def _of_viewset(owner: Any) -> set[str]:
    """List the actions DRF knows by name, and `metadata`, which is its name for OPTIONS."""
    standard = {name for name in _STANDARD if hasattr(owner, name)}
    extra = {name for action in owner.get_extra_actions() for name in action.mapping.values()}
    return {"metadata"} | standard | extra


def _methods(owner: Any) -> set[str]:
    """List the methods a project wrote itself: any of a class that no route leads to may be mapped."""
    own: set[str] = set()
    library: set[str] = set()
    for base in owner.__mro__:
        is_library = base is object or base.__module__.startswith(_LIBRARIES)
        names = {name for name, value in vars(base).items() if callable(value) and not name.startswith("_")}
        (library if is_library else own).update(names)
    return own - library


def _urlconf() -> Any:
    return getattr(settings, "ROOT_URLCONF", None)


def _nearest(name: str, known: set[str]) -> str:
    return did_you_mean(name, sorted(known)) if known else "The view has none."


def _invalid(holder: Any, key: Any, message: str) -> InvalidDeclaration:
    where = _where(holder, key)
    name = getattr(holder, "__qualname__", type(holder).__qualname__)
    subject = f"{name}.{ATTRIBUTE}[{key!r}]" if key else f"{name}.{ATTRIBUTE}"
    return InvalidDeclaration(f"{subject}: {message} Written at {where.path}:{where.line}.", where)


def _where(holder: Any, key: Any) -> Place:
    """Find the line of a key below the attribute; the first line of the view where there is no source."""
    target = inspect.unwrap(holder)
    name = getattr(target, "__qualname__", "")
    try:
        path = inspect.getfile(target)
        start, lines = _written(target, name)
    except (OSError, TypeError):
        return Place(path=getattr(target, "__module__", ""), line=0, function=name, source=ATTRIBUTE)
    quoted = (f'"{key}"', f"'{key}'")
    line = next((number for number, text in enumerate(lines) if any(each in text for each in quoted)), 0)
    return callsite.place(path, start + line, name)


def _written(target: Any, name: str) -> tuple[int, list[str]]:
    """Return the lines from the attribute on, and the number of the first: in the class, or below it."""
    if isinstance(target, type):
        lines, start = sources.lines_of(target)
        for number, text in enumerate(lines):
            if ATTRIBUTE in text:
                return start + number, lines[number:]
    lines = sources.lines_of(inspect.getmodule(target))[0]
    wanted = f"{name}.{ATTRIBUTE}"
    begin = next((number for number, text in enumerate(lines) if wanted in text), None)
    if begin is not None:
        return begin + 1, lines[begin:]
    return sources.lines_of(target)[1], []
