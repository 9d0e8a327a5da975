"""Every sentence a person reads."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from querybudget.analysis.edits import together
from querybudget.budgets import patterns
from querybudget.budgets.budget import FINDINGS, Per
from querybudget.budgets.judge import Status
from querybudget.budgets.patterns import names
from querybudget.budgets.troubles import nearest
from querybudget.records import StatementKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from querybudget.budgets.budget import Declaration
    from querybudget.budgets.judge import Verdict
    from querybudget.finding import Finding
    from querybudget.records import Analysis, Group, Identity, Place

WIDTH = 96
MAX_ROWS = 10

_COLUMNS = re.compile(r"^(SELECT (?:DISTINCT )?)(?!COUNT\(|\?|…).*?, .*?( FROM )", re.IGNORECASE | re.DOTALL)

# What a terminal would act on instead of showing.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """Replace control characters: statements and paths come from elsewhere."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def shorten(statement: str, width: int = WIDTH) -> str:
    """Fit a statement into one line: the column list goes first, then the middle."""
    text = printable(" ".join(statement.split()))
    if len(text) > width:
        text = _COLUMNS.sub(r"\1…\2", text, count=1)
    if len(text) <= width:
        return text
    head = width * 3 // 5
    return f"{text[:head].rstrip()} … {text[-(width - head - 3) :].lstrip()}"


def count(number: int, noun: str) -> str:
    """Return `1 query`, `2 queries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"


def short_names(actions: Iterable[str]) -> dict[str, str]:
    """Map keys to what people call them, told apart from one another: `PackageViewSet.list`."""
    return {key: printable(name) for key, name in patterns.short_names(actions).items()}


def short_name(action: str, others: Iterable[str] = ()) -> str:
    """Return what people call one action among others."""
    return short_names([action, *others])[action]


def breach(verdicts: Sequence[Verdict], analysis: Analysis, *, subject: str, show: str = "worst") -> str:
    """Tell of the limits one request or block broke.

    Args:
        verdicts: the breaches, at least one.
        analysis: what ran.
        subject: the short name of the action, or the block.
        show: `worst`, `all` for every statement, `none` for the first line and the budget.

    """
    parts = ["; ".join(f"{headline(verdict)}" for verdict in verdicts) + f": {subject}"]
    if show != "none":
        parts += ["", *_evidence(analysis, show=show)]
    # One line for each declaration.
    closing = dict.fromkeys(_closing(verdict, analysis) for verdict in verdicts)
    return "\n".join([*parts, *(f"  {line}" for line in closing)])


def headline(verdict: Verdict) -> str:
    """Say what was observed, what is allowed and the difference."""
    limit, declaration = verdict.holding.limit, verdict.holding.declaration
    scope = "per request" if declaration.per is Per.REQUEST else "whole block"
    allowed = limit.allowed if limit.measure == "base" else str(verdict.limit)
    if verdict.status is Status.CANNOT_JUDGE:
        if _is_misnamed(verdict):  # the name comes first: a line in a list is cut at its end
            return f"cannot judge: {verdict.doubt} (budget {allowed} {scope})"
        return f"cannot judge {limit.label}, budget {allowed} {scope} ({verdict.doubt})"
    if limit.measure == FINDINGS:
        return f"{limit.said(verdict.observed)}, which fails a test by itself"
    if verdict.status is Status.BELOW:
        by = f"{verdict.limit.lower - verdict.observed} under"
    else:
        by = f"{verdict.observed - verdict.limit.upper} over"
    if limit.measure == "base":
        allowed = f"{allowed} = {verdict.limit.upper}"
    return f"{limit.said(verdict.observed)}, budget {allowed} {scope} ({by})"


def _evidence(analysis: Analysis, *, show: str) -> list[str]:
    lines: list[str] = []
    for finding in analysis.findings[:MAX_ROWS]:
        lines += [f"  {line}" for line in finding_lines(finding)]
        lines.append("")
    hidden = len(analysis.findings) - MAX_ROWS
    if hidden > 0:
        lines += [f"  And {count(hidden, 'finding')} more.", ""]
    joined = edit_lines(analysis.findings)
    lines += [*(f"  {line}" for line in joined), ""] if joined else []
    return lines + _others(analysis, show=show)


def finding_lines(finding: Finding) -> list[str]:
    """Describe a finding in three to six lines: what, statement, where, fix."""
    lines = [f"{finding.code} {finding.title}, {finding.proof}: {finding.what}"]
    lines += [f"  {shorten(finding.statement)}"] if finding.statement else []
    lines += [f"  {where}" for where in _where(finding)]
    if finding.call_site is not None and finding.call_site.source:
        lines.append(f"    {finding.call_site.line} | {printable(finding.call_site.source)}")
    if finding.accepted:
        lines.append(printable(f"  accepted: {finding.accepted}"))
    elif finding.fix is not None:
        lines.append(f"  {'likely fix' if '…' in finding.fix.edit else 'fix'}: {finding.fix}")
        lines += [f"  {printable(finding.fix.verified)}"] if finding.fix.verified else []
    return lines


def edit_lines(findings: Iterable[Finding]) -> list[str]:
    """Tell of the one edit that mends several findings, for each queryset that has several."""
    lines = []
    for joined in together(findings):
        likely = "likely fix of all" if "…" in joined.fix.edit else "fix of all"
        lines += [f"{likely}, {joined.fix.where}:", *(f"  .{call}" for call in joined.calls)]
    return lines


def _where(finding: Finding) -> list[str]:
    """Name the serializer field and the line, on one line where both fit."""
    field = (
        finding.field if not finding.field or " " in finding.field else f"serializer field {finding.field}"
    )
    site = str(finding.call_site or "")
    if field and site and len(field) + len(site) > WIDTH:
        return [field, site]
    return ["   ".join(part for part in (field, site) if part)] if field or site else []


def _others(analysis: Analysis, *, show: str) -> list[str]:
    """Account for the queries no finding stands for, so that the parts add up to the total."""
    rest = analysis.measures.queries - sum(finding.count for finding in analysis.findings)
    if rest <= 0:
        return []
    explained = {finding.statement for finding in analysis.findings}
    others = [group for group in analysis.groups if group.first.fingerprint.shape not in explained]
    shapes = len({group.first.fingerprint.id for group in others})
    if not shapes:
        return [f"  The other {_queries(rest)} more of the same."]
    what = "one statement" if shapes == 1 else f"{shapes} different statements"
    label = "The other" if analysis.findings else "The"
    if show != "all" and analysis.findings:
        return [f"  {label} {_queries(rest)} of {what} (--querybudget-show=all lists them)."]
    rows = _rows(others)
    limit = len(rows) if show == "all" else MAX_ROWS
    listed = [f"  {label} {_queries(rest)} of {what}:", *rows[:limit]]
    if len(rows) > limit:
        listed.append(f"    and {len(rows) - limit} more statements (--querybudget-show=all lists them)")
    return [*listed, ""]


def _rows(groups: Iterable[Group]) -> list[str]:
    """List each statement once, the most frequent first, with the place that asked first."""
    by_shape: dict[str, list[Group]] = {}
    for group in groups:
        by_shape.setdefault(group.first.fingerprint.id, []).append(group)
    counted = [(sum(len(each.events) for each in same), same) for same in by_shape.values()]
    return [_row(number, same) for number, same in sorted(counted, key=lambda each: -each[0])]


def _row(number: int, groups: Sequence[Group]) -> str:
    first = groups[0].first
    places = len({group.first.place for group in groups})
    more = f" and {count(places - 1, 'other place')}" if places > 1 else ""
    where = f"   {first.place}{more}" if first.place else ""
    return f"    {number} × {shorten(first.fingerprint.shape)}{where}"


def _queries(number: int) -> str:
    return "query is" if number == 1 else f"{number:,} queries are"


def _closing(verdict: Verdict, analysis: Analysis) -> str:
    """Say where the budget stands, and how to accept on purpose what was observed."""
    declaration = verdict.holding.declaration
    reason = reason_of(declaration)
    said = f"Budget: {declared(declaration.where)}.{reason}"
    if verdict.status is Status.CANNOT_JUDGE:
        return f"{said} {_to_be_judged(verdict)}"
    if verdict.holding.limit.measure == FINDINGS:
        left = (each for each in analysis.findings if not each.accepted)
        found = next(each for each in left if each.code == verdict.holding.limit.key)
        target = found.relation or (found.call_site.function if found.call_site else "*")
        return f'{said} Intended? Accept it in the budget: allow = "{found.code}:{target}", reason = "…".'
    return f"{said} Intended? Change it there and say why (reason=…)."


def _is_misnamed(verdict: Verdict) -> bool:
    """Tell whether what is limited exists nowhere: the doubt names it."""
    limit = verdict.holding.limit
    return limit.measure in {"tables", "databases"} and f'"{limit.key}"' in verdict.doubt


def _to_be_judged(verdict: Verdict) -> str:
    """Say what must change for a budget to be judged, where that is known."""
    limit = verdict.holding.limit
    if (
        limit.measure == "base"
        and verdict.holding.declaration.per is Per.REQUEST
        and verdict.limit == limit.limit
    ):
        return (
            "Limit its queries alone (queries instead of base and per_item), leave the action out (exclude),"
            ' or count its items yourself: items = "shop.budgets.count_items" in [tool.querybudget].'
        )
    if _is_misnamed(verdict):
        return "Correct the name there: what no query can name is never exceeded."
    return "What cannot be told does not pass."


def reason_of(declaration: Declaration) -> str:
    """Repeat the reason given, unless the line shown has it already."""
    reason, where = declaration.reason, declaration.where
    if reason is None or (where is not None and reason in where.source):
        return ""
    return f" Its reason: {printable(reason).rstrip('.')}."


def declared(where: Place | None) -> str:
    """Say where something is declared, with the line that says it."""
    if where is None:
        return "declared at run time"
    return f"{where.source.rstrip(':')}, {where.path} line {where.line}"


def no_request(declaration: Declaration, requested: Sequence[Identity]) -> str:
    """Tell of a budget per request whose test made no request it could judge."""
    of = f" of {declaration.action!r}" if declaration.action else ""
    headline = f"budget met no request{of}: {declared(declaration.where)}"
    if not requested:
        return f'{headline}\n\n  The test made no request. To count its whole body instead: per="block".'
    block = f'To count the whole test body instead: per="block"{", without an action" if of else ""}.'
    return f"{headline}\n\n  {_requested(requested)}{_near_request(declaration, requested)}\n  {block}"


def unused(declaration: Declaration) -> str:
    """Tell of `query_budget(4)` that stands alone on its line."""
    headline = f"budget limits nothing: {declared(declaration.where)}"
    mend = "Count a block with it: `with query_budget(…):`. Or put it above a function: `@query_budget(…)`."
    return f"{headline}\n\n  {mend}"


def _requested(requested: Sequence[Identity]) -> str:
    actions = sorted(set(short_names(each.action for each in requested).values()))
    more = f" and {len(actions) - MAX_ROWS} more" if len(actions) > MAX_ROWS else ""
    return f"Actions requested: {', '.join(actions[:MAX_ROWS])}{more}."


def _near_request(declaration: Declaration, requested: Sequence[Identity]) -> str:
    """Say that what was requested is left out, or else which request was probably meant."""
    action = declaration.action
    meant = [each for each in requested if action is None or names(action, each)]
    if meant:
        return f" All it means are left out: exclude={', '.join(map(repr, declaration.exclude))}."
    close = nearest(action or "", requested)
    return f" Did you mean action={close[0]!r}?" if close else ""


def ambiguous(declaration: Declaration, keys: Sequence[str]) -> str:
    """Tell of a budget whose name means several actions that were requested."""
    short = short_names(keys)
    told = [short[key] for key in keys]
    lines = "\n".join(f"  {line}" for line in instead(declaration, told))
    return (
        f"{declaration.action!r} names {count(len(keys), 'action')}: {', '.join(told)}\n\n"
        f"  Budget: {declared(declaration.where)}. Say which one, or take all with a `*`.\n{lines}"
    )


def instead(declaration: Declaration, names: Sequence[str]) -> list[str]:
    """Return the line of a declaration with each of these names in place of its own, to be pasted."""
    source = declaration.where.source if declaration.where is not None else ""
    own = declaration.action or ""
    lines = [source.replace(own, name, 1) if own in source else f'action="{name}"' for name in names]
    return ["Instead, one line or more of these:", *(f"  {line}" for line in lines)]


def explain(subject: str, analysis: Analysis) -> str:
    """Return the tree of a block: findings first, then every statement with count and place."""
    measures = analysis.measures
    kinds_read = f"{count(measures.reads, 'read')}, {count(measures.writes, 'write')}"
    parts = [f"{subject}: {count(measures.queries, 'query')} ({kinds_read})"]
    for finding in analysis.findings:
        parts += [f"  {line}" for line in finding_lines(finding)]
    parts += [f"  {line}" for line in edit_lines(analysis.findings)]
    kinds = Counter(event.fingerprint.kind for group in analysis.groups for event in group.events)
    for kind in StatementKind:
        if not kinds[kind]:
            continue
        parts.append(f"  {kind}: {kinds[kind]}")
        parts += _rows(group for group in analysis.groups if group.first.fingerprint.kind is kind)
    return "\n".join(parts)


def cut(line: str, width: int) -> str:
    """Cut a line at its end."""
    return line if len(line) <= width else f"{line[: width - 1]}…"


def not_judged(error: Exception) -> str:
    """Tell that a declared budget could not be judged because querybudget itself failed."""
    return (
        f"cannot judge: querybudget failed with {type(error).__name__}: {error}\n\n"
        "  No budget of this test was checked. Please report it."
    )


def internal(error: str) -> str:
    """Tell of our own failure in the summary."""
    return f"querybudget itself failed, and may have recorded less than there was: {error}"


def items_failed(name: str, error: Exception) -> str:
    """Tell that the project's function failed to count the items of a response."""
    return f"{name} failed to count the items of a response: {type(error).__name__}: {error}"


def items_wrong(name: str, items: object) -> str:
    """Tell that the project's function returned no count."""
    return f"{name} returned {items!r}. Expected a count from 0 up, or None."


NO_DJANGO = (
    "cannot judge: Django is not set up in this run, so no query is seen\n\n"
    "  Name the settings (DJANGO_SETTINGS_MODULE, or --ds), or switch budgets off with --querybudget-off."
)
