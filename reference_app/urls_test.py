"""The application's URLs, the naive twins under `/naive/` and the specimens under `/traps/`."""

from django.urls import include, path

from reference_app.naive.urls import router
from reference_app.traps.urls import urlpatterns as traps
from reference_app.urls import urlpatterns as application_urls

urlpatterns = [
    *application_urls,
    path("naive/", include((router.urls, "naive"))),
    path("traps/", include((traps, "traps"))),
]
