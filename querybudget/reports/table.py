"""The table of counts per action: rich on a terminal, plain and complete when piped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from querybudget import wording

if TYPE_CHECKING:
    from rich.console import Console

    from querybudget.results import ActionCounts, RunResult

COLUMNS = ("action", "requests", "tests", "queries min–med–max", "reads", "writes", "findings")


def render(result: RunResult, console: Console) -> None:
    """Print the actions of a run, worst first, and below them what was found."""
    names = [counts.action for counts in result.actions]
    if console.is_terminal:
        console.print(_rich_table(result, names))
    else:
        for line in _plain_table(result, names):
            console.out(line, highlight=False)
    for line in [*_findings(result, names), "", *_legend(result)]:
        # `out` wraps nothing and interprets nothing: statements are full of brackets.
        console.out(line, highlight=False)


def _cells(counts: ActionCounts, names: list[str]) -> tuple[str, ...]:
    refused = f" ({counts.n_refused} refused)" if counts.n_refused else ""
    spread = "–" if counts.minimum is None else f"{counts.minimum}–{counts.median}–{counts.maximum}"
    return (
        wording.short_name(counts.action, names),
        f"{counts.n_requests}{refused}",
        str(counts.n_tests),
        spread,
        _number(counts.reads),
        _number(counts.writes),
        _codes(counts),
    )


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _codes(counts: ActionCounts) -> str:
    """Count findings by code: `QB101 ×3, QB102`."""
    by_code = Counter(finding.code for finding in counts.findings)
    return ", ".join(code if number == 1 else f"{code} ×{number}" for code, number in sorted(by_code.items()))


def _rich_table(result: RunResult, names: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in COLUMNS:
        is_text = title in {"action", "findings"}
        table.add_column(title, justify="left" if is_text else "right", overflow="fold")
    for counts in result.actions:
        style = "red" if counts.findings else ""
        table.add_row(*(Text(cell, style=style) for cell in _cells(counts, names)))
    return table


def _plain_table(result: RunResult, names: list[str]) -> list[str]:
    rows = [COLUMNS, *(_cells(counts, names) for counts in result.actions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in rows]


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    last = len(row) - 1
    return [
        cell.ljust(width) if column in {0, last} else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _findings(result: RunResult, names: list[str]) -> list[str]:
    lines: list[str] = []
    for counts in result.actions:
        if counts.findings:
            lines += ["", wording.short_name(counts.action, names)]
            lines += [f"  {line}" for finding in counts.findings for line in wording.finding_lines(finding)]
    return lines


def _legend(result: RunResult) -> list[str]:
    counted = (
        f"{wording.count(result.n_requests, 'request')} in {wording.count(result.n_tests, 'test')},"
        f" {wording.count(result.n_queries, 'query')}."
    )
    lines = [counted]
    if result.n_exceeded:
        lines.append(f"{wording.count(result.n_exceeded, 'budget')} did not hold; the test run says which.")
    if any(counts.n_refused for counts in result.actions):
        lines.append("Refused: answered with 400 or above; in no number but the first.")
    lines.append("Reads and writes: of the request that made most.")
    return lines
