"""What goes into and comes out of a renderer of Markdown, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from callboard.model.page import Section

Href = Callable[[str], str | None]
"""The target of a relative link or image → its href; None if it is not there."""


class Included(NamedTuple):
    """A file that a text includes."""

    text: str
    file: str
    """What people call it, in messages."""
    digest: str = ""


Include = Callable[[str], Included | None]
"""A snippet's name as the text says it → the file; None for what is not there, or not inside the document's root."""

Picture = Callable[[str, str, int], str | None]
"""Kind, text and line of a diagram → the href of its picture; None if there is none."""


class Spot(NamedTuple):
    """Something that a text says, and where."""

    what: str
    line: int
    file: str = ""
    """The included file that says it; "" for the text itself."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the texts of a site are read. Whoever writes ``site.yaml`` decides, never the text."""

    in_browsers: bool = False
    """Whether the reader's browser draws Mermaid's diagrams."""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Html:
    """A rendered text."""

    html: str
    headings: tuple[tuple[int, str, str], ...] = ()
    """(level, id, title) of each heading, in order: for a table of contents."""
    broken: tuple[Spot, ...] = ()
    """The target of each link that leads nowhere or is refused."""
    links: tuple[Spot, ...] = ()
    """The target of every link, as written."""
    unknown: tuple[Spot, ...] = ()
    """What stayed text because the dialect does not have it, as words of a sentence: ``"{{ name }}" (a macro)``."""
    sections: tuple[Section, ...] = ()
    """The text by headings, for the search; only if asked for."""
    diagrams: tuple[str, ...] = ()
    """The kinds of diagrams that the page draws in the browser: ``mermaid``."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The snippets that were read: name as the text says it → digest."""


def ordered(spots: Iterable[Spot]) -> tuple[Spot, ...]:
    """The spots once each, in the order of their lines."""
    return tuple(sorted(set(spots), key=lambda spot: (spot.file, spot.line, spot.what)))
