"""Specimens whose queries follow their rows, each in a way that is easily missed."""

import csv
import io

from django.db.models import Prefetch
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.models import Installation, Membership, Package, Project, Role, Store
from reference_app.traps.base import ListSpecimen, Specimen
from reference_app.traps.labels import grows
from reference_app.traps.models import CountingPackage, Device


class NamedSerializer(serializers.Serializer):
    """A row with its project."""

    fullname = serializers.CharField()
    project = serializers.CharField(source="project.name")


class ClassQuerysetIgnored(ListSpecimen):
    """The class has a joined queryset, and `get_queryset` starts again from nothing."""

    label = grows(
        "class `queryset` optimised but ignored by `get_queryset`",
        finding="QB101",
        relation="Package.project",
    )
    serializer_class = NamedSerializer
    queryset = Package.objects.select_related("project")

    def get_queryset(self):
        """Return the bare rows."""
        return Package.objects.order_by("pk")


class PrefetchedDeployments(ListSpecimen):
    """Packages with prefetched deployments, which `read` asks for as no prefetch answers."""

    queryset = Package.objects.order_by("pk").prefetch_related("deployments")

    def get(self, request):
        """Answer what `read` says of each package."""
        return Response([self.read(package) for package in self.get_queryset()])


class PrefetchDefeatedByOrderBy(PrefetchedDeployments):
    """The rows are prefetched, sorted by the database again."""

    label = grows("prefetch defeated by `.order_by`", finding="QB102", relation="Package.deployments")

    def read(self, package):
        """Name the deployments, sorted."""
        return [deployment.name for deployment in package.deployments.order_by("name")]


class PrefetchDefeatedByFilter(PrefetchedDeployments):
    """The rows are prefetched, and chosen by the database again."""

    label = grows("prefetch defeated by `.filter`", finding="QB102", relation="Package.deployments")

    def read(self, package):
        """Name the enabled deployments."""
        return [deployment.name for deployment in package.deployments.filter(enabled=True)]


class PrefetchDefeatedByFirst(PrefetchedDeployments):
    """The rows are prefetched, and one of them asked for."""

    label = grows("prefetch defeated by `.first`", finding="QB102", relation="Package.deployments")

    def read(self, package):
        """Name one deployment."""
        return package.deployments.first().name


class PrefetchDefeatedByExists(PrefetchedDeployments):
    """The rows are prefetched, and the database is asked whether some exist.

    A bare `.exists()` is answered by the prefetch, as `.count()` is; with a condition it is not.
    """

    label = grows("prefetch defeated by `.exists`", finding="QB102", relation="Package.deployments")

    def read(self, package):
        """Tell whether there is a disabled deployment."""
        return package.deployments.filter(enabled=False).exists()


class CountingSerializer(serializers.ModelSerializer):
    """A row with a field that is a method of the model."""

    class Meta:
        model = CountingPackage
        fields = ["fullname", "n_deployments"]


class CountInModelMethod(ListSpecimen):
    """The serializer names a field, the field is a method, the method counts."""

    label = grows(
        "COUNT in a model method used as a serializer field",
        finding="QB102",
        relation="Package.deployments",
        statement="COUNT(*)",
    )
    serializer_class = CountingSerializer
    queryset = CountingPackage.objects.order_by("pk")


class PlatformSerializer(serializers.Serializer):
    """A row with the platform of its project."""

    platform = serializers.CharField(source="project.platform.name")


class NestedForeignKeyMissing(ListSpecimen):
    """The project is joined, its platform is not."""

    label = grows("nested FK missing from `select_related`", finding="QB101", relation="Project.platform")
    serializer_class = PlatformSerializer
    queryset = Package.objects.select_related("project").order_by("pk")


class ManyToManyOfJoined(ListSpecimen):
    """The computer is joined; its tags cannot be."""

    label = grows("M2M of a joined FK", finding="QB101", relation="Computer.tags")
    queryset = Installation.objects.select_related("computer").order_by("pk")

    def get(self, request):
        """Answer the tags of each computer."""
        rows = self.get_queryset()
        return Response([[tag.value for tag in row.computer.tags.all()] for row in rows])


class HelperReadsAgain(ListSpecimen):
    """A helper that takes a key, and reads the row that its caller had."""

    label = grows("helper that re-reads by pk", finding="QB102", statement="FROM reference_app_package")

    def get(self, request):
        """Answer the label of each package."""
        return Response([package_title(package.pk) for package in self.get_queryset()])


def package_title(pk):
    """Return a package's title: a query at every call."""
    package = Package.objects.get(pk=pk)
    return f"{package.name} {package.version}"


class MultiTableChild(ListSpecimen):
    """Each device is asked for the row of its other table."""

    label = grows(
        "multi-table child through its reverse one-to-one", finding="QB101", relation="Device.laptop"
    )
    queryset = Device.objects.order_by("pk")

    def get(self, request):
        """Answer the serial number of each device."""
        return Response([device.laptop.serial for device in self.get_queryset()])


class DeployedSerializer(serializers.Serializer):
    """A row with its deployments."""

    fullname = serializers.CharField()
    deployments = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)


class ExtraActionWithoutPrefetch(Specimen, ListModelMixin, GenericViewSet):
    """`list` prefetches; the action beside it shares the serializer, not the queryset."""

    label = grows("extra action without prefetch", finding="QB101", relation="Package.deployments")
    serializer_class = DeployedSerializer
    queryset = Package.objects.order_by("pk")
    route = {"get": "recent"}

    def get_queryset(self):
        """Prefetch for the list alone."""
        rows = super().get_queryset()
        return rows.prefetch_related("deployments") if self.action == "list" else rows

    @action(detail=False)
    def recent(self, request):
        """Answer the packages that are in use."""
        return Response(self.get_serializer(self.get_queryset(), many=True).data)


class ExportOutsideSerializers(ListSpecimen):
    """Lines written by hand, where nobody looks for lazy loads."""

    label = grows("export outside serializers", finding="QB101", relation="Package.project")

    def get(self, request):
        """Answer a table of packages."""
        lines = io.StringIO()
        csv.writer(lines).writerows(
            [package.fullname, package.project.name] for package in self.get_queryset()
        )
        return HttpResponse(lines.getvalue(), content_type="text/csv")


class OnlyThenAnotherField(ListSpecimen):
    """One column is fetched, another is read."""

    label = grows("`only()` then another field", finding="QB101", relation="Package.version")
    queryset = Package.objects.only("name").order_by("pk")

    def get(self, request):
        """Answer the name and version of each package."""
        return Response([f"{package.name} {package.version}" for package in self.get_queryset()])


class PrefetchWithoutForeignKey(ListSpecimen):
    """The stores are prefetched without the column by which they are sorted to their projects."""

    label = grows(
        "reverse-FK prefetch whose `only()` lacks the FK column", finding="QB101", relation="Store.project"
    )
    queryset = Project.objects.order_by("pk").prefetch_related(
        Prefetch("stores", queryset=Store.objects.only("name"))
    )

    def get(self, request):
        """Answer the stores of each project."""
        return Response([[store.name for store in project.stores.all()] for project in self.get_queryset()])


class PermissionSerializer(serializers.Serializer):
    """A row that tells whether it may be changed."""

    may_change = serializers.SerializerMethodField()

    def get_may_change(self, package) -> bool:
        """Ask for the membership that decides."""
        user = self.context["request"].user
        membership = Membership.objects.get(user=user, organization__projects=package.project_id)
        return Role(membership.role).includes(Role.PACKAGER)


class PermissionPerRow(ListSpecimen):
    """The role is the same for all rows, and asked for each."""

    label = grows("permission query per row", finding="QB102", statement="FROM reference_app_membership")
    serializer_class = PermissionSerializer


class WriteLoop(ListSpecimen):
    """Rows are changed one by one, where one statement changes them all."""

    label = grows(
        "write loop",
        method="post",
        statement="UPDATE reference_app_package",
        finding="QB104",
        relation="Package",
    )

    def post(self, request):
        """Count up the size of each package."""
        for package in self.get_queryset():
            package.size_bytes += 1
            package.save(update_fields=["size_bytes"])
        return Response({})


class RowsTimesNestedRows(ListSpecimen):
    """The first level is prefetched, the second is loaded for each row of the first."""

    label = grows("rows × nested rows", finding="QB101", relation="Deployment.included_attributes")
    queryset = Package.objects.order_by("pk").prefetch_related("deployments")

    def get(self, request):
        """Answer how many attributes each deployment of each package includes."""
        rows = self.get_queryset()
        return Response([[nested(deployment) for deployment in row.deployments.all()] for row in rows])


def nested(deployment):
    """Return the values of the included attributes."""
    return [attribute.value for attribute in deployment.included_attributes.all()]


class PackagesSerializer(serializers.Serializer):
    """A list of packages, each validated on its own."""

    ids = serializers.PrimaryKeyRelatedField(many=True, queryset=Package.objects.all())


class ValidatorQueryPerElement(ListSpecimen):
    """A field that validates many by validating each."""

    label = grows(
        "validator query per element",
        finding="QB102",
        method="post",
        statement="FROM reference_app_package",
    )

    def post(self, request):
        """Answer how many packages were named."""
        named = PackagesSerializer(data=request.data)
        named.is_valid(raise_exception=True)
        return Response({"n": len(named.validated_data["ids"])})


class GrowthForOneRole(ListSpecimen):
    """Admins are shown more, and what they are shown is asked for each row."""

    label = grows("growth only for one role", finding="QB102", relation="Project.computers", role=Role.ADMIN)
    queryset = Project.objects.order_by("pk")

    def get(self, request):
        """Answer the projects, to admins with their number of computers."""
        is_admin = request.user.memberships.filter(role=Role.ADMIN).exists()
        rows = self.get_queryset()
        return Response([project.computers.count() if is_admin else None for project in rows])


class GrowthForOneBranch(ListSpecimen):
    """Obsolete packages tell where they are still installed; the others have no need to."""

    label = grows(
        "growth only for one branch of the data",
        finding="QB102",
        relation="Package.installations",
        branch="obsolete",
    )

    def get(self, request):
        """Answer the packages, the obsolete ones with their number of live installations."""
        return Response([remains(package) for package in self.get_queryset()])


def remains(package):
    """Count where an obsolete package is still installed."""
    return package.installations.live().count() if package.is_obsolete else 0
