"""What a test run says at its end: at most twelve lines that a stranger understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget import wording, wording_replay

if TYPE_CHECKING:
    from querybudget.finding import Finding
    from querybudget.results import ActionCounts, RunResult

MAX_LINES = 12
"""With the heading that the terminal draws above them."""

_ACTIONS = 2
_FINDINGS = 2


def lines(result: RunResult, *, width: int = 100) -> list[str]:
    """Return the lines below the heading: totals, the worst actions, n-plus-ones, what to do next.

    Args:
        result: the run; with no requests the caller says so itself.
        width: longer lines are cut; a statement is never among them.

    """
    replays = wording_replay.brief(result)
    shown = [*_totals(result), *_worst(result, _ACTIONS - bool(replays))]
    problems = [
        (counts, finding) for counts in result.actions for finding in counts.findings if not finding.accepted
    ]
    problems.sort(key=lambda each: (each[1].code, -each[1].count))
    for counts, finding in problems[:_FINDINGS]:
        shown += _problem(counts, finding)
    hidden = len(problems) - _FINDINGS
    shown += [replays] if replays else []
    more = f"{hidden} more {'finding' if hidden == 1 else 'findings'} and all" if hidden > 0 else "All"
    shown.append(f"{more} actions: querybudget report")
    shown += _first_budget(result)
    return [wording.printable(wording.cut(line, width)) for line in shown]


def _totals(result: RunResult) -> list[str]:
    exceeded = f", {wording.count(result.n_exceeded, 'budget')} not kept" if result.n_exceeded else ""
    queries = wording.count(result.n_queries, "query")
    requests = wording.count(result.n_requests, "request")
    actions, tests = wording.count(len(result.actions), "action"), wording.count(result.n_tests, "test")
    return [f"{queries} in {requests} of {actions}, made by {tests}{exceeded}."]


def _worst(result: RunResult, number: int) -> list[str]:
    answered = [counts for counts in result.actions if counts.maximum is not None]
    return [_action(counts) for counts in answered[:number]]


def _action(counts: ActionCounts) -> str:
    most = f"{wording.count(counts.maximum or 0, 'query')} at most"
    spread = f", {counts.minimum} at least" if counts.minimum != counts.maximum else ""
    return f"  {counts.name}: {most}{spread}"


def _problem(counts: ActionCounts, finding: Finding) -> list[str]:
    site = finding.call_site
    line = f"{site.path}:{site.line}" if site else ""
    where = [counts.name, finding.field or line]
    lines = [f"{finding.code} {finding.title}: {finding.what}", f"  in {', '.join(filter(None, where))}"]
    if finding.fix is not None:
        lines.append(f"  fix: {finding.fix.brief}")
    return lines


def _first_budget(result: RunResult) -> list[str]:
    """Offer one line to paste: the worst action whose queries nothing limits, at what it costs today."""
    unlimited = (counts for counts in result.actions if counts.maximum is not None and not counts.of_queries)
    worst = next(unlimited, None)
    if worst is None:
        return []
    name = worst.name
    return [f'To start a budget: @query_budget({worst.maximum}, action="{name}")']
