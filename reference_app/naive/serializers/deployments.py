"""Serializers of deployments that are only as good as the queryset behind them, which is bare.

Tenancy is kept: these are slow, not unsafe. Each field that costs queries says which, and how many.
"""

from operator import attrgetter

from rest_framework import serializers

from reference_app.models import Computer, Deployment, Package, Role, Schedule
from reference_app.naive.access import role_and_state
from reference_app.naive.serializers.attributes import names_of
from reference_app.permissions import may_change
from reference_app.serializers.computers import allowed_actions as actions_with
from reference_app.serializers.deployments import (
    COMPUTER_FIELDS,
    DETAIL_FIELDS,
    LIST_FIELDS,
    DeploymentProjectSerializer,
    allowed_actions,
    declared_extra,
)


def values_of(attributes):
    """Return the values of attributes in the order of their ids: one query."""
    return [attribute.value for attribute in sorted(attributes.all(), key=attrgetter("pk"))]


def may_release(deployment, user):
    """Tell whether `user` may change the deployment: one query at every call."""
    role, is_active = role_and_state(user, deployment.project_id)
    return is_active and role.includes(Role.RELEASER)


class NaiveDeploymentListSerializer(serializers.ModelSerializer):
    """One row of the list, at six queries."""

    # Cause 1: the project of every row is loaded on its own, also when all rows share it.
    project_name = serializers.CharField(source="project.name")
    # Cause 2: and then that project's platform, one row at a time.
    platform_name = serializers.CharField(source="project.platform.name")
    n_packages = serializers.SerializerMethodField()
    included_attributes = serializers.SerializerMethodField()
    excluded_attributes = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = LIST_FIELDS

    def get_n_packages(self, deployment) -> int:
        """Cause 3: a COUNT over a many-to-many table for every row."""
        return deployment.packages.count()

    def get_included_attributes(self, deployment) -> list[str]:
        """Cause 4: a many-to-many list for every row."""
        return values_of(deployment.included_attributes)

    def get_excluded_attributes(self, deployment) -> list[str]:
        """Cause 5: and another one."""
        return values_of(deployment.excluded_attributes)

    def get_allowed_actions(self, deployment) -> list[str]:
        """Cause 6: the user's role is asked for again for every row."""
        may_write = may_release(deployment, self.context["request"].user)
        return allowed_actions(deployment, may_write=may_write)


class NaiveScheduleSerializer(serializers.ModelSerializer):
    """A schedule, at 1 + S(1 + A) queries for S delays of A attributes each."""

    delays = serializers.SerializerMethodField()

    class Meta:
        model = Schedule
        fields = ["id", "name", "delays"]

    def get_delays(self, schedule) -> list[dict]:
        """One for the delays; for each of them its attributes, and for each of those its property."""
        return [
            {"delay": delay.delay, "duration": delay.duration, "attributes": names_of(delay.attributes)}
            for delay in schedule.delays.order_by("delay")
        ]


class NaiveDeployedPackageSerializer(serializers.ModelSerializer):
    """A package that is deployed, at one query."""

    n_installations = serializers.SerializerMethodField()

    class Meta:
        model = Package
        fields = ["id", "fullname", "is_obsolete", "n_installations"]

    def get_n_installations(self, package) -> int:
        """One: a filtered COUNT for every package."""
        return package.installations.live().count()


class NaiveDeploymentDetailSerializer(serializers.ModelSerializer):
    """One deployment. Beside the view's query the fields ask seven, and what their rows cost."""

    # Two: project and schedule; of no schedule neither it nor its delays.
    project = DeploymentProjectSerializer()
    schedule = NaiveScheduleSerializer()
    packages = serializers.SerializerMethodField()
    included_attributes = serializers.SerializerMethodField()
    excluded_attributes = serializers.SerializerMethodField()
    declared_extra = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = DETAIL_FIELDS

    def get_packages(self, deployment) -> list[dict]:
        """One, plus K: the packages, and a COUNT for each."""
        packages = deployment.packages.for_user(self._user).order_by("pk")
        return NaiveDeployedPackageSerializer(packages, many=True).data

    def get_included_attributes(self, deployment) -> list[str]:
        """One, plus A: the attributes, and of every attribute its property."""
        return names_of(deployment.included_attributes)

    def get_excluded_attributes(self, deployment) -> list[str]:
        """One, plus A: the attributes, and of every attribute its property."""
        return names_of(deployment.excluded_attributes)

    def get_declared_extra(self, deployment) -> dict[str, str]:
        """None: the project is loaded by now."""
        return declared_extra(deployment)

    def get_allowed_actions(self, deployment) -> list[str]:
        """One: the role, asked for here although the permission could have known it."""
        return allowed_actions(deployment, may_write=may_release(deployment, self._user))

    @property
    def _user(self):
        """The user who asks."""
        return self.context["request"].user


class NaiveDeploymentComputerSerializer(serializers.ModelSerializer):
    """A computer that is reached, at three queries."""

    # One: the project of every computer, although it is the deployment's.
    project_name = serializers.CharField(source="project.name")
    n_installed = serializers.SerializerMethodField()
    has_errors = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Computer
        fields = COMPUTER_FIELDS

    def get_n_installed(self, computer) -> int:
        """Two: a COUNT for every computer."""
        held = self.context["deployment"].packages.all()
        return computer.installations.live().filter(package__in=held).count()

    def get_has_errors(self, computer) -> bool:
        """Three: an exists() for every computer."""
        return computer.errors.filter(checked=False).exists()

    def get_allowed_actions(self, computer) -> list[str]:
        """None: the role comes with the row."""
        return actions_with(computer, may_write=may_change(computer, Role.PACKAGER))
