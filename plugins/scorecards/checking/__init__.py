"""What is wrong with scorecards beyond their form, each thing at its line."""

from .checker import check

__all__ = ["check"]
