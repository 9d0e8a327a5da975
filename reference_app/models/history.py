"""Who did what to packages and deployments. Rows are added, and never changed or removed again."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from reference_app.models.deployments import Deployment
from reference_app.models.packages import Package
from reference_app.models.querysets import TenantQuerySet


class HistoryIsAppendOnlyError(TypeError):
    """Somebody tried to change or remove a history row."""


class HistoryQuerySet(TenantQuerySet):
    """History rows. What outlived its object belongs to no project any more: superusers alone see it."""

    def bulk_create(self, objs, *args, update_conflicts=False, **options):
        """Insert rows; refuse to change those that exist already."""
        if update_conflicts:
            raise HistoryIsAppendOnlyError("history rows are never changed")
        return super().bulk_create(objs, *args, **options)

    def update(self, **_changes):
        """Refuse; Django's own SET_NULL works on the base manager and is not concerned."""
        raise HistoryIsAppendOnlyError("history rows are never changed")

    def delete(self):
        """Refuse."""
        raise HistoryIsAppendOnlyError("history rows are never removed")


class History(models.Model):
    """What both histories have: the subclass adds the foreign key to its object, as `tenant_parent`."""

    class Action(models.TextChoices):
        """What was done."""

        CREATED = "created"
        CHANGED = "changed"
        OBSOLETED = "obsoleted"
        COPIED = "copied"
        DELETED = "deleted"

    action = models.CharField(max_length=10, choices=Action)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    details = models.JSONField(default=dict)

    objects = HistoryQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        """Insert the row; refuse to change one that exists."""
        if not self._state.adding:
            raise HistoryIsAppendOnlyError("history rows are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        """Refuse."""
        raise HistoryIsAppendOnlyError("history rows are never removed")


class PackageHistory(History):
    """What was done to a package. `details["fullname"]` names it when the row itself is gone."""

    package = models.ForeignKey(Package, models.SET_NULL, null=True, blank=True, related_name="history")

    tenant_parent = "package"

    class Meta(History.Meta):
        verbose_name_plural = "package histories"
        abstract = False


class DeploymentHistory(History):
    """What was done to a deployment. `details["name"]` names it when the row itself is gone."""

    deployment = models.ForeignKey(Deployment, models.SET_NULL, null=True, blank=True, related_name="history")

    tenant_parent = "deployment"

    class Meta(History.Meta):
        verbose_name_plural = "deployment histories"
        abstract = False
