"""Validation of entities, as released Backstage does it."""
