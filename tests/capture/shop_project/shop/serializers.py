"""Serializers that ask."""

from rest_framework import serializers

from shop.models import Customer, Order


class CountField(serializers.Field):
    def to_representation(self, order):
        return Order.objects.filter(note=order.note).count()  # in field


class CustomerSerializer(serializers.ModelSerializer):
    n_orders = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = ["name", "n_orders"]

    def get_n_orders(self, customer):
        return customer.orders.count()  # in method field


class OrderSerializer(serializers.ModelSerializer):
    customer_name = serializers.CharField(source="customer.name")

    class Meta:
        model = Order
        fields = ["note", "customer_name"]


class NestedOrderSerializer(serializers.ModelSerializer):
    customer = CustomerSerializer()

    class Meta:
        model = Order
        fields = ["customer"]


class CustomerWithOrdersSerializer(serializers.ModelSerializer):
    orders = OrderSerializer(many=True)

    class Meta:
        model = Customer
        fields = ["orders"]


class CustomerKeysSerializer(serializers.ModelSerializer):
    class Meta:
        model = Customer
        fields = ["orders"]


class SourceSerializer(serializers.ModelSerializer):
    label = serializers.CharField(source="__str__")

    class Meta:
        model = Order
        fields = ["label"]


class WritingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["customer", "note"]
