"""`querybudget report`: the counts of the last run, per action."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from querybudget.reports import table
from querybudget.storage.combine import read_latest
from querybudget.storage.schema import DIRECTORY


@click.command()
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The project's directory, the one that holds .querybudget/. Default: the nearest from here up.",
)
def report(root: Path | None) -> int:
    """Print query counts per action, worst first."""
    table.render(read_latest(root or _nearest()), Console())
    return 0


def _nearest() -> Path:
    """Return the nearest directory that holds run data, from here upwards; here where none does."""
    here = Path.cwd()
    return next((each for each in (here, *here.parents) if (each / DIRECTORY).is_dir()), here)
