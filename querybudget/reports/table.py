"""The table of counts per action: rich on a terminal, plain and complete when piped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from querybudget import wording, wording_replay, wording_run

if TYPE_CHECKING:
    from rich.console import Console

    from querybudget.budgets.budget import MeasuredLimit
    from querybudget.results import ActionCounts, RunResult, Standing

COLUMNS = ("action", "requests", "refused", "tests", "queries", "budget", "reads", "writes", "findings")

MAX_NAME = 40
"""A longer line of a name may be folded to leave room for the numbers."""


def render(result: RunResult, console: Console) -> None:
    """Print the actions of a run, worst first, and below them what was found."""
    rows = [_cells(counts) for counts in result.actions]
    if console.is_terminal:
        console.print(_rich_table(rows, console.width))
    else:
        for line, cells in zip(_plain_table(rows), [COLUMNS, *rows], strict=True):
            console.out(line, style="red" if cells[-1].startswith("QB") else None, highlight=False)
    for line in [*_budgets(result), *_findings(result), "", *_legend(result)]:
        # `out` wraps nothing and interprets nothing: statements are full of brackets.
        console.out(line, highlight=False)


def _cells(counts: ActionCounts) -> tuple[str, ...]:
    spread = "–" if counts.minimum is None else f"{counts.minimum}–{counts.median}–{counts.maximum}"
    return (
        wording.printable(counts.name),
        str(counts.n_requests),
        str(counts.n_refused or ""),
        str(counts.n_tests),
        spread,
        _budget(counts),
        _number(counts.reads),
        _number(counts.writes),
        _codes(counts),
    )


def _budget(counts: ActionCounts) -> str:
    """Show one limit of queries: one that was not kept, else the one that judged most requests.

    Dots say that others judged the rest; a mark without a number, that another measure was not kept.
    """
    told = ""
    if counts.of_queries:
        shown = max(counts.of_queries, key=lambda each: (each.n_broken, each.n_judged))
        others = {_short(each.limit) for each in counts.of_queries} - {_short(shown.limit)}
        told = f"{_short(shown.limit)}{'!' if shown.n_broken else ''}{'…' if others else ''}"
        if shown.n_broken:
            return told
    return f"{told} !".lstrip() if any(each.n_broken for each in counts.standings) else told


def _short(limit: MeasuredLimit) -> str:
    """Write a limit as it is declared: `4`, `=4`, `2..4`, `3+1/item`."""
    allowed = limit.limit
    if allowed is None:
        return ""
    if limit.measure == "base":
        return f"{allowed.upper}+{limit.per_item}/item"
    if allowed.lower == allowed.upper and allowed.upper:
        return f"={allowed.upper}"
    return f"{allowed.lower}..{allowed.upper}" if allowed.lower else str(allowed.upper)


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _codes(counts: ActionCounts) -> str:
    """Count findings by code: `QB101 ×3 QB102`."""
    by_code = Counter(finding.code for finding in counts.findings if not finding.accepted)
    return " ".join(code if number == 1 else f"{code} ×{number}" for code, number in sorted(by_code.items()))


def _rich_table(rows: list[tuple[str, ...]], width: int) -> Table:
    """Draw the table; where the terminal is too narrow, the codes stand below the name instead of beside."""
    is_narrow = sum(_widths(rows)) + 2 * len(COLUMNS) > width
    titles = COLUMNS[1:-1] if is_narrow else COLUMNS[1:]
    # A rule stands between the columns and at both ends; no number may be cut for the sake of a name.
    room = max(width - sum(_widths(rows)[1:-1]) - len(titles) - 2, 1) if is_narrow else MAX_NAME
    names = [_on_lines(cells[0], cells[-1], room) if is_narrow else cells[0] for cells in rows]
    longest = max((len(line) for name in names for line in name.splitlines()), default=0)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 0) if is_narrow else (0, 1, 0, 0))
    table.add_column(COLUMNS[0], overflow="fold", min_width=min(longest, room))
    for title in titles:
        is_codes = title == COLUMNS[-1]
        table.add_column(
            title, justify="left" if is_codes else "right", no_wrap=not is_codes, overflow="fold"
        )
    for name, cells in zip(names, rows, strict=True):
        style = "red" if cells[-1] else ""
        table.add_row(*(Text(cell, style=style) for cell in (name, *cells[1 : len(titles) + 1])))
    return table


def _on_lines(action: str, codes: str, room: int) -> str:
    """Break a name before its last part, and before others that do not fit; then the codes."""
    *parts, last = action.split(".")
    lines = parts[:1]
    for part in parts[1:]:
        if len(lines[-1]) + 1 + len(part) <= room:
            lines[-1] += f".{part}"
        else:
            lines.append(f"  .{part}")
    name = [*lines, f"  .{last}"] if lines else [last]
    return "\n".join([*name, *([f"  {codes}"] if codes else [])])


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


def _budgets(result: RunResult) -> list[str]:
    """List for each action the limits that judged it, nearest first, and where it stands with them."""
    judged = [counts for counts in result.actions if counts.standings]
    if not judged:
        return []
    lines = ["", "Budgets, the nearest first:"]
    for counts in judged:
        lines.append(f"  {wording.printable(counts.name)}")
        lines += [f"    {_standing_line(each, counts.n_requests)}" for each in counts.standings]
    return lines


def _standing_line(found: Standing, n_requests: int) -> str:
    where = found.declaration.where
    mark = "! " if found.n_broken else ""
    written = f"   {where.path}:{where.line}" if where else ""
    told = wording_run.standing(found, n_requests=n_requests)
    return wording.printable(f"{found.declaration.level}: {mark}{told}{written}")


def _findings(result: RunResult) -> list[str]:
    lines: list[str] = []
    for counts in result.actions:
        if counts.findings:
            lines += ["", wording.printable(counts.name)]
            lines += [f"  {line}" for finding in counts.findings for line in wording.finding_lines(finding)]
            lines += [f"  {line}" for line in wording.edit_lines(counts.findings)]
            lines += [f"  {line}" for line in wording_replay.together(result, counts.action)]
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
        lines.append(
            "Refused: answered with 400 or above; held to upper limits, in no number right of tests."
        )
    lines.append("Queries: the fewest, the median and the most of a request. Reads, writes: the most.")
    if any(counts.standings for counts in result.actions):
        lines.append(
            "Budget: queries allowed; … where other limits judged some requests, ! where one was not kept."
        )
    accepted = sum(bool(finding.accepted) for counts in result.actions for finding in counts.findings)
    if accepted:
        lines.append(f"{wording.count(accepted, 'finding')} accepted by a comment, and not counted.")
    told = [*wording_replay.replays(result), *wording_replay.blind(result), *wording_run.stale(result)]
    return [*lines, *map(wording.printable, told), *wording_run.missing(result)]
