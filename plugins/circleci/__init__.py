"""Builds of CircleCI: API v2 → the records of the view ci.builds."""
