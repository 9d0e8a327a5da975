"""Where a report goes: standard output, or a file written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from querybudget.errors import QueryBudgetError

if TYPE_CHECKING:
    from collections.abc import Iterator

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="Write to this file, whole or not at all; `-`, the default, is standard output.",
)


UNLIMITED = 100_000
"""Columns where nobody looks at a screen: whoever reads a pipe or a file wants all of a line."""


def standard_console() -> Console:
    """Return a console for standard output; what is piped is whole, with colour only if that is forced."""
    if sys.stdout.isatty():
        return Console()
    is_forced = bool(os.environ.get("FORCE_COLOR"))
    return Console(force_terminal=False, color_system="standard" if is_forced else None, width=UNLIMITED)


@contextmanager
def console_for(output: str) -> Iterator[Console]:
    """Give a console that prints to standard output, or into a file once everything was printed.

    Raises:
        QueryBudgetError: when the file cannot be written.

    """
    if output == "-":
        yield standard_console()
        return
    text = StringIO()
    yield Console(file=text, force_terminal=False, color_system=None, width=UNLIMITED)
    write_atomically(Path(output), text.getvalue())


def write_atomically(path: Path, text: str) -> None:
    """Write a file beside its place, readable by its owner, and put it there when it is whole.

    What stands there and is no file, as a pipe or a device, is written to and stays what it is.

    Raises:
        QueryBudgetError: when it cannot be written; a file that stood there before still does.

    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise QueryBudgetError(f"{path} cannot be written: {_told(path, error)}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise QueryBudgetError(f"{path} cannot be written: {error.strerror}.") from error


def _told(path: Path, error: OSError) -> str:
    """Say what is wrong with the directory of a file, and what mends it."""
    if not path.parent.exists():
        return f"there is no directory {path.parent}. Make it (mkdir -p {path.parent}), or write elsewhere."
    if not path.parent.is_dir():
        return f"{path.parent} is no directory. Expected -o DIRECTORY/{path.name}."
    return f"{error.strerror}. Expected a directory that you may write to."
