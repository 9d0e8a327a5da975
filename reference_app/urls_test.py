"""The application's URLs and, beside them, the naive twins under `/naive/`."""

from django.urls import include, path

from reference_app.naive.urls import router
from reference_app.urls import urlpatterns as application_urls

urlpatterns = [
    *application_urls,
    path("naive/", include((router.urls, "naive"))),
]
