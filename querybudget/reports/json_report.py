"""The report for programs: JSON of a versioned, documented schema (docs/report.schema.json)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from querybudget.analysis.edits import together

if TYPE_CHECKING:
    from querybudget.finding import Finding, Fix
    from querybudget.records import Place
    from querybudget.replayed import Replayed
    from querybudget.results import ActionCounts, RequestCounts, RunResult, Standing

FORMAT = "querybudget-report"
VERSION = 1
"""Raised when a key is renamed, removed or means something else; keys may be added without."""


def render(result: RunResult) -> str:
    """Return the whole run as indented JSON, with a line break at its end."""
    return f"{json.dumps(document(result), indent=2, ensure_ascii=False)}\n"


def document(result: RunResult) -> dict[str, Any]:
    """Return the run as plain values: keys in a fixed order, actions in that of the result."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "run": {
            "started_at": result.started_at,
            "is_complete": result.is_complete,
            "is_running": result.is_running,
            "n_tests": result.n_tests,
            "n_requests": result.n_requests,
            "n_queries": result.n_queries,
            "n_exceeded": result.n_exceeded,
            "unfinished_tests": [each.node_id for each in result.unfinished],
            "files_without_log": list(result.without_log),
            "files_cut_off": list(result.cut_off),
            "replayed": [_replayed(each) for each in result.replayed],
            "stale": list(result.stale) if result.is_complete else [],
        },
        "actions": [_action(counts) for counts in result.actions],
    }


def _replayed(tried: Replayed) -> dict[str, Any]:
    return {
        "action": tried.action,
        "kind": tried.kind,
        "subject": tried.subject,
        "outcome": tried.outcome,
        "told": tried.told,
    }


def _action(counts: ActionCounts) -> dict[str, Any]:
    return {
        "action": counts.action,
        "name": counts.name,
        "methods": list(counts.methods),
        "routes": list(counts.routes),
        "n_requests": counts.n_requests,
        "n_refused": counts.n_refused,
        "n_tests": counts.n_tests,
        "n_queries": counts.n_queries,
        "queries": {"minimum": counts.minimum, "median": counts.median, "maximum": counts.maximum},
        "reads": counts.reads,
        "writes": counts.writes,
        "duplicates": counts.duplicates,
        "shapes": counts.shapes,
        "budgets": [_standing(standing) for standing in counts.standings],
        "findings": [_finding(finding) for finding in counts.findings],
        "edits": [_fix(each.fix) for each in together(counts.findings)],
        **({} if counts.requests is None else {"requests": [_request(each) for each in counts.requests]}),
    }


def _request(counts: RequestCounts) -> dict[str, Any]:
    return {
        "test": counts.node_id,
        "number": counts.number,
        "method": counts.method,
        "status": counts.status,
        "items": counts.items,
        "queries": counts.queries,
        "reads": counts.reads,
        "writes": counts.writes,
    }


def _standing(standing: Standing) -> dict[str, Any]:
    declaration, limit = standing.declaration, standing.limit
    return {
        "measure": limit.measure,
        "key": limit.key or None,
        "allowed": limit.allowed,
        "observed": {"lowest": standing.lowest, "highest": standing.highest},
        "n_judged": standing.n_judged,
        "n_broken": standing.n_broken,
        "level": str(declaration.level),
        "action": declaration.action,
        "declared": _place(declaration.where),
        "reason": declaration.reason,
        "until": str(declaration.until) if declaration.until else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fix = finding.fix
    return {
        "code": finding.code,
        "title": finding.title,
        "proof": str(finding.proof),
        "count": finding.count,
        "what": finding.what,
        "statement": finding.statement,
        "relation": finding.relation,
        "field": finding.field or None,
        "call_site": _place(finding.call_site),
        "accepted": finding.accepted or None,
        "fix": _fix(fix) if fix else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "edit": fix.edit,
        "queryset": fix.queryset or None,
        "place": _place(fix.place),
        "alternative": fix.alternative or None,
        "replay": fix.verified or None,
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"path": place.path, "line": place.line, "function": place.function, "source": place.source}
