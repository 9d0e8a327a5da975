"""What views call."""

from shop.models import Order


def helper():
    return list(Order.objects.all())  # in helper


def caller_of_helper():
    return helper()


def names(orders):
    return [order.customer.name for order in orders]  # in comprehension


def generator(orders):
    for order in orders:
        yield order.customer.name  # in generator


def by_key(order):
    return order.customer.pk and order.customer.name  # in key


def first(orders):
    return min(orders, key=by_key)
