"""The frozen values that travel from capture to analysis, budgets, storage and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from querybudget.measures import Measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from querybudget.finding import Finding, Suppression
    from querybudget.measures import Measures
    from querybudget.relation import Relation


class StatementKind(StrEnum):
    """What a statement does, as far as budgets ask."""

    READ = "read"
    WRITE = "write"
    TRANSACTION = "transaction"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A statement without what changes from run to run."""

    id: str
    """Twelve hex digits, stable across processes and versions of Python."""
    shape: str
    """The statement without literals, list lengths, comments and spacing."""
    kind: StatementKind
    tables: tuple[str, ...]
    """Each table the statement names, once, sorted; unquoted, without schema; no CTE names."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A line of code: of a call site, a declaration or a queryset."""

    path: str
    """Relative to the project's root where it lies below it, with forward slashes."""
    line: int
    """Counted from 1; 0 where the line cannot be told."""
    function: str = ""
    """Qualified name of the function or class; empty at module level."""
    source: str = ""
    """The line itself, stripped; empty where the file cannot be read."""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place} {self.function}".rstrip()


class OriginKind(StrEnum):
    """What inside Django asked for a query."""

    RELATION = "relation"
    DEFERRED = "deferred field"
    GET = "get"
    FIRST = "first"
    ITERATION = "iteration"
    COUNT = "count"
    EXISTS = "exists"
    AGGREGATE = "aggregate"
    PREFETCH = "prefetch"
    SAVE = "save"
    UPDATE = "update"
    DELETE = "delete"
    BULK = "bulk write"
    RELATION_CHANGE = "many-to-many change"
    REFRESH = "refresh"
    RAW = "raw queryset"
    CACHE_FILL = "cache fill"
    CURSOR = "cursor"


class Unread(StrEnum):
    """What became of rows that nobody read."""

    COUNTED = "counted"
    """By `len()`."""
    TESTED = "tested"
    """For truth: `if books`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The object whose attribute caused a query: row `row` of load `load`."""

    load: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One of what `aggregate()` was asked for: `n_open=Count("pk", filter=Q(is_open=True))`."""

    name: str
    function: str
    """Of Django: `Count`, `Max`."""
    field: str
    """A path from the rows; `pk` for the rows themselves."""
    conditions: tuple[str, ...] = ()
    """What its own filter says: `is_open=True`, `…` for what is not kept."""
    is_distinct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """A query that compares with a column of a row at hand, and is of no relation of that row."""

    asker: Asker
    """The row, of a recorded list."""
    narrowed: str
    """Its filter, as a subquery of that row would say it: `.filter(shelf=OuterRef("shelf"), user=…)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What inside Django asked, for which model or relation, on behalf of which object."""

    kind: OriginKind
    model: str = ""
    """Label of the model queried; empty for a bare cursor."""
    relation: Relation | None = None
    """The relation or deferred field loaded; also of a related manager that was asked."""
    asker: Asker | None = None
    """The object that was asked, where it came from a recorded load."""
    correlation: Correlation | None = None
    """Of a query for which neither relation nor object is known."""
    columns: tuple[str, ...] = ()
    """All that is read of the one row it asked for, `shelf__name`; empty where it may be more."""
    aggregates: tuple[Aggregate, ...] = ()
    """What `aggregate()` was asked for; empty where an annotation could not say it."""
    narrowed: str = ""
    """What a related manager was asked for beside all its objects: `.filter(name=…).order_by("-id")[:1]`."""
    unique: frozenset[str] = frozenset()
    """Of one row that was asked for: the columns of the model that tell its rows apart."""
    is_inherited: bool = False
    """Whether the model keeps a part of its rows in a parent's table."""
    is_locking: bool = False
    """Whether it locks the rows it reads: `select_for_update`."""
    is_inferred: bool = False
    """Whether the relation and the object were concluded from what a filter compares, not named by Django."""
    is_in_making: bool = False
    """Asked by a row in the making (`__init__`, `post_init`): a join gives it its objects later."""
    is_of_one: bool = False
    """A bulk write that was given a single object."""
    is_defeated: bool = False
    """The relation had been prefetched for this object and was queried all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One evaluation of a queryset that built model objects."""

    number: int
    model: str
    model_bases: tuple[str, ...] = ()
    is_single: bool
    """Whether it asked for one object (`get`, `first`, `[0]`, a forward relation)."""
    is_raw: bool = False
    """From a raw queryset, which takes no joins."""
    is_combined: bool = False
    """From a union or the like, which takes no eager load at all."""
    is_multiplied: bool = False
    """With a join to many rows, each of which an aggregate would count."""
    is_prefetched: bool = False
    """Made by another queryset for its own rows: no line of its own evaluates it."""
    is_unlimited: bool = False
    """From a queryset that was kept whole, without LIMIT."""
    left_out: frozenset[str] = frozenset()
    """Names given to `defer()`."""
    only: frozenset[str] = frozenset()
    """Names given to `only()`, as they were given; empty where it was not used."""
    n_rows: int
    place: Place | None = None
    """The call site that evaluated the queryset; None where Django or DRF did, for the view."""
    source: Asker | None = None
    """The object (or, for a join or prefetch, one of those) these were reached from."""
    step: Relation | None = None
    """By which relation they were reached from `source`."""
    is_inferred: bool = False
    """Whether `step` and `source` were concluded from what a filter compares."""
    lookup: str = ""
    """What a prefetch calls this step: the accessor's name or its `to_attr`; empty where it was narrowed."""


class Phase(StrEnum):
    """What part of a request ran a query, in the order in which a request passes them."""

    MIDDLEWARE = "middleware"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    THROTTLE = "throttle"
    QUERYSET = "queryset"
    FILTER = "filter"
    PAGINATION = "pagination"
    SERIALIZER = "serializer"
    RENDER = "render"
    TEMPLATE = "template"
    OTHER = "other"


PARAMETER_SIZE = 8
"""Bytes of the digest of one parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The record of one execution."""

    statement: str
    """SQL as given to the cursor, with its placeholders."""
    fingerprint: Fingerprint
    alias: str
    vendor: str
    parameters: bytes
    """A digest of `PARAMETER_SIZE` bytes a value: equal for equal values within one process."""
    n_batch: int | None
    """1 for `execute`; the batch size of `executemany`, None where it cannot be told."""
    started_ns: int
    """On a clock of its own; only the order means anything."""
    duration_ns: int
    has_failed: bool
    origin: Origin
    place: Place | None
    """The call site; None where no code of the project stands between view and query."""
    field: str
    """Serializer field as a dotted path (`DeploymentSerializer.packages[].name`), or empty."""
    way: int = 0
    """Which instructions of the project's were at work, from the view down: equal for each turn of a loop.
    A function that calls itself is at work once."""
    phase: Phase = Phase.OTHER
    is_by_time: bool = False
    """From another thread, put here because exactly one request was open."""
    is_in_loop: bool = False
    """Whether the first object of a load was asked for it where one row after the other is handled."""
    is_in_while: bool = False
    """Whether its line goes on as long as something holds, and over nothing."""
    load: int | None = None
    """The number of the load it made; None where it made none."""
    unread: Unread | None = None
    """What its rows were loaded for, where nobody read them."""
    is_ignored: bool = False
    """Whether all its tables are among those that configuration ignores."""

    @property
    def counts(self) -> bool:
        """Tell whether budgets count it: no transaction control, no cache fill, no ignored table."""
        is_control = self.fingerprint.kind is StatementKind.TRANSACTION
        is_filling = self.origin.kind is OriginKind.CACHE_FILL
        return not (is_control or is_filling or self.is_ignored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A request's events of one cause."""

    events: tuple[Event, ...]
    """In the order of execution, at least one."""
    root: int | None = None
    """For lazy loads: the outermost load of many objects they were made for, if there is one."""

    @property
    def first(self) -> Event:
        """Return the event all others resemble."""
        return self.events[0]

    @property
    def n_parameter_sets(self) -> int:
        """Count the distinct parameters, literals in the text included."""
        return len({(event.statement, event.parameters) for event in self.events})


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewQueryset:
    """Where a view's queryset is written."""

    name: str
    """`PackageViewSet.get_queryset` or `PackageViewSet.queryset`."""
    model: str = ""
    """Label of what it selects; empty where only running it would tell."""
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Everything one request or block executed, before it is analysed."""

    events: tuple[Event, ...]
    loads: Mapping[int, Load]
    view_queryset: ViewQueryset | None = None
    interruptions: tuple[int, ...] = ()
    """When requests began that are recorded apart, in order, as `started_ns`."""
    n_blind: int = 0
    """Events whose evidence was lost because querybudget failed; they count."""
    items: int | None = None
    """Length of the answer's list or `results`; None where it has none, and outside of requests."""
    unlimited_rows: int = 0
    """From how many items on an answer without LIMIT is told."""
    has_fetch_modes: bool = False
    """Whether Django knows `fetch_mode`: from 6.1."""
    suppressions: tuple[Suppression, ...] = ()
    """What comments accept, of the files where its queries were asked."""
    n_dropped: int = 0
    """Events past the limit: counted in `measures`, without evidence."""
    dropped: Mapping[tuple[str, Fingerprint], int] = field(default_factory=dict)
    """(alias, fingerprint) → how many events past the limit had it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a recording amounts to."""

    measures: Measures
    groups: tuple[Group, ...]
    findings: tuple[Finding, ...]
    """By code, then by count, the largest first."""
    doubts: tuple[str, ...] = ()
    """Why some measures are lower bounds; empty where everything could be told."""
    n_phaseless: int = 0
    """Queries whose phase cannot be told: of other threads, or counted without evidence."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Identity:
    """By what patterns know a request."""

    action: str
    """The key of its action: dotted module, class, action."""
    method: str = ""
    route: str = ""
    """The route it was resolved to, `/api/packages/<pk>/`; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Measured):
    """One recorded run of an action."""

    action: str
    """Its key: dotted module, class, action."""
    method: str
    path: str
    route: str = ""
    status: int | None
    """None where an exception left the handler."""
    items: int | None
    """Length of the response's list or `results`; None where it has none."""
    recording: Recording = field(repr=False)
    analysis: Analysis = field(repr=False)

    @property
    def identity(self) -> Identity:
        """Return by what patterns know it."""
        return Identity(action=self.action, method=self.method, route=self.route)

    @property
    def measures(self) -> Measures:
        """Return what budgets limit."""
        return self.analysis.measures
