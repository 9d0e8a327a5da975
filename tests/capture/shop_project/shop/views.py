"""Views, each asking in its own way."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.generic import ListView
from rest_framework import viewsets

from shop import helpers, serializers
from shop.models import Customer, Order


def direct(request):
    return HttpResponse(Order.objects.count())  # in view


def through_helper(request):
    helpers.caller_of_helper()
    return HttpResponse("ok")


def comprehension(request):
    return HttpResponse(helpers.names(Order.objects.all()))


def generated(request):
    return HttpResponse(list(helpers.generator(Order.objects.all())))


def sorted_by_key(request):
    return HttpResponse(helpers.first(Order.objects.all()))


def properties(request):
    return HttpResponse([order.customer_name for order in Order.objects.all()])


def strings(request):
    return HttpResponse([str(order) for order in Order.objects.all()])


def saved(request):
    Order.objects.first().save()
    return HttpResponse("ok")


def rendered(request):
    return render(request, "orders.html", {"orders": Order.objects.all()})  # in render


async def asynchronous(request):
    order = await Order.objects.aget(note="first")  # in aget
    return HttpResponse(order.note)


async def async_iteration(request):
    notes = [order.note async for order in Order.objects.all()]  # in async for
    return HttpResponse(notes)


async def async_loop(request):
    for note in ("first", "second", "third"):
        await Order.objects.aget(note=note)  # in async loop
    return HttpResponse("ok")


class Orders(ListView):
    queryset = Order.objects.order_by("pk")
    template_name = "orders.html"
    context_object_name = "orders"


class OrderViewSet(viewsets.ModelViewSet):
    serializer_class = serializers.OrderSerializer

    def get_queryset(self):
        return Order.objects.order_by("pk")


class NestedViewSet(OrderViewSet):
    serializer_class = serializers.NestedOrderSerializer


class SourceViewSet(OrderViewSet):
    serializer_class = serializers.SourceSerializer


class WritingViewSet(OrderViewSet):
    serializer_class = serializers.WritingSerializer


class CustomerViewSet(viewsets.ModelViewSet):
    queryset = Customer.objects.order_by("pk")
    serializer_class = serializers.CustomerWithOrdersSerializer


class CustomerKeysViewSet(CustomerViewSet):
    serializer_class = serializers.CustomerKeysSerializer
