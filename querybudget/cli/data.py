"""Where the command finds a project and its run data, and what it shows while reading takes long."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import Progress

from querybudget.config_file import FILES
from querybudget.storage.combine import opened
from querybudget.storage.files import files_of_run
from querybudget.storage.schema import DIRECTORY

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

SHOWN_AFTER_S = 2.0
"""Work that takes longer shows how far it is, on a terminal."""

root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"The project's directory, the one that holds {DIRECTORY}/. Default: the nearest from here up.",
)


def project(root: Path | None) -> Path:
    """Return the directory given, or the nearest that holds run data or settings; here where none does."""
    if root is not None:
        return root
    here = Path.cwd()
    for each in (here, *here.parents):
        if (each / DIRECTORY).is_dir():
            return each
    return next(
        (each for each in (here, *here.parents) if any((each / name).is_file() for name in FILES)), here
    )


@contextmanager
def latest_run(root: Path | None) -> Iterator[sqlite3.Connection]:
    """Open the latest run of a project.

    Raises:
        UnusableData: when there is none, or a file is foreign, of another version, or damaged.

    """
    with run_of(files_of_run(project(root) / DIRECTORY)) as connection:
        yield connection


@contextmanager
def run_of(paths: Sequence[Path]) -> Iterator[sqlite3.Connection]:
    """Open the files of one run as one database."""
    with progress("Reading run data") as on_progress, opened(paths, on_progress=on_progress) as connection:
        yield connection


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that tells how far the work is; shown on stderr, once it takes long."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=True) as bar:
        yield functools.partial(_advance, bar, bar.add_task(what, total=None), bar.get_time())


def _advance(bar: Any, task: Any, started: float, done: int, total: int) -> None:
    if bar.disable and bar.console.is_terminal and bar.get_time() - started > SHOWN_AFTER_S:
        bar.disable = False
        bar.start()
    bar.update(task, completed=done, total=total)
