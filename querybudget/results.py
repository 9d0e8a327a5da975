"""What a whole run amounts to: the values that storage reads back and reports show."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from querybudget.finding import N_PLUS_ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from querybudget.budgets.budget import Declaration, MeasuredLimit
    from querybudget.budgets.judge import Facts, Verdict
    from querybudget.finding import Finding
    from querybudget.records import Identity, Phase, Place
    from querybudget.replayed import Replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One limit that judged an action, and where the action stands with it."""

    declaration: Declaration
    limit: MeasuredLimit
    n_judged: int
    n_broken: int
    """Requests that did not keep it, those that could not be judged included."""
    lowest: int
    highest: int
    """The least and the most that was observed of what it limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCounts:
    """What one request of an action counted."""

    node_id: str
    number: int
    """Its place among the requests of its test, from 1."""
    method: str
    status: int | None
    items: int | None
    queries: int
    reads: int
    writes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCounts:
    """What a run recorded of one action."""

    action: str
    name: str
    """What people call it: the shortest end of the key that no other recorded action shares."""
    methods: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    """Each once, sorted; empty for a view that was only called directly."""
    n_requests: int
    n_refused: int
    """Requests answered with 400 or above, or not at all; not part of the numbers below."""
    n_tests: int
    minimum: int | None
    """Queries of the cheapest request; None, like the next ones, where none was answered."""
    median: int | None
    maximum: int | None
    reads: int | None
    """The most reads any request made; likewise the next ones."""
    writes: int | None
    duplicates: int | None = None
    shapes: int | None = None
    items: int | None = None
    """The most items any answer listed; None where none was a list."""
    n_queries: int = 0
    """Of all its requests, the refused ones included."""
    slope: float = 0.0
    """Queries an item, by answers of different lengths; 0 where longer ones asked nothing more often."""
    findings: tuple[Finding, ...]
    """Each problem once, as in the request where it cost most; by code, then by count."""
    standings: tuple[Standing, ...] = ()
    """Of the limits that judged its requests, nearest first."""
    requests: tuple[RequestCounts, ...] | None = None
    """Each, by test and number; None unless asked for."""

    @property
    def of_queries(self) -> tuple[Standing, ...]:
        """The limits on its number of queries, nearest first."""
        return tuple(each for each in self.standings if each.limit.measure in {"queries", "base"})

    @property
    def n_plus_one(self) -> int:
        """Count the distinct n-plus-ones and queries in a loop that no comment accepts."""
        return sum(finding.code in N_PLUS_ONE and not finding.accepted for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What was declared on tests, and whether any of them met a request it means."""

    declaration: Declaration
    n_tests: int
    """Those that passed: one that was skipped or failed met nothing for reasons of its own."""
    n_met: int


class Unended(StrEnum):
    """Why an attempt at a test has not ended."""

    CUT_OFF = "cut off"
    RUNNING = "running"
    UNKNOWN = "unknown"
    """The run has not ended, and whether its process still runs cannot be told here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A test whose latest attempt has not ended; the requests of that attempt are missing."""

    node_id: str
    why: Unended
    has_earlier: bool
    """Whether an earlier attempt ended; its numbers stand for the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What failed a test beside the limits: a budget that met no request, or that nobody can understand."""

    message: str
    is_doubt: bool
    """Whether something could not be judged, in contrast to not being kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """Everything a report needs of one run."""

    started_at: str
    """ISO 8601, UTC."""
    n_tests: int
    n_requests: int
    n_queries: int
    n_exceeded: int
    """Budgets that did not hold, those that could not be judged included."""
    actions: tuple[ActionCounts, ...]
    """Those with n-plus-ones first, then the most queries, then by name."""
    unfinished: tuple[Unfinished, ...] = ()
    """Each test once, sorted."""
    without_log: tuple[str, ...] = ()
    """Names of files read without their write-ahead log: of tests in them nothing is known. Sorted."""
    cut_off: tuple[str, ...] = ()
    """Names of files whose process is gone, or may be, without having let go of them, between two tests
    as far as they tell. Sorted."""
    is_running: bool = False
    """Whether a process of it is still at work, as far as can be told."""
    is_complete: bool = False
    """Whether every test of the project ran, as far as can be told."""
    declared: tuple[Declared, ...] = ()
    """What code declares, of tests and views, by place."""
    complaints: Mapping[str, tuple[Complaint, ...]] = field(default_factory=dict)
    """By test, sorted."""
    stale: tuple[str, ...] = ()
    """Comments and `allow` that accept what no request shows any more, though they could. Sorted."""
    replayed: tuple[Replayed, ...] = ()
    """What was tried by making requests again, by action, kind and subject."""
    known: tuple[Identity, ...] = ()
    """Actions of the URLconf and those recorded, sorted."""

    @property
    def is_lacking(self) -> bool:
        """Tell whether something is known to be missing, apart from tests nobody asked for."""
        return bool(self.unfinished or self.without_log or self.cut_off or self.is_running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Queries of one request that are alike: the same shape, place, phase and origin."""

    phase: Phase
    place: Place | None
    field: str
    origin: str
    relation: str | None
    alias: str
    shape: str
    count: int
    n_parameter_sets: int
    duration_ns: int
    is_counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstRequest:
    """The request of an action that ran the most queries, with all of them."""

    action: str
    node_id: str
    method: str
    path: str
    status: int | None
    items: int | None
    queries: int
    duration_ns: int
    executions: tuple[Execution, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request of a run as it can be judged again, with what code declares for it."""

    identity: Identity
    node_id: str
    facts: Facts
    declared: tuple[Declaration, ...]
    is_accepted: bool = False
    """Whether its test was skipped, or is expected to fail: what it breaks is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLimit:
    """One limit that did not hold when it was judged in the run."""

    subject: str
    """The key of the action, or the name of the block."""
    node_id: str
    verdict: Verdict
