"""Fixtures for the project's own tests and for those of the reference application."""

pytest_plugins = ["pytester"]
