"""Tenancy for every model: which rows a user may see, inside the same SQL, without a query of its own.

Rows are selected by EXISTS, never by joins: a user with several memberships must not see a row twice.
"""

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce


class TenantQuerySet(models.QuerySet):
    """A queryset that can be narrowed to one user's organizations.

    The model names the foreign key it belongs to its tenant by in `tenant_parent`; its target is a tenant
    model too. The roots (organizations, projects, properties) override `visible_to` instead.
    """

    def for_user(self, user):
        """Keep what `user` may see: everything for a superuser, nothing without a membership."""
        if user.is_superuser:
            return self.all()
        if not user.is_authenticated:
            return self.none()
        return self.filter(self.visible_to(user))

    def visible_to(self, user):
        """Return the condition for an ordinary `user`: the parent is visible."""
        name = self.model.tenant_parent
        parent = self.model._meta.get_field(name).related_model
        return Q(Exists(parent.objects.for_user(user).filter(pk=OuterRef(name))))


def count_of(rows, link):
    """Count, in a subquery, the `rows` whose foreign key `link` points to the outer row.

    Two joined `Count(distinct=True)` would multiply the rows of both relations before counting them;
    subqueries count each on its own, and the paginator's COUNT drops them altogether.
    """
    counted = (
        rows.filter(**{link: OuterRef("pk")}).order_by().values(link).annotate(n=Count("pk")).values("n")
    )
    return Coalesce(Subquery(counted), 0)
