from callboard.plugin import Dataset, Provider


class Counts(Provider):
    """Entities by kind."""

    def provide(self, options, context):
        kinds = sorted({entity.ref.kind for entity in context.entities})
        return Dataset(counts=[{"kind": kind, "count": sum(e.ref.kind == kind for e in context.entities)} for kind in kinds])
