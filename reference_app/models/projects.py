"""Projects and what they are made of; and the access that everything in a project inherits from it."""

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from reference_app.models.organizations import Membership, Organization, role_among
from reference_app.models.querysets import TenantQuerySet


class Platform(models.Model):
    """A family of operating systems. Shared by all organizations, so not a tenant model."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self):
        return self.name


class ProjectQuerySet(TenantQuerySet):
    """Projects, which are visible to the members of their organization."""

    def visible_to(self, user):
        """Return the condition that `user` has a membership which lists this project, or lists none."""
        memberships = Membership.objects.filter(
            Q(projects__isnull=True) | Q(projects=OuterRef("pk")),
            user=user,
            organization=OuterRef("organization_id"),
        )
        return Q(Exists(memberships))

    def with_access(self, user):
        """Annotate `member_role` and `organization_is_active`, all that permissions on a row depend on."""
        memberships = Membership.objects.filter(organization=OuterRef("organization_id"))
        owners = Organization.objects.filter(pk=OuterRef("organization_id"))
        return self.annotate(
            member_role=role_among(memberships, user),
            organization_is_active=Subquery(owners.values("is_active")),
        )

    def with_visibility(self, user):
        """Annotate `is_visible`, for rows that are counted also by those who may not see them."""
        return self.annotate(is_visible=Exists(Project.objects.for_user(user).filter(pk=OuterRef("pk"))))


class Project(models.Model):
    """One distribution that an organization maintains for its computers."""

    class Pms(models.TextChoices):
        """The package management system of the project's computers."""

        APT = "apt"
        DNF = "dnf"
        PACMAN = "pacman"
        WINGET = "winget"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="projects")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="projects")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    pms = models.CharField(max_length=10, choices=Pms, default=Pms.APT)
    architecture = models.CharField(max_length=20, default="amd64")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "slug"], name="project_slug_once_per_organization"
            ),
        ]

    def __str__(self):
        return self.name


class InProjectQuerySet(TenantQuerySet):
    """Rows with a `project`: they can tell what a user may do to them."""

    def with_access(self, user):
        """Annotate `member_role` and `organization_is_active`, all that permissions on a row depend on.

        Both are subqueries that start from the project's id: nothing is joined, so that a
        `select_for_update()` of these rows locks these rows alone. (`of=("self",)` would do the same
        for a join, but MariaDB does not know it.)
        """
        memberships = Membership.objects.filter(organization__projects=OuterRef("project_id"))
        owners = Organization.objects.filter(projects=OuterRef("project_id"))
        return self.annotate(
            member_role=role_among(memberships, user),
            organization_is_active=Subquery(owners.values("is_active")),
        )


class Store(models.Model):
    """A named part of a project's repository, such as "main" or "third-party"."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="stores")
    name = models.CharField(max_length=100)

    tenant_parent = "project"
    objects = InProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="store_name_once_per_project"),
        ]

    def __str__(self):
        return self.name
