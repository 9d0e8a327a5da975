"""A declared budget: which limits, for which action, written where."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from querybudget.budgets.allowance import Allowance, parse_allow, parse_texts
from querybudget.budgets.limit import Limit, parse_limit
from querybudget.errors import InvalidDeclaration
from querybudget.records import Phase

if TYPE_CHECKING:
    from querybudget.measures import Measures
    from querybudget.records import Place

NUMBERS = ("queries", "reads", "writes", "duplicates", "n_plus_one", "shapes")
MAPPINGS = ("tables", "databases", "phases")
PER_ITEM = ("base", "per_item")
FINDINGS = "findings"
"""The measure behind `fail_on`: code → findings of it. Nobody writes it as a limit."""


class Level(StrEnum):
    """How near a declaration stands to what it judges; nearest first."""

    FUNCTION = "function"
    CLASS = "class"
    MODULE = "module"
    VIEW = "view"
    CONFIGURATION = "configuration"
    DEFAULT = "default"

    @property
    def is_ambient(self) -> bool:
        """Tell whether it is declared for an action, wherever a test may request it."""
        return self in {Level.VIEW, Level.CONFIGURATION, Level.DEFAULT}


class Per(StrEnum):
    """What one budget is spent by."""

    REQUEST = "request"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLimit:
    """A limit with the measure it holds for."""

    measure: str
    key: str = ""
    """The table, alias, phase or code of a mapping; empty for a number."""
    limit: Limit | None
    """None lifts what a declaration farther away says."""
    per_item: int = 0
    """Of the measure `base`: how many queries more each item may take."""

    def said(self, number: int) -> str:
        """Return a count with its noun: `1 query`, `5 queries of table "app_package"`."""
        if self.measure == FINDINGS:
            return f"{number:,} × {self.key}"
        one, many = WORDS.get(self.measure, WORDS["queries"])
        of = f' of {_KEYS[self.measure]} "{self.key}"' if self.key else ""
        return f"{number:,} {one if number == 1 else many}{of}"

    @property
    def label(self) -> str:
        """Return the noun alone: `queries`, `queries of table "app_package"`."""
        return self.key if self.measure == FINDINGS else self.said(0).removeprefix("0 ")

    def observed(self, measures: Measures) -> int:
        """Read the count this limit holds for."""
        if self.measure == "base":
            return measures.queries
        value = getattr(measures, self.measure)
        return int(value.get(self.key, 0) if self.key else value)

    def for_items(self, items: int | None) -> Limit | None:
        """Return the limit for a response of so many items; None where that cannot be told."""
        if self.limit is None or self.measure != "base":
            return self.limit
        return None if items is None else Limit(upper=self.limit.upper + self.per_item * items)

    @property
    def allowed(self) -> str:
        """Return what is allowed, as people say it: `4`, `exactly 6`, `3 + 1 per item`."""
        return f"{self.limit} + {self.per_item} per item" if self.measure == "base" else str(self.limit)


WORDS = {
    "queries": ("query", "queries"),
    "reads": ("read", "reads"),
    "writes": ("write", "writes"),
    "duplicates": ("duplicate", "duplicates"),
    "n_plus_one": ("n-plus-one", "n-plus-ones"),
    "shapes": ("distinct statement", "distinct statements"),
}
"""Measure → the noun for one and for many."""

_KEYS = {"tables": "table", "databases": "database", "phases": "phase"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One budget as declared on a function, class, module, view or `with` block, or in configuration."""

    limits: tuple[MeasuredLimit, ...]
    level: Level
    per: Per
    action: str | None = None
    """Only requests of this action; a suffix of its key or a route, `*` allowed. None: every request."""
    exclude: tuple[str, ...] = ()
    """Patterns of actions whose requests it leaves out."""
    allow: tuple[Allowance, ...] = ()
    reason: str | None = None
    until: date | None = None
    """The last day on which it is meant to hold."""
    where: Place | None = None
    nearness: tuple[int, int] = (0, 0)
    """Of several on one level that name an action the smallest speaks; equal ones stack."""

    @property
    def limits_anything(self) -> bool:
        """Tell whether it can fail at all: lifting alone limits nothing."""
        return any(limit.limit is not None for limit in self.limits)


NOT_GIVEN: Any = object()
"""In place of a limit that was not given: None lifts one."""

WORDS_BESIDE = ("action", "per", "exclude", "allow", "reason", "until")
"""What `query_budget` takes beside limits."""


def declare(  # noqa: PLR0913 - the words of the public face
    queries: Any,
    measures: Mapping[str, Any],
    *,
    level: Level,
    default_per: Per,
    per: str | None = None,
    action: str | None = None,
    exclude: Any = (),
    allow: Any = (),
    reason: str | None = None,
    until: Any = None,
    where: Place | None = None,
    nearness: tuple[int, int] = (0, 0),
) -> Declaration:
    """Validate the arguments of `query_budget(...)`, or of a table that says the same elsewhere.

    Raises:
        InvalidDeclaration: for an unknown measure, a limit that is none, a wrong `per` or `action`.

    """
    given = _given(queries, measures)
    # Both mean requests, also in a `with`.
    is_of_requests = action is not None or bool(given.keys() & set(PER_ITEM))
    judged_by = _judged_by(per, action, Per.REQUEST if is_of_requests else default_per)
    reason = _text(reason, "reason")
    return Declaration(
        limits=_all_limits(given, judged_by),
        level=level,
        per=judged_by,
        action=_text(action, "action"),
        exclude=parse_texts(exclude, "exclude", 'exclude="LoginView.post"'),
        allow=parse_allow(allow, reason),
        reason=reason,
        until=_day(until),
        where=where,
        nearness=nearness,
    )


def _given(queries: Any, measures: Mapping[str, Any]) -> dict[str, Any]:
    if queries is NOT_GIVEN:
        return dict(measures)
    if callable(queries):
        raise InvalidDeclaration(
            "query_budget needs parentheses: @query_budget(4), or @query_budget() to only watch."
        )
    if "queries" in measures:
        raise InvalidDeclaration("queries is given twice: as the first argument and by name.")
    return {"queries": queries, **measures}


def _judged_by(per: str | None, action: str | None, default: Per) -> Per:
    """Read `per`; an action names requests, of a block it would count everything else too."""
    if per is None:
        return default
    try:
        judged_by = Per(per)
    except ValueError:
        raise InvalidDeclaration(f'per={per!r} is unknown. Expected "request" or "block".') from None
    if action is not None and judged_by is Per.BLOCK:
        raise InvalidDeclaration(
            f'action={action!r} names requests, per="block" counts everything. Leave one out.'
        )
    return judged_by


def needs_limit(declaration: Declaration) -> Declaration:
    """Return a declaration that limits or allows something; only a `with` may just watch.

    Raises:
        InvalidDeclaration: where it does neither.

    """
    if not declaration.limits and not declaration.allow:
        raise InvalidDeclaration(
            "query_budget limits nothing here. Give it a number, @query_budget(4); a `with` may just watch."
        )
    return declaration


def _all_limits(given: Mapping[str, Any], judged_by: Per) -> tuple[MeasuredLimit, ...]:
    numbers = {name: value for name, value in given.items() if name not in PER_ITEM}
    limits = tuple(limit for name, value in numbers.items() for limit in _limits(name, value))
    return (*limits, *_per_item(given, judged_by))


def _per_item(given: Mapping[str, Any], judged_by: Per) -> tuple[MeasuredLimit, ...]:
    """Read `base` with `per_item`, which only mean something together and of one response."""
    if not given.keys() & set(PER_ITEM):
        return ()
    base, per_item = (given.get(name, NOT_GIVEN) for name in PER_ITEM)
    if base is None and per_item in {None, NOT_GIVEN}:
        return (MeasuredLimit(measure="base", limit=None),)
    for name, value in zip(PER_ITEM, (base, per_item), strict=True):
        if value is NOT_GIVEN:
            raise InvalidDeclaration(
                f"base and per_item go together: {name} is missing. Expected both, base=3, per_item=1."
            )
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise InvalidDeclaration(f"{name}={value!r} is no count. Expected a number from 0 up.")
    if judged_by is Per.BLOCK:
        raise InvalidDeclaration('base and per_item judge the items of a response: they need per="request".')
    return (MeasuredLimit(measure="base", limit=Limit(upper=base), per_item=per_item),)


def _limits(name: str, value: Any) -> tuple[MeasuredLimit, ...]:
    if name in NUMBERS:
        return (MeasuredLimit(measure=name, limit=None if value is None else parse_limit(value, name=name)),)
    if name not in MAPPINGS:
        raise InvalidDeclaration(_unknown(name))
    if not isinstance(value, Mapping):
        raise InvalidDeclaration(f'{name}={value!r} is no mapping. Expected {name}={{"name": 2}}.')
    return tuple(
        MeasuredLimit(
            measure=name,
            key=_key(name, key),
            limit=None if limit is None else parse_limit(limit, name=f"{name}[{key!r}]"),
        )
        for key, limit in value.items()
    )


def _key(name: str, key: Any) -> str:
    if name == "phases" and key not in set(Phase):
        nearest = get_close_matches(str(key), list(Phase), n=1, cutoff=0)[0]
        raise InvalidDeclaration(
            f"phases[{key!r}]: no such phase. Did you mean {str(nearest)!r}? Known: {', '.join(Phase)}."
        )
    return str(key)


def _unknown(name: str) -> str:
    known = (*NUMBERS, *MAPPINGS, *PER_ITEM, *WORDS_BESIDE)
    nearest = get_close_matches(name, known, n=1, cutoff=0)
    return f"no measure {name!r}. Did you mean {nearest[0]!r}? Known: {', '.join(known)}."


def _text(value: Any, name: str) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise InvalidDeclaration(f"{name}={value!r} is no text. Expected a word or sentence, or leave it out.")


def _day(value: Any) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str):
        with suppress(ValueError):  # told below, with every other value that is no day
            return date.fromisoformat(value)
    raise InvalidDeclaration(f'until={value!r} is no day. Expected a date, or its text: "2027-06-30".')
