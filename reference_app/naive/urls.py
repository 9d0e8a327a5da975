"""The naive twins' routes: the names and patterns of `/api/`, under `/naive/`."""

from rest_framework.routers import SimpleRouter

from reference_app.naive.views.computers import NaiveComputerViewSet
from reference_app.naive.views.deployments import NaiveDeploymentViewSet
from reference_app.naive.views.errors import NaiveErrorViewSet
from reference_app.naive.views.memberships import NaiveMembershipViewSet
from reference_app.naive.views.packages import NaivePackageViewSet
from reference_app.naive.views.projects import NaiveProjectViewSet
from reference_app.naive.views.stores import NaiveStoreViewSet

router = SimpleRouter()
router.register("computers", NaiveComputerViewSet, basename="computer")
router.register("deployments", NaiveDeploymentViewSet, basename="deployment")
router.register("errors", NaiveErrorViewSet, basename="error")
router.register("memberships", NaiveMembershipViewSet, basename="membership")
router.register("packages", NaivePackageViewSet, basename="package")
router.register("projects", NaiveProjectViewSet, basename="project")
router.register("stores", NaiveStoreViewSet, basename="store")
