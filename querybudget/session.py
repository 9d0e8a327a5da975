"""The one process-wide object: which test runs now, what it has open, what went wrong inside us.

A context variable says which request or block a query belongs to, but it does not reach live-server
threads and plain threads; the running test therefore is process-wide.
"""

from __future__ import annotations

import threading
import warnings
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from querybudget import wording
from querybudget.config import Config
from querybudget.errors import QueryBudgetWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from querybudget.budgets.budget import Declaration
    from querybudget.capture import Capture
    from querybudget.capture.scopes import BlockScope, RequestScope, Scope
    from querybudget.records import Place
    from querybudget.results import Complaint
    from querybudget.stand_ins import StandIns
    from querybudget.verdicts import Judgement

current: ContextVar[Scope | Literal[False] | None] = ContextVar("querybudget_scope", default=None)
"""The open request or block; False in a test's own code outside both; None where nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A message about a budget that did not hold, and where the budget was declared."""

    message: str
    where: Place | None


@dataclass(slots=True, kw_only=True)
class RunningTest:
    """What the test now running has recorded; changed by capture, read once it ends."""

    name: str
    is_judged_by_plugin: bool
    thread: int = field(default_factory=threading.get_ident)
    in_body: bool = False
    declared: tuple[Declaration, ...] = ()
    """What the plugin judges with this test."""
    requests: list[RequestScope] = field(default_factory=list)
    """In the order of opening."""
    on_first_request: Callable[[], None] | None = None
    breaches: list[Breach] = field(default_factory=list)
    """Kept for the plugin to report together: of decorated blocks, and beside a test's own error."""
    judgements: list[Judgement] = field(default_factory=list)
    """Of the blocks judged so far, for the record."""
    complaints: list[Complaint] = field(default_factory=list)
    """The same, of what no limit tells."""
    unused: list[Declaration] = field(default_factory=list)
    """Limits its body declared, and so far neither opened as a block nor put on a function."""

    def note(self, message: str, where: Place | None) -> None:
        """Keep a breach that cannot be raised where it is found."""
        self.breaches.append(Breach(message=message, where=where))

    def add(self, request: RequestScope) -> None:
        """Take a request that opens; of the first somebody wants to know."""
        self.requests.append(request)
        if self.on_first_request is not None:
            begun, self.on_first_request = self.on_first_request, None
            try:
                begun()
            except Exception as error:  # noqa: BLE001 - ours: it must not reach the test
                session.report_internal(error)

    def open_requests(self) -> list[RequestScope]:
        """Return the requests that are open now, in any thread."""
        return [request for request in self.requests if request.n_running]


class Session:
    """Process-wide state; tests replace nothing in it, the plugin sets and clears it."""

    def __init__(self) -> None:
        self.test: RunningTest | None = None
        self.blocks: list[BlockScope] = []
        """The blocks open now, outermost first; a request belongs to each of them."""
        self.capture: Capture | None = None
        self.root = Path.cwd()
        self.config = Config()
        self.count_items: Callable[[Any], int | None] | None = None
        """The project's own way to count the items of a response, where it has one."""
        self.read_body: Callable[[Any], Any] | None = None
        """The project's own way to read what two equal responses have in common."""
        self.growers: Mapping[str, Callable[[int], Any]] = {}
        """Label of a model → the project's own way to add so many rows of it."""
        self.is_off = False
        """Whether budgets are judged at all: `--querybudget-off`."""
        self.show: Literal["worst", "all", "none"] = "worst"
        self.replays: frozenset[str] = frozenset()
        """What is found out by making requests again: `fix`, `guard`, `growth`."""
        self.stand_ins: StandIns | None = None
        """The values of filters, while fixes are tried with a request; they are not kept otherwise."""
        self.internal_errors: list[str] = []
        self.today: date = datetime.now(UTC).astimezone().date()
        """Read once, and before any test can replace the clock: a run does not expire at midnight."""
        self.told: set[Declaration] = set()
        """Expired declarations that were told of, where no plugin tells at the end."""

    def settings(self) -> tuple[Any, ...]:
        """Return what a run of pytest sets, to be given back to `restore`."""
        return (
            self.root,
            self.config,
            self.count_items,
            self.read_body,
            self.growers,
            self.show,
            self.is_off,
            self.replays,
            self.test,
            self.internal_errors,
        )

    def restore(self, settings: tuple[Any, ...]) -> None:
        """Undo what a run of pytest set."""
        (
            self.root,
            self.config,
            self.count_items,
            self.read_body,
            self.growers,
            self.show,
            self.is_off,
            self.replays,
            self.test,
            self.internal_errors,
        ) = settings

    @property
    def is_listening(self) -> bool:
        """Tell whether anybody wants to know of a request."""
        return self.test is not None or bool(self.blocks)

    def stray_scope(self) -> Scope | None:
        """Return where a query of a thread without a scope belongs, told by time alone.

        The test's own thread is outside everything. Another thread's query goes to the one request
        that is open; with several open it is noted on each, and on the blocks around them, so that none is
        judged as if it were whole; with none open it goes to the innermost block, which is a stretch of time.
        """
        test = self.test
        innermost = self.blocks[-1] if self.blocks else None
        owner = test.thread if test is not None else innermost.thread if innermost is not None else None
        if owner is None or threading.get_ident() == owner:
            return None
        requests = test.open_requests() if test is not None else []
        if len(requests) == 1:
            return requests[0]
        if not requests:
            return innermost
        for scope in (*requests, *self.blocks):
            scope.n_stray += 1
        return None

    def tell(self, message: str) -> None:
        """Warn, once; where warnings are errors the summary tells of it and the test goes on."""
        if message in self.internal_errors:
            return
        self.internal_errors.append(message)
        with suppress(QueryBudgetWarning):
            warnings.warn(message, QueryBudgetWarning, stacklevel=3)

    def report_internal(self, error: Exception) -> None:
        """Tell of our own failure once per kind; never break the watched test."""
        self.tell(wording.internal(f"{type(error).__name__}: {error}"))


session = Session()
