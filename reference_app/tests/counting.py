"""Counting where a test needs the number itself, not only that it stays within a budget."""

from querybudget import query_budget


def captured_sql(call):
    """Run `call` and return the statements it sent that count, those of one cause together."""
    with query_budget() as seen:
        call()
    return [event.statement for group in seen.groups for event in group.events]


def count_queries(call):
    """Run `call` and return how many queries it sent, transaction control left out."""
    with query_budget() as seen:
        call()
    return seen.queries
