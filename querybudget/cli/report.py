"""`querybudget report`: the counts of the last run, per action."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from querybudget.reports import table
from querybudget.storage.combine import read_latest


@click.command()
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="this directory",
    help="The project's directory, the one that holds .querybudget/.",
)
def report(root: Path) -> int:
    """Print query counts per action, worst first."""
    table.render(read_latest(root), Console())
    return 0
