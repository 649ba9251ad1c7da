"""The last runs."""

from callboard.plugin import Dataset, Provider


class Run(Provider[None]):
    """Runs."""

    def provide(self, options: None, context: object) -> Dataset:
        """Nothing."""
        return Dataset()
