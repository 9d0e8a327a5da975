"""The API as it describes itself: what drf-spectacular cannot read off views and serializers.

A module a resource, as in `views`. Nothing here runs when a request is answered.
"""
