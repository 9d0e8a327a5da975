"""One path: the case that runs answers it."""

from django.contrib import admin
from django.urls import path

from tests.corpus import ways

urlpatterns = [path("case/", ways.answer), path("admin/", admin.site.urls)]
