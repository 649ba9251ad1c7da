from callboard.plugin import Dataset, Provider


class Broken(Provider):
    """Fails as code does."""

    def provide(self, options, context):
        return Dataset(rows=[{"name": row["nmae"]} for row in [{"name": "x"}]])
