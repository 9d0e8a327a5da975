"""Customers and their orders."""

from django.db import models
from django.db.models.signals import post_save


class Customer(models.Model):
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    note = models.CharField(max_length=50, default="")

    def __str__(self):
        return f"order of {self.customer.name}"  # in str

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)  # in save

    @property
    def customer_name(self):
        return self.customer.name  # in property


def count_orders(instance, **_):
    Order.objects.count()  # in handler


post_save.connect(count_orders, sender=Order)
