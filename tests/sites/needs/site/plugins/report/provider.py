from callboard.plugin import Dataset, Provider


class Report(Provider):
    """What the other plugin counted, in words."""

    def provide(self, options, context):
        words = ", ".join(f"{row['count']} {row['kind']}" for row in context.datasets["counts"].lists["counts"])
        return Dataset(texts=[{"text": f"There are **{words}**."}])
