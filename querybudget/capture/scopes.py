"""What is open while queries run: requests and blocks, and what they keep of each query."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from querybudget.budgets.budget import Declaration
    from querybudget.capture.witness import Witness
    from querybudget.errors import InvalidDeclaration
    from querybudget.records import Aggregate, OriginKind, Phase, Request, Unread
    from querybudget.relation import RelationKind

MAX_EVENTS = 20_000
"""Events kept with evidence in one request or block; beyond it they are only counted."""


NO_SITES: tuple[int, frozenset[tuple[int, int]]] = (0, frozenset())


class RawEvent:
    """What the recorder keeps of one execution: references and numbers, nothing computed.

    Mutable, and with defaults on the class instead of an `__init__`: one is made for every query of
    somebody's test run, and most of these stay at their default.
    """

    sql: str
    params: Any
    many = False
    alias: str
    vendor: str
    started_ns: int
    ended_ns: int
    has_failed = False
    is_by_time = False

    code: CodeType | None = None
    lasti = 0
    test_code: CodeType | None = None
    test_lasti = 0
    is_test_inner = False

    sites = NO_SITES
    """Who called the project's innermost frame, and what is at work above that: `id` of a code object each,
    with the offset of an instruction."""
    caller_lasti = 0
    """At which instruction it was called."""

    kind: OriginKind | None = None
    rank = 0
    model: Any = None
    relation: tuple[Any, RelationKind] | None = None
    asker = 0
    load: RawLoad | None = None
    is_inferred = False
    is_in_making = False
    """Whether the object asked was only being made: no join has given it anything yet."""
    is_of_one = False
    """Of a bulk write: whether it was given a single object."""
    correlation: tuple[int, str] | None = None
    """Tag of a row at hand, and the filter that compares with a column of it."""
    aggregates: tuple[Aggregate, ...] = ()
    is_defeated = False
    narrowed = ""
    queryset: Any = None
    """One that names no relation: only until its query has been looked at, objects are not kept."""
    step = ""
    phase: Phase | None = None
    serializer: tuple[tuple[str, str], ...] = ()
    nodes: tuple[tuple[str, int, bool], ...] = ()
    """Of templates, innermost first: file, line, and whether no code of the project ran inside."""
    label = ""
    """A column of an admin's list, or a form's field."""
    unread: Unread | None = None
    is_in_loop = False
    """Looked at for the first row of a load only."""


class RawLoad:
    """One evaluation of a queryset; its rows carry `base + row` as a tag. Made like `RawEvent`."""

    base: int
    model: Any
    queryset: Any = None
    """Only until its query has run: objects are not kept."""
    deferred: tuple[Any, bool] = ((), True)
    """What Django keeps of `only()` and `defer()`: names, and whether these are the ones left out."""
    is_combined = False
    is_locking = False
    is_multiplied = False
    is_limited_to_one = False
    is_unlimited = False
    n_rows = 0
    parent: RawLoad | None = None
    name = ""
    known: set[str] | None = None
    """With `select_related`: the relations whose objects were there before; None without it."""
    joined: dict[str, RawLoad] | None = None
    """The loads of what `select_related` built with the rows, by name."""

    @property
    def number(self) -> int:
        """Return what its rows' tags have in common."""
        return self.base >> ROW_BITS


ROW_BITS = 32
ROW_MASK = (1 << ROW_BITS) - 1


def row_of(tag: int) -> int:
    """Return the row part of a tag, counted from 1."""
    return tag & ROW_MASK


class Scope:
    """An open request or block: the events that ran in it, the loads they made."""

    def __init__(self) -> None:
        self.events: list[RawEvent] = []
        self.lists: set[int] = set()
        """The loads that may hold several objects, by number."""
        self.has_lists = False
        """Whether one of them is no prefetch."""
        self.made: dict[str, dict[str, int]] = {}
        """By table, the keys of the rows that were inserted, as text, with their order; where runs replay."""
        self.dropped: Counter[tuple[str, str, str]] = Counter()
        self.n_read = 0
        """Querysets read since their rows were loaded to be counted or tested."""
        self.n_blind = 0
        """Queries whose evidence was lost because we failed; they are counted."""
        self.opened: tuple[CodeType, int] | None = None
        """For a block: the code that opened it, and at which instruction."""
        self.n_stray = 0
        """Queries of other threads that may belong here or to another open request."""
        self.children: list[BlockScope] = []
        self.outer: Scope | None = None
        """What it was opened inside, in the same context."""

    def family(self) -> Iterator[Scope]:
        """Yield this scope and the blocks opened inside it, at any depth."""
        yield self
        for child in self.children:
            yield from child.family()


class RequestScope(Scope):
    """One run of an action, from where Django takes the request to its last streamed byte."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__()
        self.method = method
        self.path = path
        self.n_running = 0
        """How often it is current now: a streamed body may be read in several places."""
        self.in_body = False
        self.status: int | None = None
        self.items: int | None = None
        self.action = ""
        self.route = ""
        self.declared: tuple[Declaration, ...] = ()
        """The budgets of its view."""
        self.failure: Exception | None = None
        """Why it could not be finished, so that nobody knows which budgets mean it."""
        self.mistake: InvalidDeclaration | None = None
        """What the view declares and nobody can understand."""
        self.view: Any = None
        """The outermost class-based view that ran: while open the instance, then its class."""
        self.admin: tuple[Any, Any] | None = None
        """Of an admin view: the class of its `ModelAdmin`, and the model."""
        self.witness: Witness | None = None
        """What it takes to make it again, in runs that replay."""
        self.analysed: tuple[tuple[object, ...], Request] | None = None
        """What `pipeline` made of the events so far, with how many those were."""


class BlockScope(Scope):
    """The body of a `with` or of a decorated test."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.requests: list[RequestScope] = []
        self.thread = threading.get_ident()
