"""Two counts a row, by subqueries or by joins with `Count(distinct=True)`: time and rows of a page.

20 packages, each in the same 200 deployments and on the same 500 computers, on SQLite in memory and on
PostgreSQL (`QUERYBUDGET_POSTGRESQL` names the server, as for the tests). Both forms run in turn in one
process; the time is the least of a few rounds, on the clock, since PostgreSQL works elsewhere. *Rows* are
those handed to an aggregate: PostgreSQL's plan tells them (EXPLAIN ANALYZE), on SQLite the same joins are
counted.

usage: benchmarks/counts.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings_test")
django.setup()

# Models can be imported only now.
from django.db import connection  # noqa: E402
from django.db.models import Count, Q  # noqa: E402

from reference_app import factories as make  # noqa: E402
from reference_app import models  # noqa: E402
from reference_app.views.package_rows import with_counts  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POSTGRESQL = os.environ.get("QUERYBUDGET_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
N_PACKAGES, N_DEPLOYMENTS, N_COMPUTERS = 20, 200, 500
ROUNDS = 3

_JOINED_ROWS = """
SELECT COUNT(*) FROM reference_app_package AS package
LEFT JOIN reference_app_deployment_packages AS held ON held.package_id = package.id
LEFT JOIN reference_app_installation AS installed ON installed.package_id = package.id
"""
_COUNTED_ROWS = """
SELECT (SELECT COUNT(*) FROM reference_app_deployment_packages)
    + (SELECT COUNT(*) FROM reference_app_installation)
"""


def fill() -> Any:
    """Make the data and return a member who sees it all."""
    project = make.ProjectFactory()
    own = {"project": project}
    packages = models.Package.objects.bulk_create(
        make.PackageFactory.build_batch(N_PACKAGES, store=None, **own)
    )
    deployments = models.Deployment.objects.bulk_create(
        make.DeploymentFactory.build_batch(N_DEPLOYMENTS, schedule=None, **own)
    )
    computers = models.Computer.objects.bulk_create(make.ComputerFactory.build_batch(N_COMPUTERS, **own))
    held = models.Deployment.packages.through
    held.objects.bulk_create(held(deployment=each, package=one) for each in deployments for one in packages)
    models.Installation.objects.bulk_create(
        models.Installation(computer=each, package=one, installed_at=make.START)
        for each in computers
        for one in packages
    )
    return make.MembershipFactory(organization=project.organization).user


def forms(user: Any) -> dict[str, Any]:
    """Return the same page, counted in both ways: the first is the application's own."""
    packages = models.Package.objects.for_user(user).select_related("project__platform")
    joined = packages.annotate(
        n_deployments=Count("deployments", distinct=True),
        n_installations=Count("installations", filter=Q(installations__uninstalled_at=None), distinct=True),
    )
    return {
        "subqueries": with_counts(packages).order_by("fullname", "pk"),
        "joins": joined.order_by("fullname", "pk"),
    }


def measured(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the seconds of the fastest of a few rounds of each call, taken in turn."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def rows_of(name: str, queryset: Any) -> int:
    """Return how many rows the queryset hands to its aggregates."""
    if connection.vendor == "postgresql":
        return sum(_aggregated(json.loads(queryset.explain(analyze=True, format="json"))[0]["Plan"]))
    with connection.cursor() as cursor:
        cursor.execute(_JOINED_ROWS if name == "joins" else _COUNTED_ROWS)
        return cursor.fetchone()[0]


def _aggregated(node: dict[str, Any]) -> Iterator[int]:
    """Yield the rows that the aggregates of a plan read; a node's rows are those of one loop, on average."""
    children = node.get("Plans", [])
    if node["Node Type"] == "Aggregate":
        yield sum(round(each["Actual Rows"] * each["Actual Loops"]) for each in children)
    for each in children:
        yield from _aggregated(each)


def compare() -> None:
    """Fill the database that is configured, and print time and rows of both forms."""
    querysets = forms(fill())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    pages = [list(each.values_list("pk", "n_deployments", "n_installations")) for each in querysets.values()]
    if pages[0] != pages[1]:
        raise SystemExit(f"the two forms disagree: {pages}")
    page = measured({name: lambda each=each: list(each.all()) for name, each in querysets.items()})
    count = measured({name: lambda each=each: each.all().count() for name, each in querysets.items()})
    for name, each in querysets.items():
        print(
            f"{connection.vendor:10} {name:10} {rows_of(name, each):9,} rows, {page[name] * 1000:8.1f} ms,"
            f" {page[name] / page['subqueries']:5.1f} ×;"
            f" paginator's COUNT {count[name] * 1000:8.1f} ms, {count[name] / count['subqueries']:5.1f} ×"
        )


def main() -> None:
    """Compare on each database, in a process of its own; in that process, on the one that is configured."""
    if len(sys.argv) == 1:
        for url in ("sqlite://", f"{POSTGRESQL.rpartition('/')[0]}/counts_{os.getpid()}"):
            environment = {**os.environ, "DATABASE_URL": url}
            done = subprocess.run([sys.executable, __file__, "here"], env=environment, check=False)  # noqa: S603
            if done.returncode:
                raise SystemExit(f"{url.partition(':')[0]} cannot be measured: see above")
        return
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        compare()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


if __name__ == "__main__":
    main()
