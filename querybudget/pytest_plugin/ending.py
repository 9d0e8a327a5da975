"""The end of a run: read it back once, judge what only a whole run can tell, and print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.analysis.findings import OF_GUARD
from querybudget.budgets.budget import FINDINGS
from querybudget.budgets.troubles import troubles
from querybudget.errors import UnusableData
from querybudget.session import session
from querybudget.storage.files import files_of_run
from querybudget.storage.read import read, read_open
from querybudget.wording_run import not_looked_for, nothing_recorded, stale, trouble_line, unfinished

if TYPE_CHECKING:
    from datetime import date

    from querybudget.config import Config
    from querybudget.results import RunResult
    from querybudget.storage.datafile import DataFile


def has_data(file: DataFile) -> bool:
    """Tell whether any process of the run has written."""
    if file.is_started:
        return True
    try:
        return bool(files_of_run(file.directory, file.run_id))
    except UnusableData:
        return False


def result_of(file: DataFile) -> RunResult | None:
    """Read the run back as any later report will; None where that fails, which is told."""
    if file.in_memory is not None:
        return read_open(file.in_memory)
    try:
        return read(files_of_run(file.directory, file.run_id))
    except UnusableData as error:
        session.tell(str(error))
        return None


def breaches_of(result: RunResult, today: date) -> list[str]:
    """Return what fails the run as a whole, a line or two each."""
    return [trouble_line(each) for each in troubles(result, session.config.configured, today)]


def missing(result: RunResult | None, config: Config, *, is_narrowed: bool) -> list[str]:
    """Say what the run did not record: tests cut off, or nothing at all although budgets are set."""
    cut_off = result.unfinished if result is not None else ()
    is_empty = result is None or not result.n_requests
    if is_empty and not cut_off and config.configured.all and not is_narrowed:
        return [nothing_recorded(len(config.configured.all), config.path)]
    told = [*unfinished(cut_off), *(stale(result) if result is not None else [])]
    asked = {
        limit.key for each in config.configured.all for limit in each.limits if limit.measure == FINDINGS
    }
    unseen = sorted(asked & OF_GUARD) if "guard" not in session.replays else []
    return [*told, *([not_looked_for(unseen)] if unseen else [])]
