"""The admin's pages load what they show, for any number of rows, and change nothing that has a history."""

import pytest
from django.contrib import admin
from django.urls import reverse

from reference_app import factories
from reference_app.models import Computer, Deployment, Membership, Organization, Package, Project
from reference_app.models.history import DeploymentHistory, PackageHistory
from reference_app.tests.counting import count_queries
from reference_app.tests.snapshots import all_tables

pytestmark = pytest.mark.query_budget(writes=0, reason="opening a page, or being refused, changes nothing")

OURS = [model for model in admin.site._registry if model._meta.app_label == "reference_app"]
HISTORIC = [Package, Deployment]
MAKERS = {
    Organization: factories.OrganizationFactory,
    Membership: factories.MembershipFactory,
    Project: factories.ProjectFactory,
    Package: factories.PackageFactory,
    Deployment: factories.DeploymentFactory,
    Computer: factories.ComputerFactory,
}
PAGES = [
    (model, page)
    for model in OURS
    for page in ("changelist", "add", "change", "delete")
    if model not in HISTORIC or page in {"changelist", "change"}
]


def url_of(model, page, row=None):
    """Return the address of a page, which is about `row` if it is about one."""
    args = [row.pk] if page in {"change", "delete"} else []
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def make_linked(model, n):
    """Make `n` rows with all that they may be linked to, and return the first."""
    rows = MAKERS[model].create_batch(n)
    for row in rows:
        for field in model._meta.many_to_many:
            if field.remote_field.through._meta.auto_created:
                getattr(row, field.name).add(
                    *MAKERS.get(field.related_model, factories.AttributeFactory).create_batch(n)
                )
    return rows[0]


def test_every_page_is_tried():
    """Of a model that is registered."""
    assert MAKERS.keys() == set(OURS)


@pytest.mark.parametrize(("model", "page"), PAGES)
def test_pages_ask_the_same_for_any_number_of_rows(admin_client, model, page):
    """Of the model, and of what its rows are linked to."""
    costs = []
    for n in (2, 5):
        url = url_of(model, page, make_linked(model, n))
        assert admin_client.get(url).status_code == 200
        costs.append(count_queries(lambda url=url: admin_client.get(url)))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("model", HISTORIC)
@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_what_has_a_history_is_not_written(admin_client, model, page):
    """By nobody, superusers included."""
    url = url_of(model, page, MAKERS[model]())
    before = all_tables()
    assert admin_client.post(url, {"name": "other", "post": "yes"}).status_code == 403
    assert all_tables() == before


def test_nothing_with_a_history_goes_with_what_is_above_it(admin_client):
    """A project is not deleted with its packages: nobody would know who deleted them."""
    package = factories.PackageFactory()
    before = all_tables()
    response = admin_client.post(url_of(Project, "delete", package.project), {"post": "yes"})
    assert response.status_code == 403
    assert all_tables() == before


def test_histories_have_no_pages():
    """They are read where their object is."""
    assert not {PackageHistory, DeploymentHistory} & set(OURS)
