"""Turn what the recorder kept into frozen events; runs once, when a request or block is judged."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db.models.query import MAX_GET_RESULTS

from querybudget.analysis.findings import CODES
from querybudget.analysis.fingerprint import fingerprint
from querybudget.capture import (
    callsite,
    comments,
    correlation,
    loops,
    relations,
    rendering,
    unread,
    uses,
    views,
)
from querybudget.capture.origin import HAS_FETCH_MODES
from querybudget.capture.parameters import digest
from querybudget.capture.scopes import ROW_BITS, RequestScope, row_of
from querybudget.records import (
    Asker,
    Correlation,
    Event,
    Fingerprint,
    Load,
    Origin,
    OriginKind,
    Phase,
    Recording,
)
from querybudget.session import session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType

    from querybudget.capture.scopes import RawEvent, RawLoad, Scope
    from querybudget.records import Aggregate, Place, Unread, ViewQueryset
    from querybudget.relation import Relation

_fingerprint = lru_cache(maxsize=16_384)(fingerprint)


def distil(scope: Scope) -> Recording:
    """Freeze the events of a request or block, with those of the blocks opened inside it."""
    family = list(scope.family())
    dropped: Counter[tuple[str, Fingerprint]] = Counter()
    for member in family:
        for (alias, vendor, sql), count in member.dropped.items():
            found = _fingerprint(sql, vendor=vendor)
            if not _is_ignored(found):
                dropped[alias, found] += count
    read = _comments(family)
    if read.mistakes and getattr(scope, "mistake", scope) is None:
        scope.mistake = comments.mistake_in(read.mistakes)  # type: ignore[attr-defined]
    raws = sorted((raw for member in family for raw in member.events), key=attrgetter("started_ns"))
    asked = {raw.load.number: raw for raw in raws if raw.load is not None}
    paged = frozenset(
        raw.model for raw in raws if raw.kind is OriginKind.COUNT and raw.phase is Phase.PAGINATION
    )
    loads: dict[int, RawLoad] = {}
    for raw in raws:
        if raw.load is not None:
            # A page of what was counted has as many rows as there are; who writes `[:1]` wants one.
            raw.load.is_limited_to_one = raw.load.is_limited_to_one and raw.model not in paged
            _collect(raw.load, loads)
    ways: dict[frozenset[tuple[int, callsite.Position]], int] = {}
    return Recording(
        events=tuple(_event(raw, loads, way=ways.setdefault(_way(raw), len(ways))) for raw in raws),
        loads={number: _load(load, loads, asked) for number, load in loads.items()},
        view_queryset=_view_queryset(scope),
        items=getattr(scope, "items", None),
        unlimited_rows=session.config.unlimited_rows,
        has_fetch_modes=HAS_FETCH_MODES,
        suppressions=read.suppressions,
        n_blind=sum(member.n_blind for member in family),
        n_dropped=dropped.total(),
        dropped=dict(dropped),
    )


def _view_queryset(scope: Scope) -> ViewQueryset | None:
    if not isinstance(scope, RequestScope):
        return None
    if scope.admin is not None:
        return views.queryset_of_admin(*scope.admin)
    view = scope.view
    return views.queryset_of(view if isinstance(view, type) else type(view)) if view else None


def _comments(family: Iterable[Scope]) -> comments.Comments:
    """Read the comments of every file in which a query was asked."""
    codes = {code for member in family for raw in member.events for code in (raw.code, raw.test_code) if code}
    files = {code.co_filename for code in codes}
    files |= {name for member in family for raw in member.events for name, _, _ in raw.nodes}
    read = [comments.comments_in(path, frozenset(CODES)) for path in sorted(files)]
    return comments.Comments(
        suppressions=tuple(each for one in read for each in one.suppressions),
        mistakes=tuple(each for one in read for each in one.mistakes),
    )


def _collect(load: RawLoad, into: dict[int, RawLoad]) -> None:
    into[load.number] = load
    for joined in (load.joined or {}).values():
        _collect(joined, into)


def _way(raw: RawEvent) -> frozenset[tuple[int, callsite.Position]]:
    """Return the instructions of the project's that were at work, and the one that called the innermost."""
    code, lasti = _asking(raw)
    caller, above = raw.sites
    at_work = above | {(id(code), lasti), (caller, raw.caller_lasti)}
    return frozenset((each, callsite.codes.position(each, offset)) for each, offset in at_work)


def _event(raw: RawEvent, loads: Mapping[int, RawLoad], *, way: int) -> Event:
    place, field = where(raw)
    fingerprint = _fingerprint(raw.sql, vendor=raw.vendor)
    return Event(
        statement=raw.sql,
        fingerprint=fingerprint,
        alias=raw.alias,
        vendor=raw.vendor,
        parameters=digest(raw.params),
        n_batch=_batch_size(raw),
        started_ns=raw.started_ns,
        duration_ns=raw.ended_ns - raw.started_ns,
        has_failed=raw.has_failed,
        origin=_origin(raw, loads),
        place=place,
        field=field,
        way=way,
        phase=raw.phase or Phase.OTHER,
        is_by_time=raw.is_by_time,
        is_in_loop=raw.is_in_loop,
        is_in_while=_is_in_while(raw),
        load=raw.load.number if raw.load is not None else None,
        unread=_unread(raw),
        is_ignored=_is_ignored(fingerprint),
    )


def _is_in_while(raw: RawEvent) -> bool:
    code, lasti = _asking(raw)
    return code is not None and loops.is_in_while(code, lasti)


def _is_ignored(fingerprint: Fingerprint) -> bool:
    """Tell whether configuration ignores every table a statement names; one that names none counts."""
    ignored = session.config.ignore_tables
    return bool(ignored) and bool(fingerprint.tables) and ignored.issuperset(fingerprint.tables)


def where(raw: RawEvent) -> tuple[Place | None, str]:
    """Return the call site, and what was being made: a field of a serializer or form, a template, a column.

    A line of a template is the call site itself where none of the project's code ran inside it.
    """
    place, field = place_of_event(raw), _field_path(raw.serializer) or raw.label
    template, is_innermost = rendering.place_in(raw)
    if template is None:
        return place, field
    if is_innermost:
        return template, field
    return place, field or f"template {template}"


def place_of_event(raw: RawEvent) -> Place | None:
    """Return the call site; a test's own code only where no code of the project runs inside it."""
    return callsite.place_of(*_asking(raw))


def _asking(raw: RawEvent) -> tuple[CodeType | None, int]:
    """Return the code that asked, and at which instruction."""
    if raw.code is not None and not raw.is_test_inner:
        return raw.code, raw.lasti
    return raw.test_code, raw.test_lasti


def _unread(raw: RawEvent) -> Unread | None:
    """Say what rows were loaded for, where nobody read them; an empty list has none to read."""
    if raw.kind not in unread.LISTS or raw.load is None or not raw.load.n_rows:
        return None
    place, is_innermost = rendering.place_in(raw)
    if place is not None and is_innermost:
        path, line = rendering.line_of(raw)
        return None if uses.is_read_in_template(path, line) else raw.unread
    code, lasti = _asking(raw)
    return uses.unread_by(code, lasti, raw.unread) if code is not None else raw.unread


def _field_path(levels: tuple[tuple[str, str], ...]) -> str:
    """Join serializer levels: `DeploymentSerializer.packages[].project_name`."""
    path = ""
    for name, field in levels:
        if name == "[]":
            path += "[]" if path else ""
        else:
            path = f"{path}.{field}" if path else f"{name}.{field}"
    return path.removesuffix("[]")  # the list itself is asked for, none of its rows


def _origin(raw: RawEvent, loads: Mapping[int, RawLoad]) -> Origin:
    return Origin(
        kind=raw.kind or OriginKind.CURSOR,
        model=raw.model._meta.label if raw.model is not None else "",
        relation=_relation(raw),
        asker=_asker(raw.asker, loads),
        correlation=_correlation(raw, loads),
        columns=_columns(raw, loads),
        aggregates=_aggregates(raw),
        narrowed=_narrowed(raw),
        unique=relations.unique_columns(raw.model) if raw.kind in _ONE and raw.model else frozenset(),
        is_inherited=raw.model is not None and bool(raw.model._meta.parents),
        is_locking=raw.load is not None and raw.load.is_locking,
        is_inferred=raw.is_inferred,
        is_in_making=raw.is_in_making,
        is_of_one=raw.is_of_one,
        is_defeated=raw.is_defeated,
    )


def _correlation(raw: RawEvent, loads: Mapping[int, RawLoad]) -> Correlation | None:
    tag, narrowed = raw.correlation or (0, "")
    asker = _asker(tag, loads)
    return Correlation(asker=asker, narrowed=narrowed) if asker else None


def _columns(raw: RawEvent, loads: Mapping[int, RawLoad]) -> tuple[str, ...]:
    """Say which columns are read of the one object that was asked for a row; none where it may be more.

    Of several rows only: the source of its file is read for it.
    """
    code, lasti = _asking(raw)
    asking = loads.get((raw.correlation[0] if raw.correlation else raw.asker) >> ROW_BITS)
    if raw.kind not in _ONE or asking is None or asking.n_rows == 1 or code is None:
        return ()
    found = [correlation.column(raw.model, each) for each in uses.attributes_read(code, lasti)]
    return tuple(dict.fromkeys(found)) if all(found) else ()


_ONE = frozenset({OriginKind.GET, OriginKind.FIRST})


def _aggregates(raw: RawEvent) -> tuple[Aggregate, ...]:
    """Return what an annotation of the objects asked could say: none is called like a field of theirs."""
    if not raw.aggregates or raw.relation is None:
        return ()
    names = (each.name for each in raw.aggregates)
    return () if correlation.has_field(raw.relation[0].model, names) else raw.aggregates


_GET_LIMIT = f"[:{MAX_GET_RESULTS}]"


def _narrowed(raw: RawEvent) -> str:
    """Leave out the limit that a `get()` sets, to notice that there are more."""
    if raw.kind is not OriginKind.GET:
        return raw.narrowed
    return raw.narrowed.removesuffix(_GET_LIMIT).removesuffix(".all()")


def _relation(raw: RawEvent) -> Relation | None:
    return relations.describe(*raw.relation) if raw.relation is not None else None


def _asker(tag: int, loads: Mapping[int, RawLoad]) -> Asker | None:
    """Read a tag; an object of another request's load is known by nothing here."""
    number = tag >> ROW_BITS
    return Asker(load=number, row=row_of(tag)) if number in loads else None


_SINGLE = {OriginKind.GET, OriginKind.FIRST, OriginKind.REFRESH, OriginKind.DEFERRED}


def _load(raw: RawLoad, loads: Mapping[int, RawLoad], asked: Mapping[int, RawEvent]) -> Load:
    """Freeze a load; `asked` holds, by its number, the query that made it."""
    if raw.parent is not None:
        return _joined(raw, _load(raw.parent, loads, asked))
    event = asked.get(raw.number)
    step = _relation(event) if event else None
    names, is_left_out = frozenset(raw.deferred[0]), raw.deferred[1]
    is_reached = event is not None and event.kind in {OriginKind.RELATION, OriginKind.PREFETCH}
    place = place_of_event(event) if event else None
    if place is not None and _HANDED_ON.search(place.source):
        place = None
    is_one = raw.is_limited_to_one and place is not None
    return Load(
        number=raw.number,
        model=raw.model._meta.label,
        model_bases=relations.bases(raw.model),
        is_raw=event is not None and event.kind is OriginKind.RAW,
        is_combined=raw.is_combined,
        is_multiplied=raw.is_multiplied,
        is_unlimited=raw.is_unlimited,
        left_out=names if is_left_out else frozenset(),
        only=frozenset() if is_left_out else names,
        is_single=event is not None
        and (event.kind in _SINGLE or is_one or (is_reached and _is_single_step(event, step))),
        n_rows=raw.n_rows,
        is_prefetched=event is not None and bool(event.step),
        place=place,
        source=_asker(event.asker, loads) if event else None,
        step=step,
        is_inferred=event is not None and event.is_inferred,
        lookup=_lookup(event, step),
    )


_HANDED_ON = re.compile(r"\bsuper\(\)\.\w+\((?:[^()]|\([^()]*\))*\)$")
"""A line that lets a base class do it: the queryset is not made there."""


def _lookup(event: RawEvent | None, step: Relation | None) -> str:
    """Name the step as a prefetch would; what was narrowed no plain prefetch brings."""
    if event is None or step is None or event.narrowed:
        return ""
    return event.step or step.name


def _is_single_step(event: RawEvent, step: Relation | None) -> bool:
    """Tell a lazy load of one object; a prefetch for one object may still bring many."""
    return event.kind is OriginKind.RELATION and step is not None and not reaches_many(step)


def reaches_many(step: Relation) -> bool:
    """Tell whether one object leads to several by a step."""
    return not step.is_single and bool(step.target)


def _joined(raw: RawLoad, above: Load) -> Load:
    """Freeze the objects that a join built with the rows of the load above."""
    found = relations.named(raw.parent.model, raw.name) if raw.parent is not None else None
    return Load(
        number=raw.number,
        model=raw.model._meta.label,
        model_bases=relations.bases(raw.model),
        is_single=above.is_single,
        n_rows=raw.n_rows,
        place=above.place,
        source=Asker(load=above.number, row=1),
        step=relations.describe(*found) if found else None,
        lookup=raw.name,
    )


def _batch_size(raw: RawEvent) -> int | None:
    if not raw.many:
        return 1
    return len(raw.params) if isinstance(raw.params, list | tuple) else None
