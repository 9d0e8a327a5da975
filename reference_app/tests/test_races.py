"""Requests at the same time: what one of them checked is still true when it writes.

SQLite lets one writer in at a time and has no row locks; run with `DATABASE_URL` for PostgreSQL or MariaDB.
"""

from threading import Barrier, Thread

import pytest
from django.db import connection
from rest_framework.test import APIClient

from reference_app import factories
from reference_app.models import Deployment, Organization, Package
from reference_app.tests.releases import build_release, new_deployment

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not connection.features.has_select_for_update, reason="needs row locks"),
]
N_AT_ONCE = 6


def statuses_of(user, requests):  # pragma: no cover  SQLite skips what calls it
    """Send all `requests`, (method, path, body), for `user` at the same time; return the statuses, sorted."""
    barrier, statuses = Barrier(len(requests)), []

    def send(method, path, body):
        client = APIClient()
        client.force_authenticate(user)
        barrier.wait()
        try:
            statuses.append(getattr(client, method)(path, body).status_code)
        finally:
            connection.close()

    threads = [Thread(target=send, args=request) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


@pytest.mark.parametrize("n_needed", [0, 1])
def test_the_last_place_of_a_quota_is_given_once(n_needed):  # pragma: no cover
    """Counted after the organization is locked, whichever statement counts."""
    release = build_release(packages=0)
    needed = factories.PackageFactory.create_batch(n_needed, project=release.project, store=None)
    Organization.objects.update(package_quota=Package.objects.count() + 1)
    body = {"project": release.project.pk, "version": "1", "depends_on": [row.pk for row in needed]}
    names = [{"name": f"new-{number}", "fullname": f"new-{number}"} for number in range(N_AT_ONCE)]
    requests = [("post", "/api/packages/", body | name) for name in names]
    assert statuses_of(release.releaser, requests) == [201] + [409] * (N_AT_ONCE - 1)


def test_a_name_is_given_once():  # pragma: no cover
    """The database tells the others, and they are told it is a conflict."""
    release = build_release()
    requests = [("post", "/api/deployments/", new_deployment(release))] * N_AT_ONCE
    assert statuses_of(release.releaser, requests) == [201] + [409] * (N_AT_ONCE - 1)


def test_a_version_is_changed_once():  # pragma: no cover
    """The others waited for the lock and find the next version."""
    release = build_release()
    path = f"/api/deployments/{release.deployment.pk}/"
    requests = [("patch", path, {"version": 1, "comment": "why"})] * N_AT_ONCE
    assert statuses_of(release.releaser, requests) == [200] + [409] * (N_AT_ONCE - 1)


def test_a_store_is_not_removed_under_a_package():  # pragma: no cover  SQLite skips it
    """Whoever comes first: both wait for the organization."""
    release = build_release(packages=0)
    store = factories.StoreFactory(project=release.project)
    body = {"project": release.project.pk, "store": store.pk, "version": "1"}
    requests = [
        ("post", "/api/packages/", body | {"name": f"new-{number}", "fullname": f"new-{number}"})
        for number in range(N_AT_ONCE - 1)
    ]
    statuses = statuses_of(release.releaser, [*requests, ("delete", f"/api/stores/{store.pk}/", None)])
    n_created = statuses.count(201)
    assert statuses == ([201] * n_created + [409] if n_created else [204] + [400] * (N_AT_ONCE - 1))


def test_what_is_created_and_reported_at_once_is_there_once():  # pragma: no cover  SQLite skips it
    """A report waits for nobody; the creation is told that the name is taken, if it comes later."""
    release = build_release(packages=0)
    computer = factories.ComputerFactory(project=release.project)
    body = {"project": release.project.pk, "name": "new", "version": "1", "fullname": "new"}
    report = {"started_at": "2030-01-01T00:00:00Z", "ok": True, "attributes": [], "packages": ["new"]}
    requests = [("post", "/api/packages/", body)] * (N_AT_ONCE - 1)
    requests += [("post", f"/api/computers/{computer.uuid}/sync/", report)]
    statuses = statuses_of(release.releaser, requests)
    assert set(statuses) <= {201, 409}
    assert statuses.count(201) in {1, 2}
    assert Package.objects.filter(fullname="new").count() == 1


def test_a_package_is_not_removed_under_a_report():  # pragma: no cover  SQLite skips it
    """The report adds it anew, or its removal is refused."""
    release = build_release(packages=0)
    computer = factories.ComputerFactory(project=release.project)
    package = factories.PackageFactory(project=release.project, store=None)
    report = {
        "started_at": "2030-01-01T00:00:00Z",
        "ok": True,
        "attributes": [],
        "packages": [package.fullname],
    }
    requests = [
        ("delete", f"/api/packages/{package.pk}/", None),
        ("post", f"/api/computers/{computer.uuid}/sync/", report),
    ]
    assert statuses_of(release.releaser, requests) in ([201, 204], [201, 409], [204, 409])
    installed = {each.package.fullname for each in computer.installations.select_related("package")}
    assert installed in (set(), {package.fullname})


def test_a_package_is_not_deployed_while_it_becomes_obsolete():  # pragma: no cover
    """Whoever comes first: both lock the packages, in the order of their ids."""
    release = build_release(packages=0)
    ids = [row.pk for row in factories.PackageFactory.create_batch(3, project=release.project)]
    creations = [new_deployment(release, name=f"new-{number}", packages=ids) for number in range(2)]
    requests = [("post", "/api/deployments/", body) for body in creations]
    requests += [("post", "/api/packages/bulk-obsolete/", {"ids": ids})] * 2
    assert statuses_of(release.releaser, requests) in ([200, 200, 201, 201], [200, 200, 400, 400])
    assert not Deployment.objects.filter(enabled=True, packages__is_obsolete=True).exists()
