"""Descriptor files: what locations name, and everything that they lead to."""
