"""How a breach and the summary are put on pytest's terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _pytest._code.code import ReprEntry, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from querybudget.reports import summary
from querybudget.wording import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from querybudget.errors import BudgetExceeded, InvalidDeclaration
    from querybudget.results import RunResult


def is_ours(excinfo: Any) -> bool:
    """Tell what the plugin raised from what a `with` raised at its own line."""
    last = excinfo.traceback[-1].frame.code.path
    return last is not None and "pytest_plugin" in str(last)


def show_at_declaration(report: Any, error: BudgetExceeded | InvalidDeclaration) -> None:
    """Replace the plugin's traceback by the line of the declaration and the message."""
    where = error.where
    if where is None:
        return
    kind = type(error).__name__
    message = f"querybudget.{kind}: {error}"
    lines = [f">   {where.source}", *(f"E   {line}".rstrip() for line in message.splitlines())]
    place = ReprFileLocation(where.path, where.line, kind)
    entry = ReprEntry(lines, None, None, place, "long")
    crash = ReprFileLocation(where.path, where.line, message.splitlines()[0])
    report.longrepr = ReprExceptionInfo(reprtraceback=ReprTraceback([entry], None, "long"), reprcrash=crash)


def print_summary(
    terminal: pytest.TerminalReporter,
    result: RunResult | None,
    breaches: Sequence[str],
    notes: Sequence[str],
) -> None:
    """Print the heading and the lines below it; nothing for a run without requests and trouble.

    Args:
        terminal: pytest's.
        result: the run; None where it is not to be summed up.
        breaches: what fails the run as a whole.
        notes: what could not be done, or is missing.

    """
    width = terminal._tw.fullwidth
    lines = summary.lines(result, width=width) if result is not None and result.n_requests else []
    lines += notes
    if not lines and not breaches:
        return
    terminal.write_sep("=", "query budgets")
    for line in lines:
        terminal.write_line(line)
    for breach in breaches:
        terminal.write_line(f"FAILED the run: {printable(breach)}", red=True)
