"""How the package endpoints describe themselves."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view

from reference_app.schema.answers import BulkObsoleteSerializer, PackageStatsSerializer
from reference_app.serializers.dates import DateRangeSerializer
from reference_app.serializers.ids import BulkIdsSerializer
from reference_app.serializers.package_writes import PackageWriteSerializer
from reference_app.serializers.packages import (
    ObsoletePackageSerializer,
    OrphanSerializer,
    PackageDetailSerializer,
    PackageHistorySerializer,
)

describe_packages = extend_schema_view(
    list=extend_schema(summary="List the packages that the user may see"),
    retrieve=extend_schema(summary="Show a package with what surrounds it"),
    create=extend_schema(
        summary="Add a package to a project, and answer with its detail",
        request=PackageWriteSerializer,
        responses={201: PackageDetailSerializer, 409: None},
    ),
    destroy=extend_schema(responses={204: None, 400: None, 409: None}),
    deployment_stats=extend_schema(parameters=[DateRangeSerializer], responses=PackageStatsSerializer),
    mark_obsolete=extend_schema(
        request=None, responses={200: ObsoletePackageSerializer, 400: None, 409: None}
    ),
    bulk_obsolete=extend_schema(
        request=BulkIdsSerializer, responses={200: BulkObsoleteSerializer, 413: None}
    ),
    orphans=extend_schema(
        summary="List the packages that could go without being missed", responses=OrphanSerializer(many=True)
    ),
    export=extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR}),
    history=extend_schema(responses=PackageHistorySerializer(many=True)),
)
