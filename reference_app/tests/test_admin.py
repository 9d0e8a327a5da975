"""The admin's lists are lists too: they load what they show, however many rows there are."""

import pytest
from django.contrib import admin
from django.urls import reverse

from reference_app.factories import MembershipFactory
from reference_app.tests.counting import count_queries

pytestmark = pytest.mark.query_budget(writes=0, reason="opening a list or a form changes nothing")

OURS = [model for model in admin.site._registry if model._meta.app_label == "reference_app"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_and_form_opens(admin_client, model):
    """With rows in them."""
    meta = model._meta
    row = model._base_manager.first()
    for name, args in (("changelist", []), ("add", []), ("change", [row.pk])):
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)
        assert admin_client.get(url).status_code == 200


def test_memberships_are_listed_without_a_query_a_row(admin_client):
    """User and organization are joined."""
    url = reverse("admin:reference_app_membership_changelist")
    costs = []
    for n in (2, 3):
        MembershipFactory.create_batch(n)
        costs.append(count_queries(lambda: admin_client.get(url)))
    assert costs[0] == costs[1]
