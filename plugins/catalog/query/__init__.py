"""Backstage's query language over plain entities: filters, predicates, ordering, cursors, facets, field selection."""
