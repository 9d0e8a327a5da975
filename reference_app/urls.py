"""The optimised endpoints under `/api/`, with their description, and Django's admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from reference_app.views.computers import ComputerViewSet
from reference_app.views.deployments import DeploymentViewSet
from reference_app.views.errors import ErrorViewSet
from reference_app.views.memberships import MembershipViewSet
from reference_app.views.packages import PackageViewSet
from reference_app.views.projects import ProjectViewSet
from reference_app.views.stores import StoreViewSet

router = SimpleRouter()
router.register("computers", ComputerViewSet, basename="computer")
router.register("deployments", DeploymentViewSet, basename="deployment")
router.register("errors", ErrorViewSet, basename="error")
router.register("memberships", MembershipViewSet, basename="membership")
router.register("packages", PackageViewSet, basename="package")
router.register("projects", ProjectViewSet, basename="project")
router.register("stores", StoreViewSet, basename="store")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    path("admin/", admin.site.urls),
    path("api/auth/", include("rest_framework.urls")),
    path("api/docs/", SpectacularSwaggerView.as_view(), name="docs"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/", include((router.urls, "api"))),
]
