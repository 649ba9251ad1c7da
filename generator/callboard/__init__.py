"""Callboard: a declarative static site generator for developer portals."""

__version__ = "0.1.0"
