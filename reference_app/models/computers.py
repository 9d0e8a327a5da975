"""Computers, what is installed on them, and when they were heard of."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from reference_app.models.attributes import Attribute
from reference_app.models.packages import Package
from reference_app.models.projects import InProjectQuerySet, Project
from reference_app.models.querysets import TenantQuerySet


class Computer(models.Model):
    """A machine of the fleet. One that never synchronized has neither `sync_start` nor `sync_end`."""

    class Status(models.TextChoices):
        """Where the machine is in its life; an unsubscribed one may not synchronize."""

        INTENDED = "intended"
        RESERVED = "reserved"
        AVAILABLE = "available"
        IN_REPAIR = "in repair"
        UNKNOWN = "unknown"
        UNSUBSCRIBED = "unsubscribed"

    project = models.ForeignKey(Project, models.CASCADE, related_name="computers")
    uuid = models.UUIDField(unique=True)
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=12, choices=Status, default=Status.INTENDED)
    ip = models.GenericIPAddressField(null=True, blank=True)
    sync_start = models.DateTimeField(null=True, blank=True)
    sync_end = models.DateTimeField(null=True, blank=True)
    attributes = models.ManyToManyField(Attribute, related_name="computers", blank=True)
    tags = models.ManyToManyField(Attribute, related_name="tagged_computers", blank=True)

    tenant_parent = "project"
    objects = InProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "status"], name="computer_project_status")]

    def __str__(self):
        return self.name


class InstallationQuerySet(TenantQuerySet):
    """Installations, past and live."""

    def live(self):
        """Keep what has not been uninstalled."""
        return self.filter(uninstalled_at__isnull=True)


class Installation(models.Model):
    """A package on a computer, from its installation to its removal. At most one row per pair is live."""

    computer = models.ForeignKey(Computer, models.CASCADE, related_name="installations")
    package = models.ForeignKey(Package, models.CASCADE, related_name="installations")
    installed_at = models.DateTimeField(default=timezone.now)
    uninstalled_at = models.DateTimeField(null=True, blank=True)

    tenant_parent = "computer"
    objects = InstallationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["computer", "package"],
                condition=Q(uninstalled_at__isnull=True),
                name="installation_live_once_per_pair",
            ),
        ]

    def __str__(self):
        return f"package {self.package_id} on computer {self.computer_id}"


class Synchronization(models.Model):
    """One report of a computer. Its own clock's `started_at` tells a repeated report from a new one."""

    computer = models.ForeignKey(Computer, models.CASCADE, related_name="synchronizations")
    project = models.ForeignKey(Project, models.CASCADE, related_name="synchronizations")
    started_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    ok = models.BooleanField(default=True)

    tenant_parent = "project"
    objects = InProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["computer", "started_at"], name="synchronization_once_per_start"),
        ]

    def __str__(self):
        return f"computer {self.computer_id} at {self.started_at:%Y-%m-%d %H:%M}"
