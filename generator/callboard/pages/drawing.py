"""The page that is being drawn: what the functions of templates need to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from callboard.model.page import PageData, Section
from callboard.pages.resolve import Noted


@dataclass(slots=True)
class Drawing:
    """One page at a time. Not for threads."""

    here: str = "/"
    """Its path."""
    owner: str = ""
    """The id of the mount whose template draws."""
    file: str = ""
    """The content file that it comes from, if there is one."""
    page: PageData | None = None
    noted: Noted = field(default_factory=Noted)
    """What its texts point to."""
    searched: str = ""
    """The id of the mount whose texts on this page the search finds; "" for none."""
    sections: tuple[Section, ...] | None = None
    """What the search finds in its texts."""
    hrefs: dict[str, str] = field(default_factory=dict)
    """Each link of its texts as written → as resolved."""
    shared: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What its cards are given in common, by plugin."""

    @property
    def sought(self) -> bool:
        """Whether the search finds what is drawn now: the page's own text, not that of a card."""
        return bool(self.searched) and self.searched == self.owner

    def at(self, here: str) -> None:
        """A part that belongs to no one page is drawn as it stands at the path ``here``."""
        self.open(here, "", "", None)

    def open(self, here: str, owner: str, file: str, page: PageData | None) -> None:
        """Another page begins."""
        self.here, self.owner, self.file, self.page = here, owner, file, page
        self.noted, self.searched, self.sections = Noted(), "", None
        self.shared, self.hrefs = {}, {}
