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

from querybudget import wording, wording_run
from querybudget.cli.data import progress, project, root_option
from querybudget.errors import QueryBudgetError
from querybudget.storage.combine import combine as combine_files
from querybudget.storage.datafile import (
    create_private,
    drop_old_runs,
    file_name,
    new_run_id,
    prepare_directory,
    put_in_place,
    run_token,
)
from querybudget.storage.files import directory_at, files_at, runs_in
from querybudget.storage.read import read_open
from querybudget.storage.schema import DIRECTORY, create
from querybudget.storage.state import forget_machines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from querybudget.results import RunResult


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--all-runs", "is_all", is_flag=True, help="Of a directory take every run, not the latest only."
)
@root_option
def combine(paths: tuple[Path, ...], root: Path | None, *, is_all: bool) -> int:
    """Write the runs at PATH... as one new run, which `report`, `show` and `check` then read.

    PATH is a data file, a .querybudget directory or a project that has one: of a directory the latest
    run. A test that stands in several runs counts once, by the latest in which it ended. The data at PATH
    stays as it is.
    """
    find = _all_files_at if is_all else _latest_files_at
    files = list(dict.fromkeys(file.resolve() for path in paths for file in find(path)))
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
        click.echo(
            f"{wording.count(n_twice, 'test')} stood in several runs; the latest in which it ended counts."
        )
    for line in wording_run.lost(result):
        click.echo(wording.printable(line))
    return 0


def _latest_files_at(path: Path) -> list[Path]:
    """List the files of the latest run at a path, and tell which runs are left out."""
    files = files_at(path)
    if path.is_dir():
        directory = directory_at(path)
        _, *earlier = reversed(runs_in(directory))
        if earlier:
            click.echo(
                f"querybudget: {wording.printable(wording_run.left_out(directory, earlier))}", err=True
            )
    return files


def _all_files_at(path: Path) -> list[Path]:
    if not path.is_dir():
        return files_at(path)
    return [file for files in runs_in(directory_at(path)).values() for file in files]


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
            forget_machines(connection)
            result = read_open(connection)
        put_in_place(part, target)
    finally:
        part.unlink(missing_ok=True)
    drop_old_runs(directory, run_id, spared=files)
    return n_twice, result
