"""Checks."""


class Checks:
    """No provider."""
