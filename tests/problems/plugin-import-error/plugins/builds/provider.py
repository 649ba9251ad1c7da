"""The last runs."""

from no_such_package import Client

from callboard.plugin import Provider


class Builds(Provider[Client]):
    """The last runs."""
