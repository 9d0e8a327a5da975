"""Tags as projects write them."""

from django import template

register = template.Library()


@register.simple_tag
def signature(book):
    """Ask in Python what a template shows."""
    return f"signed {book.author.name}"


@register.inclusion_tag("corpus/card.html")
def card(book):
    """Ask in a template of its own."""
    return {"book": book}
