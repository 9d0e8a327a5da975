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
    from collections.abc import Iterable, Iterator, Mapping

ONE, FEW, MANY = 1, 5, 10
"""Sizes: where a problem is latent, and two at which it grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one run of a case counted and found."""

    queries: int
    findings: tuple[Any, ...]


def judge_all(cases: Iterable[type[Case]]) -> list[Judged]:
    """Run cases at each size over the same rows, and judge every one in each of its settings, in order."""
    chosen = list(cases)
    of_size = {size: _run_all(chosen, size) for size in (ONE, FEW, MANY)}
    return [judged for case in chosen for way in ways.ways_of(case) for judged in _judge(case, way, of_size)]


def _run_all(cases: Iterable[type[Case]], size: int) -> dict[tuple[str, str], Seen]:
    """Return what was seen of each case and of each twin, by name and setting."""
    with transaction.atomic():
        data.populate(size)
        seen = {
            (name, way): _run(each, way)
            for case in cases
            if size != ONE or _is_latent(case)
            for name, each in _with_twin(case)
            for way in ways.ways_of(case)
        }
        transaction.set_rollback(True)
    return seen


def _with_twin(case: type[Case]) -> Iterator[tuple[str, Case]]:
    yield case.__name__, case()
    if case.due is not None:
        yield f"{case.__name__}.Clean", case.clean()


def _is_latent(case: type[Case]) -> bool:
    """Tell whether the problem is one with a single row too."""
    return case.due is not None and case.due.code == "QB101" and case.goes_over_rows() and case.latent


def _run(case: Case, way: str) -> Seen:
    """Run a case once, and leave nothing behind."""
    with transaction.atomic():
        ContentType.objects.clear_cache()
        prepare = getattr(case, "prepare", None)
        if prepare:
            prepare()
        with query_budget() as seen:
            ways.WAYS[way](case, Client())
        transaction.set_rollback(True)
    return Seen(queries=seen.queries, findings=tuple(seen.findings))


def _judge(
    case: type[Case], way: str, seen: Mapping[int, Mapping[tuple[str, str], Seen]]
) -> Iterator[Judged]:
    for name, each in _with_twin(case):
        key = name, way
        few, many = seen[FEW][key], seen[MANY][key]
        judged = _verdict(each, name, way, each.due, many)
        yield replace(judged, mistakes=(*_mislabelled(each, few, many), *judged.mistakes))
        if _is_latent(case):
            due = latent(each.due) if each.due else None
            yield _verdict(each, f"{name} (one row)", way, due, seen[ONE][key])


def _verdict(case: Case, name: str, way: str, due: Due | None, seen: Seen) -> Judged:
    return _quiet(case, name, way, seen) if due is None else _judged(case, way, due, seen, name=name)


def _mislabelled(case: Case, few: Seen, many: Seen) -> tuple[str, ...]:
    """Hold the label to what was measured: clean code may say that it grows, a problem that it does not."""
    grows = many.queries > few.queries
    if grows is case.grows or (case.due is None and not grows):
        return ()
    label = "clean" if case.due is None else f"grows={case.grows}"
    return (f"mislabelled: {label}, measured {few.queries} → {many.queries}",)


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
