"""What templates of the catalog have drawn in Python: pictures of relations, and definitions with their words coloured."""

from .definitions import definition_ending, definition_html
from .nearby import nearby_svg
from .picture import relations_svg

__all__ = ["definition_ending", "definition_html", "nearby_svg", "relations_svg"]
