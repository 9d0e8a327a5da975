"""Creating and changing deployments: what is written, and everything that stands in its way.

Each rule is tested on both URL trees: the naive twin may be slow, but not lax.
"""

import pytest
from django.test import RequestFactory

from reference_app import factories
from reference_app.models import Deployment, DeploymentHistory, Organization, Package, Role
from reference_app.services.deployment_rules import locked_packages
from reference_app.tests.releases import (
    build_attributes,
    build_release,
    fill_target,
    links_of,
    new_deployment,
    new_lists,
)
from reference_app.tests.requests import both_trees, deployment_path, fetch, sent
from reference_app.tests.snapshots import all_tables
from reference_app.views.deployments import DeploymentViewSet

MISSING = 10**9
URL = "https://packages.example.org/"


@pytest.fixture
def release():
    """Build a release of one package with an attribute in each list."""
    return build_release()


@pytest.fixture
def client(release, client_for):
    """Speak for the releaser."""
    return client_for(release.releaser)


@pytest.fixture(params=["create", "update", "partial_update"])
def write(request, client, release):
    """Return a function that writes a body in one of three ways: the rules are the same for all of them."""

    def written(tree, changes, status=None):
        if request.param == "create":
            path, body = f"/{tree}/deployments/", new_deployment(release) | changes
            return sent(client, "post", path, body, status or 201)
        path, body = deployment_path(tree, release.deployment), {"version": 1} | changes
        if request.param == "partial_update":
            return sent(client, "patch", path, body, status or 200)
        return sent(client, "put", path, new_deployment(release) | body, status or 200)

    return written


def patch(client, tree, release, body, status=200):
    """Change the release's deployment."""
    return sent(client, "patch", deployment_path(tree, release.deployment), body, status)


@both_trees
def test_what_is_sent_is_written(write, release, tree):
    """Columns, lists and dynamic attributes; the answer is the row."""
    lists = new_lists(release, packages=2, attributes=2)
    columns = {
        "name": "Über all",
        "source": "external",
        "schedule": release.schedule.pk,
        "start_date": "2026-05-01T08:00:00Z",
        "comment": "why",
        "packages_to_install": ["tool"],
        "packages_to_remove": ["rival"],
        "extra": {"base_url": URL, "frozen": True},
    }
    answer = write(tree, columns | lists)
    deployment = Deployment.objects.get(pk=answer["id"])
    assert links_of(deployment) == lists
    assert (answer["slug"], answer["schedule_id"]) == ("uber-all", release.schedule.pk)
    expected = {name: value for name, value in columns.items() if name != "schedule"}
    assert {name: answer[name] for name in expected} == expected
    assert (deployment.slug, deployment.extra) == ("uber-all", columns["extra"])


@both_trees
def test_exactly_one_history_row_is_written(write, release, tree):
    """It tells who, what, and which version came of it."""
    answer = write(tree, {"comment": "why"})
    (row,) = DeploymentHistory.objects.all()
    assert (row.deployment_id, row.user) == (answer["id"], release.releaser)
    assert (row.details["name"], row.details["version"]) == (answer["name"], answer["version"])
    assert row.action == ("created" if answer["version"] == 1 else "changed")


@both_trees
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "!!!"}, "name"),
        ({"source": "elsewhere"}, "source"),
        ({"schedule": "soon"}, "schedule"),
        ({"start_date": "soon"}, "start_date"),
        ({"packages": 5}, "packages"),
        ({"included_attributes": [0]}, "included_attributes"),
        ({"excluded_attributes": list(range(1, 1002))}, "excluded_attributes"),
        ({"packages_to_install": ["n" * 201]}, "packages_to_install"),
        ({"packages_to_remove": ["n"] * 1001}, "packages_to_remove"),
        ({"extra": []}, "extra"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_read_is_refused(write, tree, change, field):
    """Keyed by the field to correct."""
    assert list(write(tree, change, 400)) == [field]


@both_trees
@pytest.mark.parametrize("field", ["packages", "included_attributes", "excluded_attributes"])
def test_unknown_and_foreign_ids_are_refused_alike(write, release, tree, field):
    """Packages of a visible project included, all of them named."""
    foreign = build_release()
    ids = [links_of(foreign.deployment)[field][0], MISSING]
    if field == "packages":
        ids.insert(1, factories.PackageFactory(project=release.target).pk)
    answer = write(tree, {field: ids}, 400)
    assert answer == {field: [f"Unknown id: {pk}" for pk in ids]}


@both_trees
def test_a_schedule_of_another_organization_is_unknown(write, tree):
    """Like one that does not exist."""
    for pk in (factories.ScheduleFactory().pk, MISSING):
        assert write(tree, {"schedule": pk}, 400) == {"schedule": [f"Unknown id: {pk}"]}


@both_trees
def test_common_attributes_may_be_used(write, tree):
    """A property of no organization is everybody's."""
    attribute = factories.AttributeFactory(property__organization=None)
    answer = write(tree, {"included_attributes": [attribute.pk]})
    assert links_of(Deployment.objects.get(pk=answer["id"]))["included_attributes"] == [attribute.pk]


@both_trees
def test_an_obsolete_package_is_refused(write, release, tree):
    """By its id."""
    package = factories.PackageFactory(project=release.project, obsolete=True)
    assert write(tree, {"packages": [package.pk]}, 400) == {"packages": [f"Obsolete: {package.pk}"]}


@both_trees
def test_included_and_excluded_attributes_do_not_overlap(write, release, tree):
    """Which of them would win is not guessed."""
    first, second = build_attributes(release.project.organization, 2)
    body = {"included_attributes": [first.pk, second.pk], "excluded_attributes": [second.pk]}
    assert write(tree, body, 400) == {"excluded_attributes": [f"Included as well: {second.pk}"]}


@both_trees
@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ({"extra": {"colour": "red"}}, ["colour"]),
        ({"extra": {"pin_priority": "500"}}, ["pin_priority"]),
        ({"extra": {"base_url": URL}}, ["base_url"]),
        ({"source": "external", "extra": {}}, ["base_url"]),
        ({"source": "external", "extra": {"base_url": "http://10.0.0.1/"}}, ["base_url"]),
        ({"source": "external", "extra": {"base_url": URL, "gpg_check": True}}, ["gpg_check"]),
    ],
    ids=["unknown", "wrong-type", "internal", "missing-url", "private-url", "other-pms"],
)
def test_dynamic_attributes_are_declared(write, tree, body, keys):
    """Per source and package manager, each refusal under its key."""
    assert list(write(tree, body, 400)["extra"]) == keys


@both_trees
def test_everything_that_is_wrong_is_told_at_once(write, tree):
    """Nobody wants to learn it one request at a time."""
    body = {"schedule": MISSING, "packages": [MISSING], "included_attributes": [MISSING], "extra": {"a": 1}}
    assert sorted(write(tree, body, 400)) == sorted(body)


@both_trees
def test_a_name_is_taken_by_its_slug_in_its_project(write, release, tree):
    """Two spellings of one address are one; other projects have names of their own."""
    factories.DeploymentFactory(project=release.target, slug="the-name")
    factories.DeploymentFactory(project=release.project, slug="a-name")
    assert write(tree, {"name": "A  náme"}, 409) == {
        "detail": "The project has a deployment of this name already."
    }
    write(tree, {"name": "The name"})


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_releasers_and_above_write(client_for, release, tree, role):
    """Below it is a 403 that names the role; what else is wrong with the body is not told."""
    organization = release.project.organization
    client = client_for(factories.MembershipFactory(organization=organization, role=role).user)
    fill_target(release)
    writes = [
        ("post", f"/{tree}/deployments/", new_deployment(release), 201),
        ("patch", deployment_path(tree, release.deployment), {"version": 1}, 200),
        ("post", deployment_path(tree, release.deployment, "copy"), {"project": release.target.pk}, 201),
        ("post", deployment_path(tree, release.deployment, "disable"), {}, 200),
    ]
    for method, path, body, status in writes:
        may_write = role.includes(Role.RELEASER)
        answer = sent(client, method, path, body, status if may_write else 403)
        assert may_write or answer == {"detail": "This needs the role releaser."}


@both_trees
def test_an_inactive_organization_is_read_only(client, release, tree):
    """For every way to write."""
    Organization.objects.update(is_active=False)
    refusal = {"detail": "The organization is inactive and can only be read."}
    assert sent(client, "post", f"/{tree}/deployments/", new_deployment(release), 403) == refusal
    assert patch(client, tree, release, {"version": 1}, 403) == refusal
    for action in ("copy", "enable", "disable"):
        path = deployment_path(tree, release.deployment, action)
        assert sent(client, "post", path, {"project": release.target.pk}, 403) == refusal


@both_trees
def test_a_foreign_project_is_refused_like_a_missing_one(client, release, tree):
    """In the same words, which name what was sent."""
    for pk in (factories.ProjectFactory().pk, MISSING):
        body = new_deployment(release, project=pk)
        answer = sent(client, "post", f"/{tree}/deployments/", body, 400)
        assert answer == {"project": [f"Unknown id: {pk}"]}


@both_trees
@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_change_says_which_version_it_is_of(client, release, tree, method):
    """Without it nobody could tell that it is stale."""
    path = deployment_path(tree, release.deployment)
    answer = sent(client, method, path, {"name": "other"}, 400)
    assert answer == {"version": ["This field is required."]}


@both_trees
def test_of_two_changes_of_one_version_the_second_is_refused(client, release, tree):
    """It would undo what its author never saw."""
    assert patch(client, tree, release, {"version": 1, "comment": "first"})["version"] == 2
    answer = patch(client, tree, release, {"version": 1, "comment": "second"}, 409)
    assert answer == {"detail": "The deployment was changed meanwhile: read it again."}
    assert patch(client, tree, release, {"version": 2, "comment": "second"})["version"] == 3


@both_trees
def test_a_deployment_stays_in_its_project(client, release, tree):
    """A conflict for any other project, visible or not, so that nothing is told about it."""
    for pk in (release.target.pk, factories.ProjectFactory().pk, MISSING):
        answer = patch(client, tree, release, {"version": 1, "project": pk}, 409)
        assert answer == {"detail": "A deployment stays in its project: copy it."}
    patch(client, tree, release, {"version": 1, "project": release.project.pk})


@both_trees
def test_a_change_does_not_switch(client, release, tree):
    """Enabling has rules of its own. To repeat how it is switched already is no mistake."""
    answer = patch(client, tree, release, {"version": 1, "enabled": False}, 400)
    assert answer == {"enabled": ["Deployments are switched by enable and disable."]}
    patch(client, tree, release, {"version": 1, "enabled": True})


@both_trees
def test_what_is_not_sent_stays(client, release, tree):
    """Lists and columns, also of a whole change: what is gone is sent as empty."""
    before = links_of(release.deployment)
    body = new_deployment(release, version=1, packages=[])
    answer = sent(client, "put", deployment_path(tree, release.deployment), body, 200)
    assert links_of(release.deployment) == before | {"packages": []}
    assert answer["schedule_id"] == release.schedule.pk


@both_trees
def test_one_list_is_held_against_the_other_as_it_is(client, release, tree):
    """Also when the change names only one of them."""
    links = links_of(release.deployment)
    body = {"version": 1, "included_attributes": links["excluded_attributes"]}
    answer = patch(client, tree, release, body, 400)
    assert answer == {"excluded_attributes": [f"Included as well: {links['excluded_attributes'][0]}"]}
    patch(client, tree, release, body | {"excluded_attributes": links["included_attributes"]})


@both_trees
def test_a_new_source_is_held_against_the_extra_as_it_is(client, release, tree):
    """And the other way round."""
    assert list(patch(client, tree, release, {"version": 1, "source": "external"}, 400)["extra"]) == [
        "base_url"
    ]
    extra = {"base_url": URL}
    assert list(patch(client, tree, release, {"version": 1, "extra": extra}, 400)["extra"]) == ["base_url"]
    patch(client, tree, release, {"version": 1, "source": "external", "extra": extra})


@both_trees
def test_a_history_row_names_the_fields_that_were_sent(client, release, tree):
    """Sorted, without the version, which every change has."""
    patch(client, tree, release, {"version": 1, "packages": [], "comment": "why"})
    assert DeploymentHistory.objects.get().details["changed"] == ["comment", "packages"]


def test_links_that_stay_are_not_touched(client, release):
    """The same rows of the many-to-many table as before."""
    links = Deployment.packages.through.objects.filter(deployment=release.deployment)
    (before,) = links.values_list("pk", flat=True)
    ids = [release.deployment.packages.get().pk, factories.PackageFactory(project=release.project).pk]
    patch(client, "api", release, {"version": 1, "packages": ids})
    assert links.count() == 2
    assert links.filter(pk=before).exists()


def test_only_what_changed_is_saved(client, release, monkeypatch):
    """A change that somebody else makes to another column is not undone."""
    saved = []
    save = Deployment.save

    def remember(self, *args, **kwargs):
        saved.append(kwargs.get("update_fields"))
        save(self, *args, **kwargs)

    monkeypatch.setattr(Deployment, "save", remember)
    patch(client, "api", release, {"version": 1, "comment": "why"})
    sent(client, "post", deployment_path("api", release.deployment, "disable"), {}, 200)
    assert saved == [["comment", "version"], ["enabled", "version"]]


@both_trees
@pytest.mark.parametrize("action", ["copy", "disable", "put", "post"])
def test_a_failure_while_writing_undoes_everything(client, release, tree, monkeypatch, action):
    """The last write fails, and nothing that came before it stays."""

    def fail(row, **options):
        raise RuntimeError(f"no room for {row} with {options}")

    monkeypatch.setattr(DeploymentHistory, "save", fail)
    body = new_deployment(release, version=1) | new_lists(release, packages=1, attributes=1)
    path = deployment_path(tree, release.deployment)
    requests = {
        "copy": ("post", f"{path}copy/", {"project": release.target.pk}),
        "disable": ("post", f"{path}disable/", {}),
        "put": ("put", path, body),
        "post": ("post", f"/{tree}/deployments/", body),
    }
    method, path, body = requests[action]
    before = all_tables()
    with pytest.raises(RuntimeError, match="no room"):
        getattr(client, method)(path, body)
    assert all_tables() == before


@pytest.mark.parametrize("action", ["update", "partial_update", "copy", "enable", "disable"])
def test_the_row_is_locked_and_no_other(release, action):
    """A join would lock the project and the organization of every deployment that is changed."""
    request = RequestFactory().post("/")
    request.user = release.releaser
    assert_locks(DeploymentViewSet(request=request, action=action).get_queryset().query, Deployment)


def test_packages_are_locked_until_they_are_deployed(release, monkeypatch):
    """Or one could become obsolete after it was looked at."""
    locked = []
    monkeypatch.setattr(
        "django.db.models.QuerySet.__iter__", lambda rows: iter(locked.append(rows.query) or ())
    )
    locked_packages(release.project.pk, [1])
    assert_locks(locked[0], Package)


def assert_locks(query, model):
    """Check that `query` locks rows of `model` alone."""
    assert query.select_for_update
    assert {table for table, n_uses in query.alias_refcount.items() if n_uses} == {model._meta.db_table}


@both_trees
def test_a_write_is_what_the_next_read_shows(write, client, tree):
    """The answer holds nothing that is not in the database."""
    answer = write(tree, {"comment": "why"})
    shown = fetch(client, f"/{tree}/deployments/{answer['id']}/")
    assert {name: shown[name] for name in shown.keys() & answer.keys()} == {
        name: answer[name] for name in shown.keys() & answer.keys()
    }
