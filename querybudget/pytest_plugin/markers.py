"""From markers and decorators to declarations, each with its level and place."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from querybudget.budgets.budget import (
    WORDS_BESIDE,
    Declaration,
    Level,
    Per,
    declare,
    needs_limit,
    one_limit,
)
from querybudget.calls import relative
from querybudget.declare import DECLARATIONS, declarations_of
from querybudget.errors import InvalidDeclaration
from querybudget.records import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "query_budget"
HELP = (
    "query_budget(queries=None, *, action=None, per='request', exclude=(), allow=(), reason=None, "
    "until=None, **measures): "
    "how many queries each request of this test (or, with per='block', its whole body) may make."
)


def mark(item: pytest.Item) -> None:
    """Add a marker for each budget that decorates the test or a class above it."""
    function = getattr(item, "function", None)
    cls = getattr(item, "cls", None)
    declarations = list(getattr(function, DECLARATIONS, ()))
    for base in cls.__mro__ if cls is not None else ():
        # A TestCase's methods carry the budgets of their class already.
        declarations += [
            each for each in declarations_of(base) if not any(each is own for own in declarations)
        ]
    for declaration in declarations:
        item.add_marker(pytest.mark.query_budget(declaration))


def declarations_for(item: pytest.Item) -> tuple[Declaration, ...]:
    """Return every budget declared for a test, nearest first.

    Raises:
        InvalidDeclaration: when a marker cannot be understood; the message says where it stands.

    """
    return tuple(_declaration(node, marker) for node, marker in item.iter_markers_with_node(NAME))


def _declaration(node: Any, marker: pytest.Mark) -> Declaration:
    if marker.args and isinstance(marker.args[0], Declaration):
        return marker.args[0]
    where = _place(node, marker)
    words = {name: marker.kwargs[name] for name in WORDS_BESIDE if name in marker.kwargs}
    measures = {name: value for name, value in marker.kwargs.items() if name not in words}
    try:
        declaration = declare(
            one_limit(marker.args),
            measures,
            level=_level(node),
            default_per=Per.REQUEST,
            where=where,
            **words,
        )
        return needs_limit(declaration)
    except InvalidDeclaration as error:
        raise InvalidDeclaration(f"{error} Written at {where.path}:{where.line}.", where) from None


def _level(node: Any) -> Level:
    if isinstance(node, pytest.Item):
        return Level.FUNCTION
    return Level.CLASS if isinstance(node, pytest.Class) else Level.MODULE


def _place(node: Any, marker: pytest.Mark) -> Place:
    """Find the line of a marker, which pytest does not keep: the one that says most of what it says."""
    path = relative(str(node.path))
    lines = [(line, text) for line, text in _lines_before(node) if f"mark.{NAME}" in text]
    if not lines:
        return Place(path=path, line=_lines_start(node), function=node.name, source=f"marker {NAME}")
    words = [*map(repr, marker.args), *(f"{name}={value!r}" for name, value in marker.kwargs.items())]

    def n_said(text: str) -> int:
        return sum(word.replace("'", '"') in text.replace("'", '"') for word in words)

    line, text = max(lines, key=lambda each: n_said(each[1]))
    return Place(path=path, line=line, function=node.name, source=text.strip())


def _lines_before(node: Any) -> Iterator[tuple[int, str]]:
    lines, start = _source_of(_object(node))
    yield from enumerate(lines, max(start, 1))


@lru_cache(maxsize=64)
def _source_of(target: Any) -> tuple[list[str], int]:
    """Read the source of a class or module once, not once for each of its tests."""
    try:
        return inspect.getsourcelines(target)
    except (OSError, TypeError):
        return [], 0


def _lines_start(node: Any) -> int:
    location = getattr(node, "location", None)
    return (location[1] or 0) + 1 if location else 0


def _object(node: Any) -> Any:
    return inspect.unwrap(node.function) if hasattr(node, "function") else node.obj
