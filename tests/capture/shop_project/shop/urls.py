"""Routes of the small project."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from shop import views

router = SimpleRouter()
router.register("orders", views.OrderViewSet, "orders")
router.register("nested", views.NestedViewSet, "nested")
router.register("source", views.SourceViewSet, "source")
router.register("writing", views.WritingViewSet, "writing")
router.register("customers", views.CustomerViewSet, "customers")
router.register("keys", views.CustomerKeysViewSet, "keys")

functions = (
    "direct through_helper comprehension generated sorted_by_key properties strings saved rendered "
    "asynchronous async_iteration async_loop"
)
urlpatterns = [
    *(path(f"{name}/", getattr(views, name)) for name in functions.split()),
    path("listed/", views.Orders.as_view()),
    path("", include(router.urls)),
]
