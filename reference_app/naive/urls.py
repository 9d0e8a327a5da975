"""The naive twins' routes: the names and patterns of `/api/`, under `/naive/`."""

from rest_framework.routers import SimpleRouter

from reference_app.naive.views.packages import NaivePackageViewSet

router = SimpleRouter()
router.register("packages", NaivePackageViewSet, basename="package")
