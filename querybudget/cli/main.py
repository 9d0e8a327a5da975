"""The command's entrance: exit 0 when it could do what was asked and all is kept, 1 or 2 otherwise."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from querybudget.cli.check import CANNOT_JUDGE, check
from querybudget.cli.combine import combine
from querybudget.cli.explain import explain
from querybudget.cli.report import report
from querybudget.cli.show import show
from querybudget.errors import QueryBudgetError

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group()
@click.version_option(package_name="querybudget")
def cli() -> None:
    """Ask what the last test run recorded about queries."""


for _command in (report, show, check, combine, explain):
    cli.add_command(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; errors go to stderr."""
    try:
        result = cli.main(
            args=None if argv is None else list(argv), prog_name="querybudget", standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        return CANNOT_JUDGE
    except click.Abort:
        return CANNOT_JUDGE
    except QueryBudgetError as error:
        click.echo(f"querybudget: {error}", err=True)
        return CANNOT_JUDGE
    return result if isinstance(result, int) else 0


def run() -> None:
    """Be the console script."""
    sys.exit(main())
