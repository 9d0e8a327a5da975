"""The naive serializers, one module a resource."""
