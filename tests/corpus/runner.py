"""Runs cases, measures whether they grow, and judges what is found against what is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client

from querybudget import query_budget
from tests.corpus import data, ways
from tests.corpus.case import Case, Due, Judged, latent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FEW, MANY = 5, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run of a case counted and found."""

    queries: int
    findings: tuple[Any, ...]


def judge(case: type[Case]) -> Iterator[Judged]:
    """Run a case in its settings, its twin too, and judge each."""
    for way in ways.ways_of(case):
        if case.due is None:
            yield _clean(case(), way, case.__name__, may_grow=case.grows)
            continue
        yield _problem(case, way)
        twin = case.clean()
        yield _clean(twin, way, f"{case.__name__}.Clean", may_grow=twin.grows)
        if case.due.code == "QB101" and case.goes_over_rows() and case.latent:
            yield _judged(
                case(), way, latent(case.due), run(case(), way, 1), name=f"{case.__name__} (one row)"
            )
            yield _quiet(twin, f"{case.__name__}.Clean (one row)", way, run(twin, way, 1))


def run(case: Case, way: str, n: int) -> Seen:
    """Run a case once over `n` rows, and leave nothing behind."""
    with transaction.atomic():
        data.populate(n)
        ContentType.objects.clear_cache()
        prepare = getattr(case, "prepare", None)
        if prepare:
            prepare()
        with query_budget() as seen:
            ways.WAYS[way](case, Client())
        transaction.set_rollback(True)
    return Seen(queries=seen.queries, findings=tuple(seen.findings))


def _problem(case: type[Case], way: str) -> Judged:
    few, many = run(case(), way, FEW), run(case(), way, MANY)
    judged = _judged(case(), way, case.due, many, name=case.__name__)
    if case.grows is (many.queries > few.queries):
        return judged
    label = f"mislabelled: grows={case.grows}, measured {few.queries} → {many.queries}"
    return replace(judged, mistakes=(label, *judged.mistakes))


def _clean(case: Case, way: str, name: str, *, may_grow: bool) -> Judged:
    few, many = run(case, way, FEW), run(case, way, MANY)
    judged = _quiet(case, name, way, many)
    if may_grow or many.queries <= few.queries:
        return judged
    label = f"mislabelled: clean, measured {few.queries} → {many.queries}"
    return replace(judged, mistakes=(label, *judged.mistakes))


def _quiet(case: Case, name: str, way: str, seen: Seen) -> Judged:
    told = tuple(_told(each) for each in seen.findings if each.code not in case.exempt)
    return Judged(name=name, way=way, code="", mistakes=told)


def _judged(case: Case, way: str, due: Due, seen: Seen, *, name: str) -> Judged:
    """Judge what was found; of several findings of the code the one on the relation counts."""
    right = [each for each in seen.findings if each.code == due.code and _is_meant(each, due)]
    mistakes = [
        f"not due: {_told(each)}"
        for each in seen.findings
        if each not in right and each.code not in case.exempt
    ]
    mistakes += [f"told twice: {_told(each)}" for each in right[1:]]
    if not right:
        return Judged(name=name, way=way, code=due.code, mistakes=("missed", *mistakes))
    found = right[0]
    wrong_place = _wrong_place(case, way, found)
    wrong_fix = "" if due.fix is None else _wrong_fix(case, way, due.fix, found)
    return Judged(
        name=name,
        way=way,
        code=due.code,
        is_found=True,
        is_placed=not wrong_place,
        is_fixed=None if due.fix is None else not wrong_fix,
        mistakes=tuple(filter(None, [wrong_place, wrong_fix, *mistakes])),
    )


def _is_meant(finding: Any, due: Due) -> bool:
    if due.relation is not None:
        return finding.relation == due.relation
    return due.table.upper() in finding.statement.upper()


def _wrong_place(case: Case, way: str, finding: Any) -> str:
    if way == "template":
        path, line = f"{type(case).__name__}.html", ways.TEMPLATE_LINE
    else:
        path, line = case.line()
    place = finding.call_site
    if hasattr(case, "field"):
        return "" if finding.field == case.field else f"field {finding.field!r}, due {case.field!r}"
    if place is None or (Path(place.path).name, place.line) != (Path(path).name, line):
        return f"placed at {place}, due {Path(path).name}:{line}"
    if way == "drf" and case.goes_over_rows() and finding.field != "RowSerializer.value":
        return f"field {finding.field!r}, due RowSerializer.value"
    return ""


def _wrong_fix(case: Case, way: str, due: str, finding: Any) -> str:
    fix = finding.fix
    if fix is None:
        return f"no fix, due {due}"
    if due not in fix.edit:
        return f"fix {fix.edit}, due {due}"
    is_of_rows = way == "drf" and case.goes_over_rows() and not hasattr(case, "view") and "in_bulk" not in due
    if is_of_rows and fix.queryset != "RowsView.get_queryset":
        return f"fix in {fix}, due RowsView.get_queryset"
    return ""


def _told(finding: Any) -> str:
    return f"{finding.code} {finding.what} at {finding.call_site or finding.field}"


def judge_all(cases: Iterable[type[Case]]) -> list[Judged]:
    """Judge every case, in order."""
    return [judged for case in cases for judged in judge(case)]
