"""Serializers that are only as good as the queryset behind them, and the queryset behind them is bare.

Tenancy is kept: these are slow, not unsafe. Each field that costs queries says which, and how many.
"""

from operator import attrgetter

from rest_framework import serializers

from reference_app.models import Deployment, Installation, Membership, Package, PackageDependency, Role
from reference_app.naive.serializers.attributes import names_of
from reference_app.pagination import MAX_INSTALLATIONS
from reference_app.permissions import may_change
from reference_app.serializers.packages import (
    DETAIL_FIELDS,
    LIST_FIELDS,
    PackageProjectSerializer,
    actions_on,
)


class NaivePackageListSerializer(serializers.ModelSerializer):
    """One row of the list, at five queries: two lazy loads, two COUNTs, one many-to-many."""

    # Cause 1: the project of every row is loaded on its own, also when all rows share it.
    project_name = serializers.CharField(source="project.name")
    # Cause 2: and then that project's platform, one row at a time.
    platform_name = serializers.CharField(source="project.platform.name")
    n_deployments = serializers.SerializerMethodField()
    n_installations = serializers.SerializerMethodField()
    depends_on = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Package
        fields = LIST_FIELDS

    def get_n_deployments(self, package) -> int:
        """Cause 3: a COUNT over a many-to-many table for every row."""
        return package.deployments.count()

    def get_n_installations(self, package) -> int:
        """Cause 4: a filtered COUNT over a reverse foreign key for every row."""
        return package.installations.filter(uninstalled_at__isnull=True).count()

    def get_depends_on(self, package) -> list[str]:
        """Cause 5: a many-to-many list for every row."""
        return [required.fullname for required in sorted(package.depends_on.all(), key=attrgetter("pk"))]

    def get_allowed_actions(self, package) -> list[str]:
        """None: the role comes with the row."""
        return actions_on(package) if may_change(package, Role.PACKAGER) else []


class NaiveRequirementSerializer(serializers.ModelSerializer):
    """One package that is needed. Joined by the caller: even naive code gets something right."""

    id = serializers.IntegerField(source="requires_id")
    fullname = serializers.CharField(source="requires.fullname")

    class Meta:
        model = PackageDependency
        fields = ["id", "fullname", "min_version"]


class NaiveDeploymentSerializer(serializers.ModelSerializer):
    """A deployment, at 3 + A queries for A attributes."""

    # One: the deployment's project, loaded for every deployment.
    project = serializers.CharField(source="project.name")
    n_packages = serializers.SerializerMethodField()
    attributes = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = ["id", "name", "enabled", "project", "n_packages", "attributes"]

    def get_n_packages(self, deployment) -> int:
        """Two: a COUNT for every deployment."""
        return deployment.packages.count()

    def get_attributes(self, deployment) -> list[str]:
        """Three, plus A: the attributes of every deployment, and of every attribute its property."""
        return names_of(deployment.included_attributes)


class NaiveInstallationSerializer(serializers.ModelSerializer):
    """An installation, at three queries."""

    # One: the computer of every installation.
    computer = serializers.CharField(source="computer.name")
    # Two: that computer's project.
    project = serializers.CharField(source="computer.project.name")
    tags = serializers.SerializerMethodField()

    class Meta:
        model = Installation
        fields = ["computer", "project", "tags", "installed_at"]

    def get_tags(self, installation) -> list[str]:
        """Three: the tags of every computer."""
        return [tag.value for tag in sorted(installation.computer.tags.all(), key=attrgetter("pk"))]


class NaivePackageDetailSerializer(serializers.ModelSerializer):
    """One package. The view's own query apart, the fields ask eight that do not depend on the data's size."""

    # Three: project, its platform, its organization.
    project = PackageProjectSerializer()
    # One, unless the package is storeless: a null foreign key asks nothing.
    store_name = serializers.CharField(source="store.name", default=None)
    depends_on = serializers.SerializerMethodField()
    deployments = serializers.SerializerMethodField()
    installations = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Package
        fields = DETAIL_FIELDS

    def get_depends_on(self, package) -> list[dict]:
        """One: the requirements."""
        requirements = package.dependencies.select_related("requires").order_by("requires_id")
        return NaiveRequirementSerializer(requirements, many=True).data

    def get_deployments(self, package) -> list[dict]:
        """One, plus what each deployment costs."""
        deployments = Deployment.objects.for_user(self._user).filter(packages=package).order_by("pk")
        return NaiveDeploymentSerializer(deployments, many=True).data

    def get_installations(self, package) -> list[dict]:
        """One, plus what each installation costs."""
        live = Installation.objects.live().for_user(self._user).filter(package=package)
        latest = live.order_by("-installed_at", "-pk")[:MAX_INSTALLATIONS]
        return NaiveInstallationSerializer(latest, many=True).data

    def get_allowed_actions(self, package) -> list[str]:
        """One: the role, asked for here although it could have come with the row."""
        role = member_role(self._user, package.project.organization_id)
        is_allowed = package.project.organization.is_active and role.includes(Role.PACKAGER)
        return actions_on(package) if is_allowed else []

    @property
    def _user(self):
        """The user who asks."""
        return self.context["request"].user


def member_role(user, organization_id):
    """Return the role of `user`: a query at every call, unless a superuser asks."""
    if user.is_superuser:
        return Role.ADMIN
    return Role(Membership.objects.get(user=user, organization_id=organization_id).role)
