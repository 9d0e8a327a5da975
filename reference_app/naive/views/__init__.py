"""The naive viewsets, one module a resource."""
