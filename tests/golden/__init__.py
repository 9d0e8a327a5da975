"""Whole texts, compared to the letter."""
