"""The optimised endpoints under `/api/` and Django's admin."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from reference_app.views.packages import PackageViewSet

router = SimpleRouter()
router.register("packages", PackageViewSet, basename="package")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include((router.urls, "api"))),
]
