"""The admin's lists are lists too: they load what they show, however many rows there are."""

import pytest
from django.contrib import admin
from django.urls import reverse

from reference_app.factories import (
    ComputerFactory,
    DeploymentFactory,
    MembershipFactory,
    OrganizationFactory,
    PackageFactory,
    ProjectFactory,
)
from reference_app.tests.counting import count_queries

pytestmark = pytest.mark.query_budget(writes=0, reason="opening a list or a form changes nothing")

FACTORIES = [
    ComputerFactory,
    DeploymentFactory,
    MembershipFactory,
    OrganizationFactory,
    PackageFactory,
    ProjectFactory,
]
OURS = [model for model in admin.site._registry if model._meta.app_label == "reference_app"]


def test_every_list_is_tried():
    """One that is registered is one to be listed."""
    assert {factory._meta.model for factory in FACTORIES} == set(OURS)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_and_form_opens(admin_client, model):
    """With rows in them."""
    meta = model._meta
    row = model._base_manager.first()
    for name, args in (("changelist", []), ("add", []), ("change", [row.pk])):
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)
        assert admin_client.get(url).status_code == 200


@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_rows_are_listed_without_a_query_a_row(admin_client, factory):
    """What a list shows of other tables is joined; each row here has parents of its own."""
    url = reverse(f"admin:reference_app_{factory._meta.model._meta.model_name}_changelist")
    costs = []
    for n in (2, 3):
        factory.create_batch(n)
        costs.append(count_queries(lambda: admin_client.get(url)))
    assert costs[0] == costs[1]
