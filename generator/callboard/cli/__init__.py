"""The command line: click commands, each a thin function over the module that does its work."""

from callboard.cli.boundary import main, run

__all__ = ["main", "run"]
