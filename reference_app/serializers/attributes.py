"""Attributes by their names, as several resources show them."""

from rest_framework import serializers


class AttributeNamesField(serializers.ListField):
    """The names of attributes, in the order they were read in: no query for those that are `named()`."""

    child = serializers.CharField()

    def __init__(self, **kwargs):
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, attributes):
        """Name each attribute."""
        return [attribute.full_name() for attribute in attributes]
