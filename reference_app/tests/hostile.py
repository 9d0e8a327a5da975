"""Bodies that no client should send, made of good ones: each field in turn holds each bad value.

The good bodies name every field that is read; that none is forgotten, a test finds out from the serializers.
"""

import json
from dataclasses import dataclass

from reference_app import factories, models
from reference_app.tests.releases import Release, build_release

MANY_DIGITS = "9" * 5000
# As they stand in JSON, because not all of them are values in Python.
VALUES = {
    "null": "null",
    "true": "true",
    "a fraction": "1.5",
    "minus one": "-1",
    "beyond a column": str(2**63),
    "many digits": f'"{MANY_DIGITS}"',
    "spaces": '"  "',
    "NUL": '"a\\u0000b"',
    "an emoji": '"\\ud83d\\ude00"',
    "an address with a zone": '"fe80::1%eth0"',
    "the first second": '"0001-01-01T00:00:00+23:59"',
    "the last second": '"9999-12-31T23:59:59-23:59"',
    "a list of much": f'[null, true, 1.5, -1, {2**63}, "a\\u0000b", [1], {{"a": 1}}]',
    "an object": '{"a": {"b": []}, "\\u0000": 1}',
}
# What is refused as a whole, whatever the field.
UNREADABLE = {
    "no JSON": "{",
    "infinity": "1e400",
    "NaN": "NaN",
    "more digits than an integer has": MANY_DIGITS,
    "half a surrogate pair": '"\\ud800"',
    "an object named by half a surrogate pair": '{"\\ud800": 1}',
    "deep lists": "[" * 11 + "]" * 11,
    "bottomless objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
}
PLACE = "the place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Handles on one row of everything that a body names."""

    release: Release
    admin: models.Membership
    package: models.Package
    computer: models.Computer
    error: models.Error
    reported: models.Property
    newcomer: str

    @property
    def project(self):
        """The project of most of it."""
        return self.release.project


def build_scene():
    """Make a scene, in one organization."""
    release = build_release()
    organization = release.project.organization
    computer = factories.ComputerFactory(project=release.project)
    return Scene(
        release=release,
        admin=factories.MembershipFactory(organization=organization, role=models.Role.ADMIN),
        package=factories.PackageFactory(project=release.project),
        computer=computer,
        error=factories.ErrorFactory(computer=computer),
        reported=factories.PropertyFactory(organization=organization),
        newcomer=factories.UserFactory().username,
    )


def deployment_body(scene):
    """Return a deployment with all that it may have."""
    deployment = scene.release.deployment
    return {
        "project": scene.project.pk,
        "schedule": scene.release.schedule.pk,
        "name": "New release",
        "source": "internal",
        "enabled": True,
        "start_date": "2026-01-01T00:00:00Z",
        "comment": "why",
        "packages": [scene.package.pk],
        "included_attributes": [deployment.included_attributes.get().pk],
        "excluded_attributes": [deployment.excluded_attributes.get().pk],
        "packages_to_install": ["tool"],
        "packages_to_remove": ["other"],
        "extra": {"components": ["main"], "pin_priority": 1},
    }


def package_body(scene):
    """Return a package with all that it may have."""
    return {
        "project": scene.project.pk,
        "store": scene.package.store_id,
        "name": "tool",
        "version": "1",
        "architecture": "amd64",
        "fullname": "tool_1",
        "size_bytes": 1,
        "depends_on": [scene.package.pk],
    }


def report_body(scene):
    """Return a report with all that it may have."""
    return {
        "started_at": "2026-06-01T00:00:00Z",
        "ok": True,
        "ip": "192.0.2.1",
        "attributes": [{"prefix": scene.reported.prefix, "value": "10.0.0.0"}],
        "packages": ["tool_1.0_amd64.deb"],
    }


def project_body(scene):
    """Return a project with all that it may have."""
    texts = {"name": "New project", "slug": "new-project", "pms": "apt", "architecture": "amd64"}
    return {"organization": scene.project.organization_id, "platform": scene.project.platform_id} | texts


def changed_body(body, *without, **more):
    """Return `body` as a change takes it."""
    return {field: value for field, value in body.items() if field not in without} | more


# Of each action that reads a body: its method, its path and a body that it accepts. `update` reads it as
# `partial_update` does.
REQUESTS = {
    "deployments create": lambda scene: ("post", "deployments/", deployment_body(scene)),
    "deployments partial_update": lambda scene: (
        "patch",
        f"deployments/{scene.release.deployment.pk}/",
        changed_body(deployment_body(scene), version=1),
    ),
    "deployments copy": lambda scene: (
        "post",
        f"deployments/{scene.release.deployment.pk}/copy/",
        {"project": scene.release.target.pk, "name": "Copied"},
    ),
    "packages create": lambda scene: ("post", "packages/", package_body(scene)),
    "packages bulk_obsolete": lambda scene: ("post", "packages/bulk-obsolete/", {"ids": [scene.package.pk]}),
    "errors check": lambda scene: ("post", "errors/check/", {"ids": [scene.error.pk]}),
    "computers sync": lambda scene: ("post", f"computers/{scene.computer.uuid}/sync/", report_body(scene)),
    "stores create": lambda scene: ("post", "stores/", {"project": scene.project.pk, "name": "New store"}),
    "stores partial_update": lambda scene: ("patch", f"stores/{scene.package.store_id}/", {"name": "New"}),
    "projects create": lambda scene: ("post", "projects/", project_body(scene)),
    "projects partial_update": lambda scene: (
        "patch",
        f"projects/{scene.project.pk}/",
        changed_body(project_body(scene), "organization", "slug", "pms"),
    ),
    "memberships create": lambda scene: (
        "post",
        "memberships/",
        {
            "organization": scene.project.organization_id,
            "username": scene.newcomer,
            "role": "viewer",
            "projects": [scene.project.pk],
        },
    ),
    "memberships partial_update": lambda scene: (
        "patch",
        f"memberships/{scene.admin.organization.memberships.first().pk}/",
        {"role": "viewer", "projects": [scene.project.pk]},
    ),
}


def bad_bodies(body):
    """Yield what is bad and the text of the body: each value as each field and as the body."""
    for name, text in VALUES.items():
        yield name, text
        for path, damaged in _with_a_place(body):
            yield f"{path}: {name}", with_text(damaged, text)


def unreadable_bodies(body):
    """Yield what is unreadable and the text of the body: each as the first field, and as the body."""
    for name, text in UNREADABLE.items():
        yield name, text
        yield f"field: {name}", with_text(body | {next(iter(body)): PLACE}, text)


def with_text(body, text):
    """Return the JSON of `body` with `text` in its place."""
    return json.dumps(body).replace(f'"{PLACE}"', text)


def _with_a_place(body):
    """Yield the way to one value after the other, and `body` with the place of a bad one there."""
    for key, value in body.items():
        yield key, body | {key: PLACE}
        if isinstance(value, list) and isinstance(value[0], dict):
            yield from ((f"{key}.{way}", body | {key: [inner]}) for way, inner in _with_a_place(value[0]))
        if isinstance(value, dict):
            yield from ((f"{key}.{way}", body | {key: inner}) for way, inner in _with_a_place(value))
