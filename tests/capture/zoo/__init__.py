"""A test-only app with the kinds of relation that the reference application has no need of."""
