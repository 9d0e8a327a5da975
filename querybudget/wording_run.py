"""Every sentence about a whole run: what its declarations lack, what is missing, how a check ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget import wording
from querybudget.analysis.findings import CODES
from querybudget.analysis.findings.growing import per_row
from querybudget.budgets.budget import FINDINGS, Per
from querybudget.budgets.troubles import Trouble, TroubleKind
from querybudget.results import Unended

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from querybudget.budgets.check import Broken, Outcome
    from querybudget.results import RunResult, Standing, Unfinished

MAX_NAMED = 5


def trouble_line(trouble: Trouble) -> str:
    """Tell what is wrong with a declaration, where it is written and what mends it."""
    lines = [_trouble(trouble), f"  Written: {wording.declared(trouble.declaration.where)}."]
    if trouble.kind is TroubleKind.AMBIGUOUS:
        lines += [f"  {line}" for line in wording.instead(trouble.declaration, trouble.names)]
    return "\n".join(lines)


def _trouble(trouble: Trouble) -> str:
    declaration = trouble.declaration
    match trouble.kind:
        case TroubleKind.EXPIRED:
            told = f"budget expired: until {declaration.until}.{wording.reason_of(declaration)}"
            return f"{told} Bring the queries down and remove it, or set a later day and say why."
        case TroubleKind.UNMET:
            return _unmet(trouble)
        case TroubleKind.UNKNOWN:
            of = "exclude: " if trouble.name != declaration.action else ""
            mend = f"Did you mean {trouble.names[0]!r}?" if trouble.names else _NO_LIKENESS
            return f"{of}no action is called {trouble.name!r}. {mend}"
        case TroubleKind.FOUND:
            told = f"{trouble.n_tests} found ({CODES[trouble.name]})"
            return f"{trouble.name}: {told}. `querybudget report` lists them."
        case TroubleKind.GROWS:
            told = f"+{per_row(trouble.slope)} per item, budget {trouble.per_item}: {trouble.name}"
            shown = f"`querybudget show {trouble.name}` tells what it asks"
            return f"{told}, by the answers of all tests. {shown}. Intended? Raise per_item and say why."
        case TroubleKind.AMBIGUOUS:
            told = f"{declaration.action!r} names {len(trouble.names)} actions: {_listed(trouble)}."
            return f"{told} Say which one, or take all with a `*`."


_NO_LIKENESS = "Correct it, or delete it: `querybudget report` lists those that were requested."


def _unmet(trouble: Trouble) -> str:
    """Tell of a class or module whose tests made no request that its budget means."""
    declaration, n_tests = trouble.declaration, trouble.n_tests
    tests = "its only test made none" if n_tests == 1 else f"none of its {n_tests} tests made one"
    if declaration.action is None:
        mend = 'Remove it, or count the bodies of the tests: per="block".'
        return f"budget met no request: {tests}. {mend}"
    close = f" Requested, the nearest: {trouble.names[0]!r}." if trouble.names else ""
    mend = f"Remove it, or name an action that is requested.{close}"
    return f"budget met no request: {tests} of {declaration.action!r}. {mend}"


def _listed(trouble: Trouble) -> str:
    return ", ".join(repr(name) for name in trouble.names)


_WHY = {
    Unended.CUT_OFF: ("was", "were", " cut off when the process died or was interrupted"),
    Unended.RUNNING: ("is", "are", " still running"),
    Unended.UNKNOWN: ("has", "have", " not ended: the process is still at work or was killed"),
}
"""The verb of one, that of several, the rest."""


def missing(result: RunResult) -> list[str]:
    """Say what the data of a run lacks, as far as can be told."""
    return [*lost(result), *incomplete(result)]


def stale(result: RunResult) -> list[str]:
    """Say what accepts nothing any more; of a part of the tests nobody can tell."""
    if not result.is_complete:
        return []
    return [f"Accepts nothing any more, take it out: {each}" for each in result.stale]


def not_looked_for(codes: Sequence[str]) -> str:
    """Say that a run was to fail for what it did not look for."""
    return f"fail_on names {', '.join(codes)}: not looked for, as only --querybudget-verify=guard does."


def lost(result: RunResult) -> list[str]:
    """Say what was begun and never written down."""
    lines = [*unfinished(result.unfinished), *without_log(result.without_log)]
    if result.cut_off:
        files = f"{wording.count(len(result.cut_off), 'data file')} whose process was killed or still works"
        lines.append(f"Missing: what came last in {files}: {named(result.cut_off)}.")
    return lines


def unfinished(tests: Iterable[Unfinished]) -> list[str]:
    """Say which tests have not ended, why, and where their numbers are from."""
    alike: dict[tuple[Unended, bool], list[str]] = {}
    for each in tests:
        alike.setdefault((each.why, each.has_earlier), []).append(each.node_id)
    return [_unfinished_line(alike[key], *key) for key in sorted(alike)]


def _unfinished_line(node_ids: Sequence[str], why: Unended, has_earlier: object) -> str:
    one, several, rest = _WHY[why]
    told = f"{one if len(node_ids) == 1 else several}{rest}"
    numbers = "; reported is the attempt before" if has_earlier else ", with all requests"
    return f"Missing: {wording.count(len(node_ids), 'test')} {told}{numbers}: {named(node_ids)}."


def named(names: Sequence[str]) -> str:
    """List the first of some names, and how many more there are."""
    rest = len(names) - MAX_NAMED
    return ", ".join([*names[:MAX_NAMED], *([f"and {rest} more"] if rest > 0 else [])])


def without_log(files: Sequence[str]) -> list[str]:
    """Say which files may hold only a part of what was recorded."""
    if not files:
        return []
    logs = named([f"{name}-wal" for name in files])
    told = "Missing: what was recorded last, in logs that should stand beside their data files"
    return [f"{told}: {logs}. Copy the whole directory, hidden names too."]


def incomplete(result: RunResult) -> list[str]:
    """Say that the numbers are of part of the tests."""
    if result.is_complete:
        return []
    if result.is_running:
        return ["Not a complete run: it still goes on. Tests are missing."]
    reasons = "it was narrowed, is part of one, ended early or has not ended"
    return [f"Not a complete run: {reasons}. Tests may be missing."]


def left_out(directory: object, runs: Sequence[str]) -> str:
    """Say which runs of a directory were not combined, and how they are."""
    number = wording.count(len(runs), "earlier run")
    return (
        f"{directory}: {number} left out: {named(runs)}. Take them too with --all-runs, or name their files."
    )


def nothing_recorded(n_budgets: int, path: str) -> str:
    """Say that budgets judged nothing."""
    return f"No request was recorded: the {wording.count(n_budgets, 'budget')} of {path} judged nothing."


def standing(found: Standing, *, n_requests: int) -> str:
    """Say where an action of so many requests stands with one limit: `queries 3 of 4`, and what it judged."""
    limit = found.limit
    name = limit.key if limit.measure == FINDINGS else limit.label
    if limit.measure == FINDINGS:
        state = f"{name} {found.highest} of {limit.allowed} allowed"
    else:
        spread = str(found.highest) if found.lowest == found.highest else f"{found.lowest}–{found.highest}"
        state = f"{name} {spread} of {limit.allowed}"
    if not found.n_broken:
        return (
            state
            if found.n_judged >= n_requests
            else f"{state}, in {found.n_judged} of {n_requests} requests"
        )
    return f"{state}, not kept in {found.n_broken} of {wording.count(found.n_judged, 'request')}"


def counted_otherwise(setting: str, now: Iterable[str], then: Iterable[str]) -> str:
    """Say that a setting that decides what is counted has changed since the run."""
    written = [", ".join(map(repr, sorted(each))) or "nothing" for each in (now, then)]
    if setting == "settings":
        return (
            f"The run was made by {written[1]}; here that is {written[0]}. Say where the project is: --root."
        )
    told = f"{setting} names {written[0]} now, and {written[1]} when the run counted"
    return f"{told}: its numbers cannot be judged. Run pytest again."


def check_lines(outcome: Outcome, found: Sequence[Trouble], result: RunResult) -> list[str]:
    """Tell how a check ended: the total first, then each limit that is not kept, then the declarations."""
    names = {each.action: each.name for each in result.actions}
    complaints = [(node, each) for node, told in result.complaints.items() for each in told]
    doubts = [each.is_doubt for each in outcome.broken] + [each.is_doubt for _, each in complaints]
    doubts += [each.kind.is_doubt for each in found]
    number, n_doubts = doubts.count(False), doubts.count(True)
    judged = (
        f"{wording.count(outcome.n_requests, 'request')} of {wording.count(outcome.n_actions, 'action')};"
        f" configuration judged {wording.count(outcome.n_verdicts, 'time')}"
    )
    told = [f"{wording.count(number, 'budget')} not kept"] if number else []
    told += [f"{wording.count(n_doubts, 'budget')} cannot be judged"] if n_doubts else []
    whole = "Of what was recorded all budgets are kept" if result.is_lacking else "All budgets are kept"
    kept = ", ".join(told) or whole
    lines = [f"{kept}: {judged}."]
    for each in outcome.broken:
        lines += ["", *_broken_lines(each, names.get(each.subject, each.subject))]
    for node_id, complaint in complaints:
        headline, *rest = complaint.message.splitlines()
        lines += ["", headline, f"  {node_id}", *filter(None, rest)]
    for trouble in found:
        lines += ["", trouble_line(trouble)]
    lacking = missing(result)
    return [wording.printable(line) for line in [*lines, *([""] if lacking else []), *lacking]]


def _broken_lines(broken: Broken, name: str) -> list[str]:
    times = "" if broken.count == 1 else f"{wording.count(broken.count, 'request')}, the worst in "
    declaration = broken.verdict.holding.declaration
    return [
        f"{wording.headline(broken.verdict)}: {name}",
        f"  {times}{broken.node_id}",
        f"  Budget: {wording.declared(declaration.where)}.{wording.reason_of(declaration)}",
        f"  Its queries: querybudget show {name!r}" if declaration.per is Per.REQUEST else "",
    ]
