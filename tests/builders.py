"""Short ways to make the values that travel between rooms, for tests that need no Django."""

from __future__ import annotations

from querybudget.analysis.fingerprint import fingerprint
from querybudget.budgets.budget import NOT_GIVEN, Level, Per, declare
from querybudget.budgets.judge import Facts, Judge
from querybudget.budgets.resolve import allowances, holding
from querybudget.finding import Finding, Fix, Proof, Suppression
from querybudget.measures import Measures
from querybudget.records import (
    Analysis,
    Asker,
    Event,
    Identity,
    Load,
    Origin,
    OriginKind,
    Place,
    Recording,
    Request,
    ViewQueryset,
)
from querybudget.relation import Relation, RelationKind

PROJECT = Relation(
    model="app.Package",
    name="project",
    kind=RelationKind.FOREIGN_KEY,
    target="app.Project",
    query_name="project",
)
PLATFORM = Relation(
    model="app.Project",
    name="platform",
    kind=RelationKind.FOREIGN_KEY,
    target="app.Platform",
    query_name="platform",
)
TAGS = Relation(model="app.Package", name="tags", kind=RelationKind.MANY_TO_MANY, target="app.Tag")
COMMENT = Relation(model="app.Package", name="comment", kind=RelationKind.DEFERRED, target="")

LINE = Place(path="app/views.py", line=7, function="names", source="package.project.name")


def event(sql="SELECT 1", *, params=b"a", kind=OriginKind.CURSOR, place=LINE, alias="default", **more):
    """Make one execution; `relation`, `asker` and the like go to its origin."""
    origin = {
        name: more.pop(name)
        for name in ("relation", "asker", "model", "is_defeated", "is_inferred", "is_locking")
        if name in more
    }
    values = {
        "statement": sql,
        "fingerprint": fingerprint(sql, vendor="sqlite"),
        "alias": alias,
        "vendor": "sqlite",
        "parameters": params,
        "n_batch": 1,
        "started_ns": 0,
        "duration_ns": 1_000,
        "has_failed": False,
        "origin": Origin(kind=kind, **origin),
        "place": place,
        "field": "",
    }
    return Event(**{**values, **more})


def lazy(row, relation=PROJECT, *, load=1, **more):
    """Make the lazy load of a relation of row `row`."""
    kind = OriginKind.DEFERRED if relation.kind is RelationKind.DEFERRED else OriginKind.RELATION
    more.setdefault("params", str(row).encode())
    sql = 'SELECT "name" FROM "project" WHERE "id" = %s'
    return event(sql, kind=kind, relation=relation, asker=Asker(load=load, row=row), **more)


def load(number=1, *, n_rows=20, model="app.Package", is_single=False, **more):
    """Make a load."""
    return Load(number=number, model=model, is_single=is_single, n_rows=n_rows, **more)


PACKAGES = load()


def recording(*events, loads=(PACKAGES,), **more):
    """Make a recording of these events and loads."""
    return Recording(events=events, loads={each.number: each for each in loads}, **more)


VIEW = ViewQueryset(
    name="PackageViewSet.get_queryset", place=Place(path="app/views.py", line=3, function="get_queryset")
)

FINDING = Finding(
    code="QB101",
    title="n-plus-one",
    proof=Proof.PROVEN,
    count=20,
    what="Package.project loaded 20 times, for 20 of 20 packages",
    statement='SELECT "name" FROM "project" WHERE "id" = ?',
    relation="Package.project",
    call_site=LINE,
    field="PackageSerializer.project_name",
    fix=Fix(edit='select_related("project")', queryset=VIEW.name, place=VIEW.place),
)


def analysis(*, findings=(), groups=(), doubts=(), n_phaseless=0, **measures):
    """Make an analysis with these counts."""
    return Analysis(
        measures=Measures(**measures),
        groups=tuple(groups),
        findings=tuple(findings),
        doubts=tuple(doubts),
        n_phaseless=n_phaseless,
    )


def request(action="app.views.PackageViewSet.list", *, status=200, found=(), events=(), **more):
    """Make a request with these counts; `method`, `path`, `route` and `items` are its own."""
    own = {name: more.pop(name) for name in ("method", "path", "route", "items") if name in more}
    return Request(
        action=action,
        status=status,
        recording=recording(*events, loads=()),
        analysis=analysis(findings=found, **more),
        **{"method": "GET", "path": "/packages/", "items": None, **own},
    )


def suppression(code="QB101", **more):
    """Make a comment that accepts findings at `LINE`."""
    values = {"reason": "two at most", "place": LINE, "first": LINE.line, "last": LINE.line}
    return Suppression(code=code, **{**values, **more})


def identity(action="app.views.PackageViewSet.list", method="GET", route=""):
    """Make what patterns know a request by."""
    return Identity(action=action, method=method, route=route)


def verdicts(declarations, found, *, names=None, **facts):
    """Judge an analysis by the declarations that mean a request of `a.b`; a block if all are per block."""
    subject = None if all(each.per is Per.BLOCK for each in declarations) else identity("a.b")
    judged = Judge(names=names or {}).judge(
        holding(declarations, subject), Facts(analysis=found, **facts), allowances(declarations, subject)
    )
    return list(judged)


WHERE = Place(path="tests/test_list.py", line=12, function="test_list", source="@query_budget(4)")


def budget(queries=NOT_GIVEN, *, level=Level.FUNCTION, per="request", **more):
    """Declare a budget at a fixed place; `action`, `reason` and the like stand beside the measures."""
    words = {
        name: more.pop(name)
        for name in ("action", "exclude", "allow", "reason", "until", "where", "nearness")
        if name in more
    }
    words = {"where": WHERE, **words}
    return declare(queries, more, level=level, default_per=Per.REQUEST, per=per, **words)
