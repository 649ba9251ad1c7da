"""Stage two: run sources and providers, isolated and in parallel, and join their entities to one Graph."""
