"""Livereload over ``build``: the last good site stays, problems appear in the page, files that change start a rebuild."""

from callboard.proxy import Refused
from callboard.serve.server import Voice, serve

__all__ = ["Refused", "Voice", "serve"]
