"""One run of pytest: begins and ends recording, judges each test, keeps its data, sums up."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from querybudget import wording, wording_replay
from querybudget.config import Config, read_config
from querybudget.declare import django_is_ready
from querybudget.errors import BudgetExceeded, InvalidConfiguration, InvalidDeclaration
from querybudget.pytest_plugin import display, ending, judging, markers
from querybudget.pytest_plugin.attempt import Attempt
from querybudget.pytest_plugin.body import body
from querybudget.pytest_plugin.imported import imported_body, imported_growers, imported_items
from querybudget.pytest_plugin.selection import Selection, is_narrowed, node_id
from querybudget.session import RunningTest, current, session
from querybudget.storage.datafile import DataFile, new_run_id, run_token
from querybudget.storage.rows import TestRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from querybudget.replay.of_test import Replays
    from querybudget.replayed import Replayed
    from querybudget.results import RunResult


class Run:
    """The state of one pytest session, kept on the config's stash."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._is_off = bool(config.getoption("querybudget_off"))
        self._is_recording = False
        self._attempt: Attempt | None = None
        self._attempts: dict[str, int] = {}
        self.selection = Selection()
        self._late: list[str] = []
        """Breaches of requests made while a test was torn down: no outcome is left to carry them."""
        self._result: RunResult | None = None
        self._breaches: list[str] = []
        started = datetime.now(UTC)
        given = getattr(config, "workerinput", {}).get("querybudget", {})
        run_id = given.get("run_id") or new_run_id(started, run_token(started, secrets.token_hex(2)))
        self._file = DataFile(config.rootpath, run_id, started, tell=session.tell)
        self._before = session.settings()
        session.root = config.rootpath.resolve()
        session.config = Config() if self._is_off or _only_informs(config) else _read_config(config.rootpath)
        session.count_items = session.read_body = None
        session.growers = {}
        session.show = config.getoption("querybudget_show")
        session.is_off = self._is_off
        session.replays = config.getoption("querybudget_verify")
        self._replays: Replays | None = None

    @property
    def is_worker(self) -> bool:
        """Tell whether this process runs tests for another, which sums up."""
        return hasattr(self._config, "workerinput")

    def for_worker(self) -> dict[str, str]:
        """Return what an xdist worker must know."""
        return {"run_id": self._file.run_id}

    def start(self) -> None:
        """Start recording where a configured Django is; nothing is imported to find out.

        Raises:
            UsageError: when the function that counts items cannot be imported.

        """
        if self._is_off or not django_is_ready():
            return
        session.count_items = imported_items(session.config)
        from querybudget import capture  # noqa: PLC0415 - only now is Django known to be there

        recording = capture.start()
        self._is_recording = True
        if session.replays:
            session.read_body = imported_body(session.config)
            session.growers = imported_growers(session.config)
            from querybudget.replay.of_test import Replays  # noqa: PLC0415 - likewise

            capture.watch_for_replays(recording.patches)
            self._replays = Replays(session.replays)

    def stop(self) -> None:
        """Put everything back."""
        if self._is_recording and session.capture is not None:
            session.capture.stop()
        if self._is_recording and self._file.is_started:
            self._write_known()
        self._is_recording = False
        if self._attempt is not None:  # interrupted: nobody saw the end of its test
            self._leave(self._attempt)
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output["querybudget"] = {
                "errors": list(session.internal_errors),
                "late": self._late,
                "selection": self.selection.for_controller(),
            }

    def _write_known(self) -> None:
        """Keep which actions and names there are: a later check knows no URLconf and no models."""
        from querybudget.capture import relations, routes  # noqa: PLC0415 - needs Django

        try:
            self._file.write_known(
                [identity for identity, _ in routes.declared_actions()],
                {
                    "tables": relations.tables(),
                    "databases": relations.aliases(),
                    **session.config.counting(),
                },
            )
        except Exception as error:  # noqa: BLE001 - an URLconf that cannot be read breaks no test run
            session.report_internal(error)

    def restore(self) -> None:
        """Give the process back as it was: this run may have been inside another."""
        self._file.close()
        session.restore(self._before)

    def hear(self, said: Mapping[str, Any]) -> None:
        """Take over what a worker could not do, and what it counted."""
        errors = said.get("errors", ())
        session.internal_errors += [each for each in errors if each not in session.internal_errors]
        self._late += said.get("late", ())
        self.selection.hear(said.get("selection", {}))

    def _leave(self, attempt: Attempt) -> None:
        self._attempt = None
        session.test = attempt.outer
        with suppress(ValueError):  # another context than the one it was set in, as under asyncio
            current.reset(attempt.token)

    def begin(self, item: pytest.Item) -> None:
        """Begin an attempt at a test; also where nothing is recorded, so that no budget goes unnoticed."""
        name = node_id(item)
        self.selection.ran.add(name)
        if self._is_off:
            return
        number = self._attempts[name] = self._attempts.get(name, 0) + 1
        if self._replays is not None:
            self._replays.has_tried = False
        outer = session.test
        test = session.test = RunningTest(name=name, is_judged_by_plugin=True)
        test.on_first_request = lambda: self._file.begin(name, number)
        self._attempt = Attempt(test=test, number=number, outer=outer, token=current.set(False))
        try:
            self._attempt.declarations = test.declared = markers.declarations_for(item)
        except InvalidDeclaration as error:
            self._attempt.mistake = error
            self._attempt.doubt(str(error))

    def body(self, item: pytest.Item) -> AbstractContextManager[None]:
        """Return the context in which a test's own body runs."""
        return body(item, self._attempt, lambda: self.judge(item), is_recording=self._is_recording)

    def judge(self, item: pytest.Item) -> None:
        """Raise what the budgets do not allow; a test that failed by itself keeps its error.

        Raises:
            BudgetExceeded: with every breach of the test in one message.
            InvalidDeclaration: when a requested view declares what cannot be understood.

        """
        __tracebackhide__ = True
        if getattr(item, "_excinfo", None):  # a unittest's failure, which pytest raises later
            self.tell_beside(item)
            return
        error = self._breach()
        if error is not None:
            raise error

    def tell_beside(self, item: pytest.Item) -> None:
        """Add a breach as a section to a test that fails or skips by itself."""
        error = self._breach(passed=False)
        if error is not None:
            item.add_report_section("call", "query budget", str(error))

    def _breach(self, *, passed: bool = True) -> BudgetExceeded | InvalidDeclaration | None:
        """Judge the requests made so far, once an attempt: a unittest is judged inside its method."""
        attempt = self._attempt
        if attempt is None or attempt.is_judged or not self._is_recording:
            return None
        if passed and self._replays is not None:
            attempt.replayed = self._replay(attempt, self._replays)
        return judging.breach(attempt, passed=passed)

    def _replay(self, attempt: Attempt, replays: Replays) -> list[Replayed]:
        """Make requests of a test again while its data is there."""
        try:
            return replays.of_test(attempt.test.requests, attempt.declarations, attempt.test.judgements)
        except Exception as error:  # noqa: BLE001 - ours: the test has passed
            session.report_internal(error)
            return []

    def note_failed_teardown(self) -> None:
        """Remember that a fixture failed while it was torn down: the report of that comes after the end."""
        if self._attempt is not None:
            self._attempt.outcome = "failed"

    def note_report(self, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Remember the outcome, and show a breach where it was declared."""
        if self._attempt is not None and report.outcome != "passed":
            self._attempt.outcome = report.outcome
        error = call.excinfo.value if call.excinfo is not None else None
        is_own = not isinstance(error, BudgetExceeded | InvalidDeclaration)
        if report.failed and is_own and self._replays is not None and self._replays.has_tried:
            report.sections.append(("query budget", wording_replay.NOTICED))
        if self._attempt is not None and isinstance(error, InvalidDeclaration) and report.failed:
            self._attempt.doubt_once(str(error))
        if (
            isinstance(error, BudgetExceeded | InvalidDeclaration)
            and report.when == "call"
            and display.is_ours(call.excinfo)
        ):
            display.show_at_declaration(report, error)

    def end(self) -> None:
        """End an attempt and write it."""
        attempt = self._attempt
        if attempt is None:
            return
        self._leave(attempt)
        if self._is_recording and attempt.is_kept:
            self._write(attempt)

    def _write(self, attempt: Attempt) -> None:
        from querybudget import verdicts  # noqa: PLC0415

        try:
            judgements = judging.judgements(attempt)
            record = TestRecord(
                node_id=attempt.test.name,
                attempt=attempt.number,
                outcome=attempt.outcome,
                judgements=judgements,
                others=attempt.test.judgements,
                declared=attempt.declarations,
                complaints=attempt.told,
                replayed=attempt.replayed,
            )
            self._file.write(record)
        except Exception as error:  # noqa: BLE001 - the test has its outcome; what is lost is told
            session.report_internal(error)
            self._write_lost(attempt, error)
            return
        late = verdicts.message(judgements[attempt.n_judged :]) if attempt.is_judged else ""
        if late:
            self._late.append(f"{attempt.test.name}, in its teardown: {late}")

    def _write_lost(self, attempt: Attempt, error: Exception) -> None:
        """Let a test whose queries are lost to a failure of ours not look like one that was cut off."""
        attempt.doubt_once(wording.not_judged(error))
        record = TestRecord(
            node_id=attempt.test.name,
            attempt=attempt.number,
            outcome=attempt.outcome,
            judgements=(),
            complaints=attempt.told,
        )
        try:
            self._file.write(record)
        except Exception as again:  # noqa: BLE001 - likewise
            session.report_internal(again)

    def finish(self, pytest_session: pytest.Session) -> None:
        """Judge the run as a whole, and fail it for what no single test can be failed for."""
        if self._is_off or self.is_worker:
            return
        # Asked of the data, not of Django: the controller of xdist need not have imported it.
        if ending.has_data(self._file):
            self._write_ending()
            self._result = ending.result_of(self._file)
        self._breaches = list(self._late)
        if self._result is not None:
            self._breaches += ending.breaches_of(self._result, session.today)
        if self._breaches and pytest_session.exitstatus == pytest.ExitCode.OK:
            pytest_session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _write_ending(self) -> None:
        try:
            self._file.write_ending(
                n_expected=self.selection.n_expected(self._config),
                ran=sorted(self.selection.ran),
                is_narrowed=is_narrowed(self._config),
            )
        except Exception as error:  # noqa: BLE001 - the tests have their outcomes; what is lost is told
            session.report_internal(error)

    def summarise(self, terminal: pytest.TerminalReporter) -> None:
        """Print what the run recorded; under -q only what went wrong."""
        if self._is_off or self.is_worker:
            return
        is_quiet = self._config.get_verbosity() < 0
        missing = ending.missing(self._result, session.config, is_narrowed=is_narrowed(self._config))
        display.print_summary(
            terminal,
            self._result if not is_quiet else None,
            self._breaches,
            [*missing, *session.internal_errors],
        )


def _only_informs(config: pytest.Config) -> bool:
    """Tell whether pytest was only asked about itself, which a broken project must not prevent."""
    return bool(config.getoption("help", default=False) or config.getoption("version", default=0))


def _read_config(root: Path) -> Config:
    try:
        return read_config(root)
    except InvalidConfiguration as error:
        raise pytest.UsageError(f"querybudget: {error}") from None
