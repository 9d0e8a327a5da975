"""What a test run says at its end: at most twelve lines that a stranger understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget import wording

if TYPE_CHECKING:
    from querybudget.records import ActionCounts, Finding, RunResult

MAX_LINES = 12
"""With the heading that the terminal draws above them."""

_ACTIONS = 3
_FINDINGS = 2


def lines(result: RunResult, *, width: int = 100) -> list[str]:
    """Return the lines below the heading: totals, the worst actions, n-plus-ones, what to do next.

    Args:
        result: the run; with no requests the caller says so itself.
        width: longer lines are cut; a statement is never among them.

    """
    names = [counts.action for counts in result.actions]
    shown = [*_totals(result), *_worst(result, names)]
    problems = [(counts, finding) for counts in result.actions for finding in counts.findings]
    problems.sort(key=lambda each: (each[1].code, -each[1].count))
    for counts, finding in problems[:_FINDINGS]:
        shown += _problem(counts, finding, names)
    if len(problems) > _FINDINGS:
        shown.append(f"and {wording.count(len(problems) - _FINDINGS, 'finding')} more. All of it: querybudget report")
    else:
        shown.append("All actions: querybudget report")
    shown += _first_budget(result, names)
    return [wording.printable(wording.cut(line, width)) for line in shown]


def _totals(result: RunResult) -> list[str]:
    exceeded = f", {wording.count(result.n_exceeded, 'budget')} not kept" if result.n_exceeded else ""
    return [
        f"{wording.count(result.n_queries, 'query')} in {wording.count(result.n_requests, 'request')} of "
        f"{wording.count(len(result.actions), 'action')}, made by {wording.count(result.n_tests, 'test')}{exceeded}."
    ]


def _worst(result: RunResult, names: list[str]) -> list[str]:
    worst = sorted(result.actions, key=lambda each: (-(each.maximum or 0), each.action))[:_ACTIONS]
    return [_action(counts, names) for counts in worst if counts.maximum is not None]


def _action(counts: ActionCounts, names: list[str]) -> str:
    most = f"{wording.count(counts.maximum or 0, 'query')} at most"
    spread = f", {counts.minimum} at least" if counts.minimum != counts.maximum else ""
    return f"  {wording.short_name(counts.action, names)}: {most}{spread}"


def _problem(counts: ActionCounts, finding: Finding, names: list[str]) -> list[str]:
    site = finding.call_site
    place = finding.field or (f"{site.path}:{site.line}" if site else wording.short_name(counts.action, names))
    line = f"{finding.code} {finding.title}: {finding.what}, {place}"
    return [line, f"  fix: {finding.fix}"] if finding.fix else [line]


def _first_budget(result: RunResult, names: list[str]) -> list[str]:
    """Offer one line to paste: the worst action at what it costs today."""
    worst = max(result.actions, key=lambda each: each.maximum or 0, default=None)
    if worst is None or worst.maximum is None:
        return []
    return [f'To hold it there: @query_budget({worst.maximum}, action="{wording.short_name(worst.action, names)}")']
