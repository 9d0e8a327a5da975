"""Middlewares with queries of their own."""

from django.http import HttpResponse

from reference_app.models import Platform


def asking(get_response):
    """Ask before and after the view."""

    def middleware(request):
        Platform.objects.count()
        response = get_response(request)
        Platform.objects.exists()
        return response

    return middleware


def answering(get_response):
    """Never let a request through."""

    def middleware(request):
        Platform.objects.count()
        return HttpResponse("stop", status=418)

    return middleware
