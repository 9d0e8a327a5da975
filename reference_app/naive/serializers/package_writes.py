"""The naive twin of the package that comes in: the same rules, asked for one id at a time."""

from django.utils import timezone
from rest_framework.exceptions import ValidationError

from reference_app.exceptions import Conflict
from reference_app.models import Package, PackageDependency, PackageHistory, Project, Role
from reference_app.models.history import History
from reference_app.naive.access import refuse_unless
from reference_app.serializers.package_writes import PackageWriteSerializer, columns
from reference_app.services.dependencies import MAX_LEVELS, TOO_DEEP, Step, cycle_message
from reference_app.services.package_creation import NAME_TAKEN, refusals, refuse_beyond_quota
from reference_app.services.refusals import not_found


class NaivePackageWriteSerializer(PackageWriteSerializer):
    """A new package, validated without locks and written row by row."""

    def validate(self, attrs):
        """Apply the rules, a query an id."""
        user = self.context["request"].user
        project = Project.objects.for_user(user).filter(pk=attrs["project"]).first()
        if project is None:
            raise ValidationError({"project": not_found([attrs["project"]], ())})
        refuse_unless(Role.PACKAGER, user, project.pk)
        required = required_packages(project, attrs["depends_on"])
        has_store = bool(attrs.get("store")) and project.stores.filter(pk=attrs["store"]).exists()
        if errors := refusals(attrs, required, has_store=has_store):
            raise ValidationError(errors)
        refuse_cycle(attrs["name"], attrs["fullname"], required)
        refuse_conflicts(project, attrs["fullname"])
        return attrs | {"required": required}

    def create(self, validated_data):
        """Write the package, and each of its dependencies on its own."""
        now = timezone.now()
        package = Package.objects.create(created_at=now, **columns(validated_data))
        for each in validated_data["required"]:
            # Cause: a write in a loop.
            PackageDependency.objects.create(package=package, requires=each, min_version=each.version)
        PackageHistory.objects.create(
            package=package,
            action=History.Action.CREATED,
            user=self.context["request"].user,
            at=now,
            details={"fullname": package.fullname},
        )
        return package


def required_packages(project, ids):
    """Return the packages that are needed, in the order of their ids."""
    # Cause: a query for every id.
    rows = [project.packages.filter(pk=pk).first() for pk in ids]
    return [row for row in rows if row]


def refuse_cycle(name, fullname, required):
    """Refuse a way from `required` back to the new package, looking for it package by package."""
    queue = []
    seen = set()

    def meet(package, before, depth):
        if depth > MAX_LEVELS:
            raise ValidationError({"depends_on": [TOO_DEEP]})
        step = Step(
            pk=package.pk, name=package.name, fullname=package.fullname, needs_more=True, before=before
        )
        if package.name == name:
            raise ValidationError({"depends_on": [cycle_message([fullname, *step.way()])]})
        seen.add(package.pk)
        queue.append((step, depth))

    for package in required:
        meet(package, None, 1)
    for step, depth in queue:
        # Cause: a query for every package on the way, where one answers for a level.
        for package in Package.objects.filter(required_by=step.pk).order_by("pk"):
            if package.pk not in seen:
                meet(package, step, depth + 1)


def refuse_conflicts(project, fullname):
    """Refuse a full name that is taken and a quota that is used up: three queries."""
    if project.packages.filter(fullname=fullname).exists():
        raise Conflict(NAME_TAKEN)
    n_packages = Package.objects.filter(project__organization=project.organization).count()
    refuse_beyond_quota(n_packages, project.organization.package_quota)
