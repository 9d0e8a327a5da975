"""One run of pytest: begins and ends recording, judges each test, keeps its data, sums up."""

from __future__ import annotations

import functools
import secrets
import sys
import unittest
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from querybudget import wording
from querybudget.budgets.budget import Per
from querybudget.declare import DECLARATIONS, OpenBlock, around, django_is_ready
from querybudget.errors import BudgetExceeded, InvalidDeclaration, UnusableData
from querybudget.pytest_plugin import display, markers
from querybudget.session import RunningTest, current, session
from querybudget.storage.datafile import DataFile, TestRecord, new_run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextvars import Token

    from querybudget.budgets.budget import Declaration
    from querybudget.records import Place
    from querybudget.results import RunResult
    from querybudget.verdicts import Judgement


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One run of a test, from setup to teardown."""

    test: RunningTest
    number: int
    outer: RunningTest | None
    """The test of a run that this run is inside of."""
    token: Token[Any]
    declarations: tuple[Declaration, ...] = ()
    mistake: InvalidDeclaration | None = None
    """A marker that cannot be understood: told instead of running the test."""
    outcome: str = "passed"
    is_judged: bool = False


class Run:
    """The state of one pytest session, kept on the config's stash."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._is_off = bool(config.getoption("querybudget_off"))
        self._is_recording = False
        self._attempt: Attempt | None = None
        self._attempts: dict[str, int] = {}
        started = datetime.now(UTC)
        given = getattr(config, "workerinput", {}).get("querybudget", {})
        run_id = given.get("run_id") or new_run_id(started, secrets.token_hex(4))
        self._file = DataFile(config.rootpath, run_id, started, tell=session.tell)
        self._before = session.settings()
        session.root = config.rootpath.resolve()
        session.show = config.getoption("querybudget_show")
        session.is_off = self._is_off

    def for_worker(self) -> dict[str, str]:
        """Return what an xdist worker must know."""
        return {"run_id": self._file.run_id}

    def start(self) -> None:
        """Start recording where a configured Django is; nothing is imported to find out."""
        if self._is_off or not django_is_ready():
            return
        from querybudget import capture  # noqa: PLC0415 - only now is Django known to be there

        capture.start()
        self._is_recording = True

    def stop(self) -> None:
        """Put everything back."""
        if self._is_recording and session.capture is not None:
            session.capture.stop()
        self._is_recording = False
        if self._attempt is not None:  # interrupted: nobody saw the end of its test
            self._leave(self._attempt)
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["querybudget"] = list(session.internal_errors)

    def restore(self) -> None:
        """Give the process back as it was: this run may have been inside another."""
        self._file.close()
        session.restore(self._before)

    def hear(self, errors: Iterable[str]) -> None:
        """Take over what a worker could not do."""
        session.internal_errors += [each for each in errors if each not in session.internal_errors]

    def _leave(self, attempt: Attempt) -> None:
        self._attempt = None
        session.test = attempt.outer
        with suppress(ValueError):  # another context than the one it was set in, as under asyncio
            current.reset(attempt.token)

    def begin(self, item: pytest.Item) -> None:
        """Begin an attempt at a test; also where nothing is recorded, so that no budget goes unnoticed."""
        if self._is_off:
            return
        number = self._attempts[item.nodeid] = self._attempts.get(item.nodeid, 0) + 1
        outer = session.test
        test = session.test = RunningTest(name=item.nodeid, is_judged_by_plugin=True)
        self._attempt = Attempt(test=test, number=number, outer=outer, token=current.set(False))
        try:
            self._attempt.declarations = test.declared = markers.declarations_for(item)
        except InvalidDeclaration as error:
            self._attempt.mistake = error

    @contextmanager
    def body(self, item: pytest.Item) -> Iterator[None]:
        """Mark what is the test's own body, and open the blocks that markers declare for it.

        The call of a unittest method holds its setUp too, so there the method itself is wrapped.
        """
        __tracebackhide__ = True
        attempt = self._attempt
        if attempt is None:
            yield
            return
        if attempt.mistake is not None:
            raise attempt.mistake
        if not self._is_recording and any(each.limits for each in attempt.declarations):
            pytest.fail(wording.NO_DJANGO, pytrace=False)
        blocks = [
            each for each in attempt.declarations if each.per is Per.BLOCK and not _is_decorator(item, each)
        ]
        if not blocks and not _is_unittest(item):
            attempt.test.in_body = True
            try:
                yield
            finally:
                attempt.test.in_body = False
            return
        judge = functools.partial(self.judge, item) if _is_unittest(item) else None
        with _wrapped(item, functools.partial(_Body, attempt.test, tuple(blocks), judge, item.name)):
            yield

    def judge(self, item: pytest.Item) -> None:
        """Raise what the declared budgets do not allow; a test that failed by itself keeps its error.

        Raises:
            BudgetExceeded: with every breach of the test in one message.

        """
        __tracebackhide__ = True
        if getattr(item, "_excinfo", None):  # a unittest's failure, which pytest raises later
            self.tell_beside(item)
            return
        message, where = self._breach()
        if message:
            raise BudgetExceeded(message, where)

    def tell_beside(self, item: pytest.Item) -> None:
        """Add a breach as a section to a test that fails or skips by itself."""
        message, _ = self._breach(passed=False)
        if message:
            item.add_report_section("call", "query budget", message)

    def _breach(self, *, passed: bool = True) -> tuple[str, Place | None]:
        """Judge the body's requests, once an attempt: a unittest is judged inside its method."""
        attempt = self._attempt
        if attempt is None or attempt.is_judged or not self._is_recording:
            return "", None
        attempt.is_judged = True
        from querybudget import verdicts  # noqa: PLC0415 - needs Django, which is there now

        try:
            judgements = verdicts.of_requests(_in_body(attempt), attempt.declarations)
        except Exception as error:  # noqa: BLE001 - our failure fails no test that declared nothing
            session.report_internal(error)
            limited = [each for each in attempt.declarations if each.limits]
            return (wording.not_judged(error), limited[0].where) if limited else ("", None)
        messages = [breach.message for breach in attempt.test.breaches]
        messages.append(verdicts.message(judgements))
        if passed:
            messages.append(verdicts.message_of_unmet(judgements, attempt.declarations))
        return "\n\n".join(filter(None, messages)), _first_place(attempt, judgements)

    def note_report(self, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Remember the outcome, and show a breach where it was declared."""
        if self._attempt is not None and report.outcome != "passed":
            self._attempt.outcome = report.outcome
        error = call.excinfo.value if call.excinfo is not None else None
        if (
            isinstance(error, BudgetExceeded | InvalidDeclaration)
            and report.when == "call"
            and display.is_ours(call.excinfo)
        ):
            display.show_at_declaration(report, error)

    def end(self, item: pytest.Item) -> None:
        """End an attempt and write it."""
        attempt = self._attempt
        if attempt is None:
            return
        self._leave(attempt)
        if self._is_recording and (attempt.test.requests or attempt.test.judgements):
            self._write(item, attempt)

    def _write(self, item: pytest.Item, attempt: Attempt) -> None:
        from querybudget import verdicts  # noqa: PLC0415

        rest = [request for request in attempt.test.requests if not request.in_body]
        try:
            judgements = [
                *verdicts.of_requests(_in_body(attempt), attempt.declarations),
                *verdicts.of_requests(rest, ()),
            ]
            record = TestRecord(
                node_id=item.nodeid,
                attempt=attempt.number,
                outcome=attempt.outcome,
                judgements=judgements,
                others=attempt.test.judgements,
            )
            self._file.write(record)
        except Exception as error:  # noqa: BLE001 - the test has its outcome; what is lost is told
            session.report_internal(error)

    def summarise(self, terminal: pytest.TerminalReporter) -> None:
        """Print what the run recorded; under -q only what went wrong."""
        if self._is_off or hasattr(self._config, "workerinput") or "django" not in sys.modules:
            return
        is_quiet = self._config.get_verbosity() < 0
        result = None if is_quiet else self._result()
        display.print_summary(terminal, result, session.internal_errors)

    def _result(self) -> RunResult | None:
        """Read the run back as any later report will; None where nothing was recorded."""
        from querybudget.storage.combine import files_of_run, read, read_open  # noqa: PLC0415

        if self._file.in_memory is not None:
            return read_open([self._file.in_memory])
        try:
            files = files_of_run(self._file.directory, self._file.run_id)
        except UnusableData:
            return None
        try:
            return read(files)
        except UnusableData as error:
            session.tell(str(error))
            return None


def _first_place(attempt: Attempt, judgements: Iterable[Judgement]) -> Place | None:
    """Return where the first budget that broke was declared; of none, where the first was."""
    places = [breach.where for breach in attempt.test.breaches]
    places += [
        verdict.holding.declaration.where
        for judgement in judgements
        for verdict in judgement.verdicts
        if verdict.is_breach
    ]
    places += [declaration.where for declaration in attempt.declarations]
    return next(iter(places), None)


def _in_body(attempt: Attempt) -> list[Any]:
    return [request for request in attempt.test.requests if request.in_body]


def _is_decorator(item: Any, declaration: Declaration) -> bool:
    """Tell whether the function carries this budget itself and opens its block on its own."""
    function = getattr(item, "function", None)
    return any(each is declaration for each in getattr(function, DECLARATIONS, ()))


def _is_unittest(item: Any) -> bool:
    cls = getattr(item, "cls", None)
    return cls is not None and issubclass(cls, unittest.TestCase)


class _Body:
    """The body of one test: marks it, opens a block for budgets that count it whole, and judges it."""

    def __init__(
        self, test: RunningTest, blocks: tuple[Declaration, ...], judge: Callable[[], None] | None, name: str
    ) -> None:
        self._test = test
        self._declarations = blocks
        self._judge = judge
        self._block = OpenBlock(name) if blocks else None

    def __enter__(self) -> None:
        self._test.in_body = True
        if self._block is not None:
            self._block.open()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        __tracebackhide__ = True
        self._test.in_body = False
        if self._block is not None:
            self._block.close()
            message = self._block.judge(self._declarations)
            if message:
                self._test.note(message, self._declarations[0].where)
        if kind is None and self._judge is not None:
            self._judge()


@contextmanager
def _wrapped(item: Any, make_body: Callable[[], _Body]) -> Iterator[None]:
    """Run the test function, or a unittest's method, inside a body for as long as this lasts."""
    original = item.obj
    item.obj = in_body = around(original, make_body)
    is_unittest = _is_unittest(item)
    if is_unittest:  # an asynchronous one is looked up on the instance, not taken from item.obj
        setattr(item.instance, item.originalname, in_body)
    try:
        yield
    finally:
        item.obj = original
        if is_unittest:
            item.instance.__dict__.pop(item.originalname, None)
