"""The shapes of answers that are put together by hand. Never run: the tests hold the answers to them."""

from rest_framework import serializers

from reference_app.serializers.computers import SimulatedDeploymentSerializer
from reference_app.serializers.deployments import WrittenDeploymentSerializer
from reference_app.serializers.packages import ProjectStatsSerializer


class PackageStatsSerializer(serializers.Serializer):
    """The deployments that hold a package, in numbers."""

    package = serializers.CharField()
    n_deployments = serializers.IntegerField()
    projects = ProjectStatsSerializer(many=True)


class RefusedPackageSerializer(serializers.Serializer):
    """A package that was not marked, and why; up to five names of what stands in the way."""

    id = serializers.IntegerField()
    detail = serializers.CharField()
    deployments = serializers.ListField(child=serializers.CharField(), required=False)
    packages = serializers.ListField(child=serializers.CharField(), required=False)


class BulkObsoleteSerializer(serializers.Serializer):
    """Which packages were marked obsolete, and which were not."""

    done = serializers.ListField(child=serializers.IntegerField())
    refused = RefusedPackageSerializer(many=True)


class CopiedDeploymentSerializer(WrittenDeploymentSerializer):
    """The copy, and the full names of the packages that its project does not have."""

    missing_packages = serializers.ListField(child=serializers.CharField())

    class Meta(WrittenDeploymentSerializer.Meta):
        fields = [*WrittenDeploymentSerializer.Meta.fields, "missing_packages"]


class SimulationSerializer(serializers.Serializer):
    """What a computer would install and remove, and by which deployments."""

    computer = serializers.UUIDField()
    install = serializers.ListField(child=serializers.CharField())
    remove = serializers.ListField(child=serializers.CharField())
    deployments = SimulatedDeploymentSerializer(many=True)


class CheckedErrorsSerializer(serializers.Serializer):
    """Which errors were ticked off, and which had been before."""

    checked = serializers.ListField(child=serializers.IntegerField())
    already_checked = serializers.ListField(child=serializers.IntegerField())
