"""`querybudget check`: whether the last run keeps the budgets that are declared now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from querybudget import wording_run
from querybudget.budgets.check import Outcome
from querybudget.budgets.check import check as check_requests
from querybudget.budgets.judge import Judge
from querybudget.budgets.troubles import Trouble, troubles
from querybudget.cli.data import latest_run, progress, project, root_option
from querybudget.cli.output import console_for, output_option
from querybudget.config import read_config
from querybudget.errors import UnusableData
from querybudget.storage import stored
from querybudget.storage.read import read_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from querybudget.config import Config
    from querybudget.results import RecordedRequest, RunResult

WITHIN, EXCEEDED, CANNOT_JUDGE = range(3)

TOLD_EVERY = 500
"""Requests between two words of progress."""


@click.command()
@output_option
@root_option
def check(output: str, root: Path | None) -> int:
    """Judge the last run by the budgets declared now.

    Configuration is read again. What tests and views declare counts as it stood in the run. Exit 0:
    all is kept. 1: something is exceeded, expired or met by no request. 2: something cannot be judged.
    """
    config = read_config(project(root))
    today = datetime.now(UTC).astimezone().date()
    with latest_run(root) as connection:
        result = read_open(connection)
        if not result.n_requests and not result.complaints:
            raise UnusableData("The last run recorded no request: nothing can be judged.")
        known = stored.names(connection)
        _refuse_other_counting(config, known)
        with progress("Judging requests") as on_progress:
            outcome = check_requests(
                _telling(stored.requests(connection), result.n_requests, on_progress),
                stored.broken(connection),
                config.configured.knowing({each.action for each in result.known}),
                Judge(names=known),
            )
    found = troubles(result, config.configured, today)
    with console_for(output) as console:
        for line in wording_run.check_lines(outcome, found, result):
            console.out(line, highlight=False)
    return exit_code(outcome, found, result)


def _telling(
    requests: Iterable[RecordedRequest], total: int, on_progress: Callable[[int, int], None]
) -> Iterator[RecordedRequest]:
    """Pass requests on, and now and then tell how many."""
    for number, request in enumerate(requests):
        if not number % TOLD_EVERY:
            on_progress(number, total)
        yield request


def _refuse_other_counting(config: Config, known: Mapping[str, frozenset[str]]) -> None:
    """Refuse to judge counts that were made by other settings than those there are now.

    Raises:
        UnusableData: with what the run counted by; only another run can count anew.

    """
    if "databases" not in known:
        return  # no process came to its end, which is told by itself
    for setting, now in config.counting().items():
        then = known.get(setting, frozenset())
        # Settings may be written, or move to another file, after the run; none are a wrong place to look.
        if now != then and (setting != "settings" or not now):
            raise UnusableData(wording_run.counted_otherwise(setting, now, then))


def exit_code(outcome: Outcome, found: tuple[Trouble, ...], result: RunResult) -> int:
    """Return 1 for what is exceeded, else 2 for what cannot be judged, else 0."""
    doubts = [each.is_doubt for each in outcome.broken]
    doubts += [each.is_doubt for told in result.complaints.values() for each in told]
    doubts += [each.kind.is_doubt for each in found]
    if not all(doubts):
        return EXCEEDED
    return CANNOT_JUDGE if doubts or result.is_lacking else WITHIN
