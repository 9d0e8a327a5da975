"""A request for each action of the specification's table, to send to either tree at a size to choose."""

from dataclasses import dataclass
from functools import partial

from django.contrib.auth.models import AbstractBaseUser

from reference_app.models import Error
from reference_app.tests.chains import build_needs, new_package
from reference_app.tests.fleets import build_deployments as build_applying_deployments
from reference_app.tests.fleets import build_fleet, build_report
from reference_app.tests.free_packages import disable_deployments, free_packages, write_history
from reference_app.tests.releases import (
    build_computers,
    build_deployments,
    build_release,
    fill_target,
    new_deployment,
    new_lists,
)
from reference_app.tests.requests import computer_path, deployment_path, package_path
from reference_app.tests.staff import build_projects, build_staff
from reference_app.tests.worlds import build

TREE = "{tree}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, the same below both trees."""

    user: AbstractBaseUser
    path: str
    """With `{tree}` in the place of the tree's name."""
    body: dict | None = None
    """What is sent with POST; None for a GET."""
    status: int = 200

    def sent(self, client_for, tree):
        """Send it below `tree`, expect its status, and return what the answer holds, as text."""
        client, path = client_for(self.user), self.path.format(tree=tree)
        response = client.get(path) if self.body is None else client.post(path, self.body)
        assert response.status_code == self.status, response.getvalue()
        return response.getvalue().decode().replace(f"/{tree}/", "/tree/")


def _listed(resource, build_rows):
    """Ask for the list of what `build_rows` makes for the user that it returns."""

    def ask(n):
        return Ask(user=build_rows(n), path=f"/{TREE}/{resource}/")

    return ask


def _package(n, action="", **also):
    """Ask about the package of a world in which there is `n` of everything."""
    world = build(n)
    return Ask(user=world.packager, path=package_path(TREE, world.package, action), **also)


def _mark_obsolete(n):
    world = build(n)
    disable_deployments(world)
    return Ask(user=world.packager, path=package_path(TREE, world.package, "mark-obsolete"), body={})


def _bulk_obsolete(n):
    world = build(2, deployments=0, installations=0)
    ids = [package.pk for package in free_packages(world, n, shared=False)]
    return Ask(user=world.packager, path=f"/{TREE}/packages/bulk-obsolete/", body={"ids": ids})


def _orphans(n):
    """As many packages that nobody needs, beside three that are needed, held or obsolete."""
    world = build(2)
    free_packages(world, n, shared=False)
    return Ask(user=world.packager, path=f"/{TREE}/packages/orphans/")


def _create_package(n):
    """With so many dependencies, each of which needs one more package."""
    world = build(2, deployments=0, installations=0)
    body = new_package(world.package.project, depends_on=build_needs(world.package.project, n, 2))
    return Ask(user=world.packager, path=f"/{TREE}/packages/", body=body, status=201)


def _history(n):
    world = build(2, deployments=0, installations=0)
    write_history(world, n, shared=False)
    return Ask(user=world.packager, path=package_path(TREE, world.package, "history"))


def _deployment(n):
    release = build_release(packages=n, attributes=n, delays=n)
    return Ask(user=release.releaser, path=deployment_path(TREE, release.deployment))


def _create_deployment(n):
    release = build_release()
    body = new_deployment(release, schedule=release.schedule.pk) | new_lists(
        release, packages=n, attributes=n
    )
    return Ask(user=release.releaser, path=f"/{TREE}/deployments/", body=body, status=201)


def _reached_computers(n):
    release = build_release(packages=2, attributes=2)
    build_computers(release, n)
    return Ask(user=release.releaser, path=deployment_path(TREE, release.deployment, "computers"))


def _copy(n):
    release = build_release(packages=n, attributes=n)
    fill_target(release)
    path = deployment_path(TREE, release.deployment, "copy")
    return Ask(user=release.releaser, path=path, body={"project": release.target.pk}, status=201)


def _sync(n):
    world = build(2, deployments=0, installations=0)
    computer = world.never_synced_computer
    report = build_report(computer, packages=n, attributes=n, removed=n)
    return Ask(user=world.packager, path=computer_path(TREE, computer, "sync"), body=report, status=201)


def _simulate_sync(n):
    fleet = build_fleet(1)
    build_applying_deployments(fleet.computers[0], n, attributes=n, delays=n)
    return Ask(user=fleet.packager, path=computer_path(TREE, fleet.computers[0], "simulate-sync"))


def _check(n):
    packager = build_fleet(n).packager
    ids = list(Error.objects.order_by("pk").values_list("pk", flat=True))
    return Ask(user=packager, path=f"/{TREE}/errors/check/", body={"ids": ids})


ASKS = {
    "packages list": _listed("packages", lambda n: build(n).packager),
    "packages retrieve": _package,
    "packages deployment-stats": partial(_package, action="deployment-stats"),
    "packages mark-obsolete, done": _mark_obsolete,
    "packages mark-obsolete, refused": partial(_package, action="mark-obsolete", body={}, status=400),
    "packages bulk-obsolete": _bulk_obsolete,
    "packages orphans": _orphans,
    "packages export CSV": _listed("packages/export", lambda n: build(n).packager),
    "packages create": _create_package,
    "packages history": _history,
    "deployments list": _listed("deployments", build_deployments),
    "deployments retrieve": _deployment,
    "deployments create": _create_deployment,
    "deployments computers": _reached_computers,
    "deployments copy": _copy,
    "computers list": _listed("computers", lambda n: build_fleet(n).packager),
    "computers sync, all new": _sync,
    "computers simulate-sync": _simulate_sync,
    "errors list": _listed("errors", lambda n: build_fleet(n).packager),
    "errors check": _check,
    "projects list": _listed("projects", lambda n: build_projects(n)[0]),
    "memberships list with permissions": _listed("memberships", lambda n: build_staff(n, listed=2)[0]),
}
"""What the specification calls an action → a function from a size to the request that asks for so many."""

OTHER_ASKS = {"stores list": _listed("stores", lambda n: build(n + 1).packager)}
"""Likewise, of an action that the specification does not name."""
