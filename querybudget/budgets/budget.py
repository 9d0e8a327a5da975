"""A declared budget: which limits, for which action, written where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from querybudget.budgets.allowance import Allowance, parse_allow, parse_texts
from querybudget.budgets.limit import MOST, Limit, parse_limit
from querybudget.budgets.spelling import BESIDE, PYTHON
from querybudget.errors import InvalidDeclaration
from querybudget.likeness import did_you_mean
from querybudget.records import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.budgets.spelling import Spelling
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

WORDS_BESIDE = BESIDE
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
    spelling: Spelling = PYTHON,
) -> Declaration:
    """Validate the arguments of `query_budget(...)`, or of a table that says the same elsewhere.

    Raises:
        InvalidDeclaration: for an unknown measure, a limit that is none, a wrong `per` or `action`.

    """
    given = _given(queries, measures)
    action = _text(action, "action", spelling)
    # Both mean requests, also in a `with`.
    is_of_requests = action is not None or bool(given.keys() & set(PER_ITEM))
    judged_by = _judged_by(per, action, Per.REQUEST if is_of_requests else default_per)
    reason = _text(reason, "reason", spelling)
    return Declaration(
        limits=_all_limits(given, judged_by, spelling),
        level=level,
        per=judged_by,
        action=action,
        exclude=parse_texts(exclude, "exclude", "LoginView.post", spelling=spelling),
        allow=parse_allow(allow, reason, spelling=spelling),
        reason=reason,
        until=_day(until, spelling),
        where=where,
        nearness=nearness,
    )


def _given(queries: Any, measures: Mapping[str, Any]) -> dict[str, Any]:
    if queries is NOT_GIVEN:
        return dict(measures)
    if callable(queries):
        raise InvalidDeclaration(NO_PARENTHESES)
    if "queries" in measures:
        raise InvalidDeclaration("queries is given twice: as the first argument and by name. Leave one out.")
    if isinstance(queries, str) and _NAME.search(queries):
        raise InvalidDeclaration(
            f"{queries!r} stands where the limit stands. Expected the limit first and the action by name:"
            f" query_budget(4, action={queries!r})."
        )
    return {"queries": queries, **measures}


_NAME = re.compile(r"[^\W\d]|/")
"""What an action or a route has, and no limit."""

NO_PARENTHESES = (
    "query_budget needs parentheses. Expected `@query_budget(4)`, or `with query_budget(4) as seen:`;"
    " to only watch, `with query_budget() as seen:`."
)


def one_limit(given: Sequence[Any]) -> Any:
    """Return the only limit given by position; `NOT_GIVEN` where there is none.

    Raises:
        InvalidDeclaration: for several.

    """
    if len(given) > 1:
        mend = 'Expected the others by name, query_budget(4, writes=0); of a range, query_budget("2..4").'
        raise InvalidDeclaration(f"query_budget takes one limit by position, not {len(given)}. {mend}")
    return given[0] if given else NOT_GIVEN


def _judged_by(per: Any, action: str | None, default: Per) -> Per:
    """Read `per`; an action names requests, of a block it would count everything else too."""
    if per is None:
        return default
    if per not in list(Per):
        raise InvalidDeclaration(f'per={per!r} is unknown. Expected "request" or "block".')
    judged_by = Per(per)
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


def _all_limits(given: Mapping[str, Any], judged_by: Per, spelling: Spelling) -> tuple[MeasuredLimit, ...]:
    numbers = {name: value for name, value in given.items() if name not in PER_ITEM}
    limits = tuple(limit for name, value in numbers.items() for limit in _limits(name, value, spelling))
    return (*limits, *_per_item(given, judged_by, spelling))


def _per_item(given: Mapping[str, Any], judged_by: Per, spelling: Spelling) -> tuple[MeasuredLimit, ...]:
    """Read `base` with `per_item`, which only mean something together and of one response."""
    if not given.keys() & set(PER_ITEM):
        return ()
    base, per_item = (given.get(name, NOT_GIVEN) for name in PER_ITEM)
    if base is None and (per_item is None or per_item is NOT_GIVEN):
        return (MeasuredLimit(measure="base", limit=None),)
    values = dict(zip(PER_ITEM, (base, per_item), strict=True))
    for name in [name for name, value in values.items() if value is NOT_GIVEN]:
        both = ", ".join(spelling.given(each, number) for each, number in zip(PER_ITEM, (3, 1), strict=True))
        (written,) = set(PER_ITEM) - {name}
        told = f"base and per_item go together: {name} is missing. Expected both, {both}."
        raise InvalidDeclaration(told, about=(written,))
    if judged_by is Per.BLOCK:
        raise InvalidDeclaration('base and per_item judge the items of a response: they need per="request".')
    return (
        MeasuredLimit(
            measure="base",
            limit=Limit(upper=_count("base", base, spelling)),
            per_item=_count("per_item", per_item, spelling),
        ),
    )


def _count(name: str, value: Any, spelling: Spelling) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST:
        return value
    told = f"{spelling.given(name, value)} is no count. Expected a number from 0 up."
    raise InvalidDeclaration(told, about=(name,))


def _limits(name: str, value: Any, spelling: Spelling) -> tuple[MeasuredLimit, ...]:
    if name in NUMBERS:
        limit = None if value is None else parse_limit(value, name=name, spelling=spelling)
        return (MeasuredLimit(measure=name, limit=limit),)
    if name not in MAPPINGS:
        known = (*NUMBERS, *MAPPINGS, *PER_ITEM, *spelling.words)
        raise InvalidDeclaration(f"no measure {name!r}. {did_you_mean(name, known)}", about=(name,))
    if not isinstance(value, Mapping):
        example = spelling.given(name, {"serializer" if name == "phases" else "name": 2})
        told = f"{spelling.given(name, value)} is no mapping. Expected {example}."
        raise InvalidDeclaration(told, about=(name,))
    return tuple(_limit_of_key(name, key, limit, spelling) for key, limit in value.items())


def _limit_of_key(name: str, key: Any, value: Any, spelling: Spelling) -> MeasuredLimit:
    about = (name, str(key))
    if name == "phases" and key not in list(Phase):
        told = f"phases[{key!r}]: no such phase. {did_you_mean(str(key), list(Phase))}"
        raise InvalidDeclaration(told, about=about)
    whole = f"{name}[{key!r}]"
    limit = None if value is None else parse_limit(value, name=whole, spelling=spelling, about=about)
    return MeasuredLimit(measure=name, key=str(key), limit=limit)


def _text(value: Any, name: str, spelling: Spelling) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    told = f"{spelling.given(name, value)} is no text. Expected a word or sentence, or leave it out."
    raise InvalidDeclaration(told, about=(name,))


def _day(value: Any, spelling: Spelling) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str):
        with suppress(ValueError):  # told below, with every other value that is no day
            return date.fromisoformat(value)
    told = f'{spelling.given("until", value)} is no day. Expected a date, or its text: "2027-06-30".'
    raise InvalidDeclaration(told, about=("until",))
