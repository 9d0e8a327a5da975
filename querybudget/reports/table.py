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

COLUMNS = ("action", "requests", "refused", "tests", "queries", "reads", "writes", "findings")

MAX_NAME = 40
"""A longer line of a name may be folded to leave room for the numbers."""


def render(result: RunResult, console: Console) -> None:
    """Print the actions of a run, worst first, and below them what was found."""
    names = [counts.action for counts in result.actions]
    rows = [_cells(counts, names) for counts in result.actions]
    if console.is_terminal:
        console.print(_rich_table(rows, console.width))
    else:
        for line in _plain_table(rows):
            console.out(line, highlight=False)
    for line in [*_findings(result, names), "", *_legend(result)]:
        # `out` wraps nothing and interprets nothing: statements are full of brackets.
        console.out(line, highlight=False)


def _cells(counts: ActionCounts, names: list[str]) -> tuple[str, ...]:
    spread = "–" if counts.minimum is None else f"{counts.minimum}–{counts.median}–{counts.maximum}"
    return (
        wording.short_name(counts.action, names),
        str(counts.n_requests),
        str(counts.n_refused or ""),
        str(counts.n_tests),
        spread,
        _number(counts.reads),
        _number(counts.writes),
        _codes(counts),
    )


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _codes(counts: ActionCounts) -> str:
    """Count findings by code: `QB101 ×3 QB102`."""
    by_code = Counter(finding.code for finding in counts.findings)
    return " ".join(code if number == 1 else f"{code} ×{number}" for code, number in sorted(by_code.items()))


def _rich_table(rows: list[tuple[str, ...]], width: int) -> Table:
    is_narrow = sum(_widths(rows)) + 2 * len(COLUMNS) > width
    names = [_on_two_lines(cells[0]) if is_narrow else cells[0] for cells in rows]
    longest = max((len(line) for name in names for line in name.splitlines()), default=0)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(COLUMNS[0], overflow="fold", min_width=min(longest, MAX_NAME))
    for title in COLUMNS[1:-1]:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column(COLUMNS[-1], overflow="fold")
    for name, cells in zip(names, rows, strict=True):
        style = "red" if cells[-1] else ""
        table.add_row(*(Text(cell, style=style) for cell in (name, *cells[1:])))
    return table


def _on_two_lines(action: str) -> str:
    """Break a name before its last part, where a narrow terminal would break it anywhere."""
    view, _, last = action.rpartition(".")
    return f"{view}\n  .{last}" if view else action


def _widths(rows: list[tuple[str, ...]]) -> list[int]:
    return [max(len(line[column]) for line in [COLUMNS, *rows]) for column in range(len(COLUMNS))]


def _plain_table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = _widths(rows)
    return ["  ".join(_aligned(line, widths)).rstrip() for line in [COLUMNS, *rows]]


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
        f"Run of {result.started_at[:16].replace('T', ' ')} UTC: "
        f"{wording.count(result.n_requests, 'request')} in {wording.count(result.n_tests, 'test')},"
        f" {wording.count(result.n_queries, 'query')}."
    )
    lines = [counted]
    if result.n_exceeded:
        lines.append(f"{wording.count(result.n_exceeded, 'budget')} did not hold; the test run says which.")
    if any(counts.n_refused for counts in result.actions):
        lines.append("Refused: answered with 400 or above; not in the numbers to the right of tests.")
    lines.append("Queries: the fewest, the median and the most of a request. Reads, writes: the most.")
    return lines
