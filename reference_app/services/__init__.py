"""Business rules: they validate first, then write, inside the transaction of their caller."""
