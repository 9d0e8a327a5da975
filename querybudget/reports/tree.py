"""The tree of one action: phase → call site → statement, of its worst request; a screen, or all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from querybudget import wording, wording_run
from querybudget.records import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from querybudget.finding import Finding
    from querybudget.results import ActionCounts, Execution, WorstRequest

MIN_LINES = 8
"""Lines of the tree that are shown on the smallest screen."""

MAX_HEAD = 7
MAX_FINDINGS = 2
"""Lines of the heading, and findings, where all must fit a screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The queries of one call site in one phase."""

    phase: Phase
    name: str
    executions: tuple[Execution, ...]
    """The most frequent first."""

    @property
    def count(self) -> int:
        """How many queries that are, of those that budgets count."""
        return sum(each.count for each in self.executions if each.is_counted)


def render(counts: ActionCounts, worst: WorstRequest, console: Console, *, is_whole: bool) -> None:
    """Print the heading, the tree and what was found.

    Args:
        counts: of the action, over all its requests.
        worst: its worst request.
        console: where to.
        is_whole: print everything; otherwise what fits the screen, the most frequent first.

    """
    head = heading(counts, worst)
    is_fitted = console.is_terminal and not is_whole
    tail = _brief(worst.findings) if is_fitted else _in_full(worst.findings)
    if is_fitted and len(head) > MAX_HEAD:
        head = [*head[: MAX_HEAD - 3], f"  {len(head) - MAX_HEAD + 1} limits more", *head[-2:]]
    room = console.size.height - len(head) - len(tail) - 3 if is_fitted else None
    for line in head:
        console.out(line, highlight=False)
    tree, hidden = build(sites(worst.executions), None if room is None else max(room, MIN_LINES))
    console.print(
        tree, no_wrap=True, overflow="ellipsis", crop=console.is_terminal, soft_wrap=not console.is_terminal
    )
    if hidden:
        console.out(f"  {wording.count(hidden, 'statement')} more: --all lists them.", highlight=False)
    for line in tail:
        console.out(line, highlight=False)


def _in_full(findings: Sequence[Finding]) -> list[str]:
    told = [line for finding in findings for line in wording.finding_lines(finding)]
    return [f"  {line}" for line in (*told, *wording.edit_lines(findings))]


def _brief(findings: Sequence[Finding]) -> list[str]:
    """Tell of the first findings in a line or two each, and how many there are more."""
    lines = []
    for finding in findings[:MAX_FINDINGS]:
        lines.append(f"  {finding.code} {finding.title}: {wording.printable(finding.what)}")
        lines += [f"    fix: {finding.fix.brief}"] if finding.fix is not None else []
    hidden = len(findings) - MAX_FINDINGS
    return [
        *lines,
        *([f"  {wording.count(hidden, 'finding')} more: --all tells of all."] if hidden > 0 else []),
    ]


def heading(counts: ActionCounts, worst: WorstRequest) -> list[str]:
    """Say what the tree is of: the action in numbers, its limits, and the test that was worst."""
    requests = f"{wording.count(counts.n_requests, 'request')} in {wording.count(counts.n_tests, 'test')}"
    spread = "" if counts.minimum is None else f", {counts.minimum}–{counts.median}–{counts.maximum} queries"
    items = "" if worst.items is None else f", {wording.count(worst.items, 'item')}"
    status = "no answer" if worst.status is None else str(worst.status)
    lines = [f"{counts.name}: {requests}{spread}"]
    lines += [
        f"  {each.declaration.level}: {wording_run.standing(each, n_requests=counts.n_requests)}"
        for each in counts.standings
    ]
    lines.append(
        f"Worst: {wording.count(worst.queries, 'query')} in {worst.duration_ns / 1e6:.1f} ms,"
        f" {worst.method} {worst.path} → {status}{items}"
    )
    lines.append(f"  {worst.node_id}")
    return [wording.printable(line) for line in lines]


def sites(executions: Iterable[Execution]) -> list[Site]:
    """Group executions by phase and call site: phases in the order of a request, the most queries first."""
    by_site: dict[tuple[Phase, str], list[Execution]] = {}
    for each in executions:
        by_site.setdefault((each.phase, _site_name(each)), []).append(each)
    found = [
        Site(
            phase=phase,
            name=name,
            executions=tuple(sorted(alike, key=lambda each: (-each.count, each.shape))),
        )
        for (phase, name), alike in by_site.items()
    ]
    order = list(Phase)
    return sorted(found, key=lambda site: (order.index(site.phase), -site.count, site.name))


def _site_name(execution: Execution) -> str:
    """Name the line of the project, and the serializer field; where there is neither, what asked."""
    place = str(execution.place) if execution.place else ""
    return "   ".join(filter(None, (execution.field, place))) or f"Django, for {execution.origin}"


def build(found: Sequence[Site], room: int | None) -> tuple[Tree, int]:
    """Build the tree, at most `room` lines of it; also return how many statements were left out."""
    tree = Tree("", hide_root=True, guide_style="dim")
    left = room if room is not None else sum(2 + len(site.executions) for site in found) + len(Phase)
    hidden, phase, branch = 0, None, tree
    for site in found:
        if left < 2 + (site.phase is not phase):
            hidden += len(site.executions)
            continue
        if site.phase is not phase:
            phase = site.phase
            total = sum(each.count for each in found if each.phase is phase)
            branch = tree.add(Text(f"{phase}: {wording.count(total, 'query')}", style="bold"))
            left -= 1
        leaf = branch.add(Text(wording.printable(site.name)))
        shown = site.executions[: left - 1]
        for execution in shown:
            leaf.add(Text(_statement(execution)))
        hidden += len(site.executions) - len(shown)
        left -= 1 + len(shown)
    return tree, hidden


def _statement(execution: Execution) -> str:
    """Say how often, how long, for what, and the statement in one line."""
    asked = execution.relation or execution.origin
    uncounted = "" if execution.is_counted else ", in no budget"
    took = f"{execution.duration_ns / 1e6:.1f} ms"
    return f"{execution.count} × {asked}, {took}{uncounted}: {wording.shorten(execution.shape)}"
