"""A declared budget: which limits, for which action, written where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from querybudget.budgets.limit import Limit, parse_limit
from querybudget.errors import InvalidDeclaration

if TYPE_CHECKING:
    from querybudget.measures import Measures
    from querybudget.records import Place

NUMBERS = ("queries", "reads", "writes", "duplicates", "n_plus_one", "shapes")
MAPPINGS = ("tables",)


class Level(StrEnum):
    """How near a declaration stands to what it judges; nearest first."""

    FUNCTION = "function"
    CLASS = "class"
    MODULE = "module"


class Per(StrEnum):
    """What one budget is spent by."""

    REQUEST = "request"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLimit:
    """A limit with the measure it holds for."""

    measure: str
    key: str = ""
    """The table of `tables`; empty for a number."""
    limit: Limit | None
    """None lifts what a declaration farther away says."""

    def said(self, number: int) -> str:
        """Return a count with its noun: `1 query`, `5 queries of table "app_package"`."""
        one, many = WORDS["queries" if self.key else self.measure]
        table = f' of table "{self.key}"' if self.key else ""
        return f"{number:,} {one if number == 1 else many}{table}"

    @property
    def label(self) -> str:
        """Return the noun alone: `queries`, `queries of table "app_package"`."""
        return self.said(0).removeprefix("0 ")

    def observed(self, measures: Measures) -> int:
        """Read the count this limit holds for."""
        value = getattr(measures, self.measure)
        return int(value.get(self.key, 0) if self.key else value)


WORDS = {
    "queries": ("query", "queries"),
    "reads": ("read", "reads"),
    "writes": ("write", "writes"),
    "duplicates": ("duplicate", "duplicates"),
    "n_plus_one": ("n-plus-one", "n-plus-ones"),
    "shapes": ("distinct statement", "distinct statements"),
}
"""Measure → the noun for one and for many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One budget as declared on a function, class, module or `with` block."""

    limits: tuple[MeasuredLimit, ...]
    level: Level
    per: Per
    action: str | None = None
    """Only requests of this action; a suffix of its key, `*` allowed. None: every request."""
    reason: str | None = None
    where: Place | None = None


NOT_GIVEN: Any = object()
"""In place of a limit that was not given: None lifts one."""


def declare(  # noqa: PLR0913 - the words of the public face
    queries: Any,
    measures: Mapping[str, Any],
    *,
    level: Level,
    default_per: Per,
    per: str | None = None,
    action: str | None = None,
    reason: str | None = None,
    where: Place | None = None,
) -> Declaration:
    """Validate the arguments of `query_budget(...)`.

    Raises:
        InvalidDeclaration: for an unknown measure, a limit that is none, a wrong `per` or `action`.

    """
    if queries is not NOT_GIVEN and callable(queries):
        raise InvalidDeclaration(
            "query_budget needs parentheses: @query_budget(4), or @query_budget() to only watch."
        )
    # An action names requests; of a block it would count everything else too.
    judged_by = _per(per, Per.REQUEST if action is not None else default_per)
    if action is not None and judged_by is Per.BLOCK:
        raise InvalidDeclaration(
            f'action={action!r} names requests, per="block" counts everything. Leave one out.'
        )
    given = {} if queries is NOT_GIVEN else {"queries": queries}
    if given and "queries" in measures:
        raise InvalidDeclaration("queries is given twice: as the first argument and by name.")
    return Declaration(
        limits=tuple(
            limit for name, value in {**given, **measures}.items() for limit in _limits(name, value)
        ),
        level=level,
        per=judged_by,
        action=_text(action, "action"),
        reason=_text(reason, "reason"),
        where=where,
    )


def needs_limit(declaration: Declaration) -> Declaration:
    """Return a declaration that limits something; only a `with` may just watch.

    Raises:
        InvalidDeclaration: where it limits nothing.

    """
    if not declaration.limits:
        raise InvalidDeclaration(
            "query_budget limits nothing here. Give it a number, @query_budget(4); a `with` may just watch."
        )
    return declaration


def _limits(name: str, value: Any) -> tuple[MeasuredLimit, ...]:
    if name in NUMBERS:
        return (MeasuredLimit(measure=name, limit=None if value is None else parse_limit(value, name=name)),)
    if name in MAPPINGS:
        if not isinstance(value, Mapping):
            raise InvalidDeclaration(f'{name}={value!r} is no mapping. Expected {name}={{"name": 2}}.')
        return tuple(
            MeasuredLimit(
                measure=name,
                key=str(key),
                limit=None if limit is None else parse_limit(limit, name=f"{name}[{key!r}]"),
            )
            for key, limit in value.items()
        )
    raise InvalidDeclaration(_unknown(name))


def _unknown(name: str) -> str:
    known = (*NUMBERS, *MAPPINGS, "action", "per", "reason")
    nearest = get_close_matches(name, known, n=1, cutoff=0)
    return f"query_budget knows no measure {name!r}. Did you mean {nearest[0]!r}? Known: {', '.join(known)}."


def _per(given: str | None, default: Per) -> Per:
    if given is None:
        return default
    try:
        return Per(given)
    except ValueError:
        raise InvalidDeclaration(f'per={given!r} is unknown. Expected "request" or "block".') from None


def _text(value: Any, name: str) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise InvalidDeclaration(f"{name}={value!r} is no text. Expected a word or sentence, or leave it out.")
