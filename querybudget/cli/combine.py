"""`querybudget combine`: one run out of several, as of a CI job's shards."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from querybudget import wording
from querybudget.cli.data import progress, project, root_option
from querybudget.errors import QueryBudgetError
from querybudget.storage.combine import combine as combine_files
from querybudget.storage.combine import create
from querybudget.storage.datafile import (
    create_private,
    drop_old_runs,
    file_name,
    new_run_id,
    prepare_directory,
    run_token,
)
from querybudget.storage.files import files_at
from querybudget.storage.read import read_open
from querybudget.storage.schema import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.results import RunResult


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@root_option
def combine(paths: tuple[Path, ...], root: Path | None) -> int:
    """Write the runs at PATH... as one new run, which `report`, `show` and `check` then read.

    PATH is a data file, a .querybudget directory or a project that has one: of a directory the latest
    run. The data at PATH stays as it is.
    """
    files = list(dict.fromkeys(file.resolve() for path in paths for file in files_at(path)))
    directory = project(root) / DIRECTORY
    try:
        n_twice, result = _written(files, directory, datetime.now(UTC))
    except (OSError, sqlite3.Error) as error:
        raise QueryBudgetError(f"The combined run cannot be written to {directory}: {error}.") from error
    click.echo(
        f"Combined {wording.count(len(files), 'file')}: {wording.count(result.n_tests, 'test')},"
        f" {wording.count(result.n_requests, 'request')}, {wording.count(result.n_queries, 'query')}."
    )
    if n_twice:
        click.echo(f"{wording.count(n_twice, 'test')} stood in several files; the latest run counts.")
    return 0


def _written(files: Sequence[Path], directory: Path, now: datetime) -> tuple[int, RunResult]:
    """Write the combined run beside its place, and put it there when it is whole."""
    run_id = new_run_id(now, run_token(now, secrets.token_hex(2)))
    prepare_directory(directory)
    target = directory / file_name(run_id, os.getpid())
    part = target.with_suffix(".part")
    create_private(part)
    try:
        with closing(sqlite3.connect(part, uri=True)) as connection:
            create(connection)
            with progress("Combining") as on_progress:
                n_twice = combine_files(connection, files, on_progress=on_progress)
            result = read_open(connection)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    drop_old_runs(directory, run_id, spared=files)
    return n_twice, result
