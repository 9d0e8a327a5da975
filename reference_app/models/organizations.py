"""Organizations, the tenants of the service, and the memberships that open them to users."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from reference_app.models.querysets import TenantQuerySet


class Role(models.TextChoices):
    """What a member may do. Each role may do all that the ones above it in this list may."""

    VIEWER = "viewer"
    CHECKER = "checker"
    PACKAGER = "packager"
    RELEASER = "releaser"
    ADMIN = "admin"

    def includes(self, other):
        """Tell whether this role may do what `other` may."""
        ranking = list(Role)
        return ranking.index(self) >= ranking.index(other)


class OrganizationQuerySet(TenantQuerySet):
    """Organizations, which are visible to their members."""

    def visible_to(self, user):
        """Return the condition that `user` is a member."""
        return Q(Exists(Membership.objects.filter(user=user, organization=OuterRef("pk"))))

    def with_access(self, user):
        """Annotate `member_role` and `organization_is_active`, all that permissions on a row depend on."""
        return self.annotate(
            member_role=role_in_all_of(OuterRef("pk"), user), organization_is_active=F("is_active")
        )


class Organization(models.Model):
    """A tenant. An inactive one can be read by its members and changed by nobody."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    is_active = models.BooleanField(default=True)
    package_quota = models.PositiveIntegerField(default=1000)

    objects = OrganizationQuerySet.as_manager()

    def __str__(self):
        return self.name


class MembershipQuerySet(TenantQuerySet):
    """Memberships, which all members of the organization see."""

    def with_access(self, user):
        """Annotate `member_role`, which is that of `user`, and `organization_is_active`."""
        owners = Organization.objects.filter(pk=OuterRef("organization_id"))
        return self.annotate(
            member_role=role_in_all_of(OuterRef("organization_id"), user),
            organization_is_active=Subquery(owners.values("is_active")),
        )


def role_among(memberships, user):
    """Return the expression for the role that `user` has by one of `memberships`; a superuser's is admin."""
    if user.is_superuser:
        return Value(Role.ADMIN.value)
    return Subquery(memberships.filter(user=user).values("role"))


def role_in_all_of(organization, user):
    """Return the expression for the role of `user` in an organization as a whole.

    A membership in some projects counts as a viewer's there, whatever it allows inside of them.
    """
    whole = Membership.objects.filter(organization=organization, projects__isnull=True)
    return Coalesce(role_among(whole, user), Value(Role.VIEWER.value))


class Membership(models.Model):
    """A user's role in one organization, for all of its projects or for the listed ones."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    projects = models.ManyToManyField(
        "reference_app.Project",
        related_name="memberships",
        blank=True,
        help_text="Leave empty for all projects of the organization.",
    )

    tenant_parent = "organization"
    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organization"], name="membership_once_per_organization"),
        ]

    def __str__(self):
        return f"{self.role} {self.user_id} of organization {self.organization_id}"
