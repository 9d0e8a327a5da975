"""A middleware with queries of its own."""

from shop.models import Customer


def counting(get_response):
    def middleware(request):
        Customer.objects.exists()  # in middleware before
        response = get_response(request)
        Customer.objects.count()  # in middleware after
        return response

    return middleware
