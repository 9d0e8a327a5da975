"""Projects: what they show, who changes them, and what stands in the way. Each rule holds on both trees."""

import pytest

from reference_app import factories
from reference_app.models import Organization, Project, Role
from reference_app.tests.requests import both_trees, fetch, post, sent
from reference_app.tests.worlds import build


@pytest.fixture
def world():
    """Build a world without what these rules are not about."""
    return build(2, deployments=0, installations=0)


@pytest.fixture
def admin(world, client_for):
    """Speak for an admin of the first organization."""
    return client_for(factories.MembershipFactory(organization=world.organization, role=Role.ADMIN).user)


@pytest.fixture
def superuser(client_for, admin_user):
    """Speak for somebody who needs no membership."""
    return client_for(admin_user)


@pytest.fixture
def project(world):
    """Return the project of the first package."""
    return world.package.project


@pytest.fixture
def body(world):
    """Return what a new project needs."""
    platform = world.package.project.platform_id
    return {"organization": world.organization.pk, "platform": platform, "name": "New", "slug": "new"}


@both_trees
def test_rows_count_what_is_in_the_project(packager, project, tree):
    """The first project of the seed has one package, and two computers that have nothing now."""
    row = fetch(packager, f"/{tree}/projects/")["results"][0]
    assert row == {
        "id": project.pk,
        "name": "Acme project 0",
        "slug": "acme-project-0",
        "pms": "apt",
        "architecture": "amd64",
        "organization_name": "Acme",
        "platform_name": "Acme platform 0",
        "n_packages": 1,
        "n_computers": 2,
        "allowed_actions": [],
    }


@both_trees
def test_detail_adds_stores_and_actions(packager, project, tree):
    """In the order of their names."""
    factories.StoreFactory(project=project, name="another")
    answer = fetch(packager, f"/{tree}/projects/{project.pk}/")
    assert [(store["name"], store["n_packages"]) for store in answer["stores"]] == [
        ("another", 0),
        ("store-0", 1),
    ]
    assert (answer["n_deployments"], answer["allowed_actions"]) == (0, [])


@both_trees
def test_a_project_is_added(admin, body, tree):
    """The answer is what a detail says; what is not named has its default."""
    answer = post(admin, f"/{tree}/projects/", body, 201)
    assert answer == fetch(admin, f"/{tree}/projects/{answer['id']}/")
    assert (answer["pms"], answer["n_packages"], answer["stores"]) == ("apt", 0, [])
    assert answer["allowed_actions"] == ["partial_update"]


@both_trees
def test_a_project_is_changed(admin, project, tree):
    """What may not change is not read: slug, package management, organization."""
    platform = factories.PlatformFactory()
    body = {"name": "New", "platform": platform.pk, "slug": "new", "pms": "dnf", "organization": 0}
    answer = admin.patch(f"/{tree}/projects/{project.pk}/", body).json()
    assert (answer["name"], answer["platform_name"]) == ("New", platform.name)
    assert (answer["slug"], answer["pms"], answer["organization_name"]) == ("acme-project-0", "apt", "Acme")


@both_trees
def test_a_slug_is_given_once_in_an_organization(admin, body, project, tree):
    """The database tells, whoever came first."""
    answer = sent(admin, "post", f"/{tree}/projects/", body | {"slug": project.slug}, 409)
    assert answer == {"detail": "The organization has a project with this slug."}


@both_trees
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"platform": 10**9}, "platform"),
        ({"slug": "no slug"}, "slug"),
        ({"name": ""}, "name"),
        ({"pms": "brew"}, "pms"),
        ({"organization": 10**30}, "organization"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_refused(admin, body, tree, change, field):
    """Keyed by the field to correct."""
    assert list(sent(admin, "post", f"/{tree}/projects/", body | change, 400)) == [field]


@both_trees
@pytest.mark.parametrize("role", list(Role))
def test_admins_write(project, body, client_for, tree, role):
    """Below, every write is a 403 that names the role; all read."""
    client = client_for(factories.MembershipFactory(organization=project.organization, role=role).user)
    path = f"/{tree}/projects/{project.pk}/"
    fetch(client, path)
    if role is Role.ADMIN:
        post(client, f"/{tree}/projects/", body, 201)
        assert client.patch(path, {"name": "New"}).status_code == 200
    else:
        refusal = {"detail": "This needs the role admin."}
        assert sent(client, "post", f"/{tree}/projects/", body, 403) == refusal
        assert sent(client, "patch", path, {"name": "New"}, 403) == refusal


@both_trees
def test_an_admin_of_some_projects_changes_those_and_adds_none(world, project, body, client_for, tree):
    """A project that is added would not be among those listed."""
    membership = factories.MembershipFactory(
        organization=world.organization, role=Role.ADMIN, projects=[project]
    )
    client = client_for(membership.user)
    sent(client, "post", f"/{tree}/projects/", body, 403)
    assert client.patch(f"/{tree}/projects/{project.pk}/", {"name": "New"}).status_code == 200
    assert Project.objects.get(pk=project.pk).name == "New"


@both_trees
def test_an_inactive_organization_is_read_only(admin, superuser, project, body, tree):
    """For superusers too, who otherwise need no membership."""
    assert superuser.patch(f"/{tree}/projects/{project.pk}/", {"name": "New"}).status_code == 200
    post(superuser, f"/{tree}/projects/", body, 201)
    Organization.objects.filter(pk=project.organization_id).update(is_active=False)
    for client in (admin, superuser):
        sent(client, "post", f"/{tree}/projects/", body | {"slug": "newer"}, 403)
        sent(client, "patch", f"/{tree}/projects/{project.pk}/", {"name": "Newer"}, 403)


@both_trees
@pytest.mark.parametrize("method", ["put", "delete"])
def test_projects_are_neither_replaced_nor_removed(admin, project, tree, method):
    """There is no such method."""
    sent(admin, method, f"/{tree}/projects/{project.pk}/", None, 405)
