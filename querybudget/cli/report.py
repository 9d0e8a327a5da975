"""`querybudget report`: the counts of the last run, per action."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from querybudget.budgets.patterns import names, split_method
from querybudget.budgets.troubles import nearest
from querybudget.cli.data import latest_run, root_option
from querybudget.cli.output import console_for, output_option
from querybudget.errors import QueryBudgetError
from querybudget.records import Identity
from querybudget.reports import json_report, table
from querybudget.storage.read import read_open
from querybudget.storage.requests import with_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from querybudget.results import ActionCounts, RunResult

SORTS: dict[str, Callable[[ActionCounts], Any]] = {
    "worst": lambda each: (-each.n_plus_one, -(each.maximum or 0)),
    "queries": lambda each: -(each.maximum or 0),
    "reads": lambda each: -(each.reads or 0),
    "writes": lambda each: -(each.writes or 0),
    "requests": lambda each: -each.n_requests,
    "budget": lambda each: -sum(standing.n_broken for standing in each.standings),
    "action": lambda each: each.action,
}
"""Key → what comes first; ties by the name of the action."""


@click.command()
@click.argument("actions", nargs=-1, metavar="[ACTION]...")
@click.option("--sort", type=click.Choice(list(SORTS)), default="worst", help="What comes first.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="For people, or programs."
)
@click.option("--requests", is_flag=True, help="With --format json: what each request counted, too.")
@output_option
@root_option
def report(  # noqa: PLR0913 - click passes each option
    *, actions: tuple[str, ...], sort: str, form: str, requests: bool, output: str, root: Path | None
) -> int:
    """Print the query counts of the last run, per action, and which limits judged them.

    ACTION names what to print: `PackageViewSet.list`, `PackageViewSet.*`, "GET /api/packages/".
    """
    if requests and form != "json":
        raise click.UsageError(
            f"--requests has no place in --format {form}. Expected --format json beside it; "
            "for people, `querybudget show ACTION` lists the worst request of an action."
        )
    with latest_run(root) as connection:
        result = read_open(connection)
        if requests:
            result = with_requests(result, connection)
    shown = selected(result, actions)
    ordered = sorted(shown.actions, key=lambda each: (SORTS[sort](each), each.action))
    shown = replace(shown, actions=tuple(ordered))
    with console_for(output) as console:
        if form == "json":
            console.out(json_report.render(shown), highlight=False, end="")
        else:
            table.render(shown, console)
    return 0


def selected(result: RunResult, patterns: Sequence[str]) -> RunResult:
    """Return a run with only the actions that patterns name; with all where there are none.

    Raises:
        QueryBudgetError: for a pattern that names none, with the nearest name.

    """
    if not patterns:
        return result
    wanted = {key for pattern in patterns for key in matching(result, pattern)}
    return replace(result, actions=tuple(each for each in result.actions if each.action in wanted))


def matching(result: RunResult, pattern: str) -> list[str]:
    """Return the keys of the recorded actions a pattern names, sorted.

    Raises:
        QueryBudgetError: where it names none, with the nearest name.

    """
    whole = {each.action for each in result.actions}
    keys = sorted(each.action for each in result.actions if _is_named(each, pattern, whole))
    if keys:
        _refuse_method(pattern, [each for each in result.actions if each.action in keys])
        return keys
    close = nearest(pattern, [way for each in result.actions for way in _ways(each)])
    if not result.actions:
        raise QueryBudgetError("The last run recorded no request.")
    mend = f"Did you mean {close[0]!r}?" if close else "`querybudget report` lists those recorded."
    raise QueryBudgetError(f"No recorded action is called {pattern!r}. {mend}")


def _refuse_method(pattern: str, named: Sequence[ActionCounts]) -> None:
    """Refuse a method where an action has others too: its counts are of all of them."""
    method, rest = split_method(pattern)
    others = sorted({each for counts in named for each in counts.methods} - {method})
    if method and others and pattern not in {each.action for each in named}:
        told = f"{pattern!r} names {method}, and an action is told with all its methods, here also"
        raise QueryBudgetError(f"{told} {', '.join(others)}. Leave the method out: {rest!r}.")


def _is_named(counts: ActionCounts, pattern: str, whole: set[str]) -> bool:
    return any(names(pattern, way, whole) for way in _ways(counts))


def _ways(counts: ActionCounts) -> list[Identity]:
    return [
        Identity(action=counts.action, method=method, route=route)
        for method in counts.methods or ("",)
        for route in counts.routes or ("",)
    ]
