"""The optimised endpoints, one module a resource."""
