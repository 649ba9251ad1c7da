"""Trends of the numbers that plugins declare, kept in a database of its own."""
