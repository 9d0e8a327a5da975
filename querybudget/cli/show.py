"""`querybudget show ACTION`: every query of an action's worst request."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

import click

from querybudget.cli.data import latest_run, root_option
from querybudget.cli.output import console_for, output_option
from querybudget.cli.report import matching
from querybudget.errors import QueryBudgetError
from querybudget.reports import tree
from querybudget.storage.read import read_open
from querybudget.storage.worst import worst_request

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.argument("action")
@click.option("--all", "is_whole", is_flag=True, help="Every statement, however long that gets.")
@output_option
@root_option
def show(action: str, output: str, root: Path | None, *, is_whole: bool) -> int:
    """Print the tree of an action's worst request: phase, call site, statement, with counts and times."""
    with latest_run(root) as connection:
        result = read_open(connection)
        keys = matching(result, action)
        names = {each.action: each.name for each in result.actions}
        if len(keys) > 1:
            told = ", ".join(names[key] for key in keys)
            lines = "\n".join(f"  querybudget show {quote(names[key])}" for key in keys)
            raise QueryBudgetError(f"{action!r} names {len(keys)} actions: {told}. Say which one:\n{lines}")
        counts = next(each for each in result.actions if each.action == keys[0])
        worst = worst_request(connection, keys[0])
    with console_for(output) as console:
        tree.render(counts, worst, console, is_whole=is_whole)
    return 0
