"""One module a command of `python -m reference_app`."""
