"""Migrations of the specimens' models."""
