"""Words that several rules refuse with."""


def not_found(ids, found):
    """Return a message for each of `ids` that is not in `found`: foreign ones and missing ones alike."""
    return [f"Unknown id: {pk}" for pk in ids if pk not in found]
