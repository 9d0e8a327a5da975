"""Where the views of the capture tests are mounted."""

from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import SimpleRouter

from reference_app.models import Package, Platform, Project, Schedule, Store
from tests.capture import views

router = SimpleRouter()
router.register("organizations", views.OrganizationViewSet, basename="organization")
router.register("packages", views.PackageViewSet, basename="package")
router.register("eager", views.EagerPackageViewSet, basename="eager")


class PackageAdmin(admin.ModelAdmin):
    """Serves one model alone."""


class SharedAdmin(admin.ModelAdmin):
    """Serves two models."""


site = admin.AdminSite(name="capture")
site.register(Package, PackageAdmin)
site.register([Project, Store], SharedAdmin)
site.register([Platform, Schedule])

FUNCTIONS = (
    "one",
    "two",
    "decorated",
    "hidden",
    "partial",
    "callable_view",
    "refuse",
    "crash",
    "fail_a_query",
    "insert_many",
    "insert_from_generator",
    "savepoints",
    "content_types",
    "streamed",
    "streamed_async",
    "file",
    "asynchronous",
    "greet",
    "nested",
    "with_a_client",
    "in_a_thread",
    "api_function",
)

functions = {name: getattr(views, name) for name in FUNCTIONS}

urlpatterns = [
    *(path(f"{name}/", view) for name, view in functions.items()),
    path("cbv/", views.Cbv.as_view()),
    path("wrapped-cbv/", views.wrapping(views.Cbv.as_view())),
    path("hidden-cbv/", views.hiding(views.Cbv.as_view())),
    path("own-head/", views.OwnHead.as_view()),
    path("async-cbv/", views.AsyncCbv.as_view()),
    path("mixed/", views.Mixed.as_view()),
    path("page/", views.Page.as_view()),
    path("list/", views.Packages.as_view()),
    path("detail/<int:pk>/", views.OnePackage.as_view()),
    path("plain/", views.Plain.as_view()),
    path("generic/", views.Generic.as_view()),
    path("api/", include(router.urls)),
    path("site/", site.urls),
]
