"""What goes over the wire, one module a resource: separate serializers for lists, details and writes."""
