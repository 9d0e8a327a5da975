"""Packages and what they need of each other."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from reference_app.models.projects import InProjectQuerySet, Project, Store
from reference_app.models.querysets import TenantQuerySet


class Package(models.Model):
    """One version of a piece of software, built for one project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="packages")
    store = models.ForeignKey(Store, models.SET_NULL, null=True, blank=True, related_name="packages")
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    architecture = models.CharField(max_length=20, default="amd64")
    fullname = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField(default=0)
    is_obsolete = models.BooleanField(default=False)
    obsoleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    depends_on = models.ManyToManyField(
        "self",
        through="PackageDependency",
        through_fields=("package", "requires"),
        symmetrical=False,
        related_name="required_by",
    )

    tenant_parent = "project"
    objects = InProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "fullname"], name="package_fullname_once_per_project"),
            models.CheckConstraint(
                condition=Q(is_obsolete=True, obsoleted_at__isnull=False)
                | Q(is_obsolete=False, obsoleted_at__isnull=True),
                name="package_obsolete_exactly_when_dated",
            ),
        ]

    def __str__(self):
        return self.fullname


class PackageDependency(models.Model):
    """One package's need of another, from a version on."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="dependencies")
    requires = models.ForeignKey(Package, models.CASCADE, related_name="dependents")
    min_version = models.CharField(max_length=50, blank=True)

    tenant_parent = "package"
    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["package", "requires"], name="dependency_once_per_pair"),
            models.CheckConstraint(condition=~Q(package=F("requires")), name="dependency_not_on_itself"),
        ]

    def __str__(self):
        return f"package {self.package_id} needs {self.requires_id} {self.min_version}".rstrip()
