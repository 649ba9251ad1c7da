"""An announcement, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callboard.plugin import Place

KINDS = ("info", "warning", "maintenance")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement. Moments are in UTC."""

    id: str
    """What tells it apart, and never changes."""
    path: str
    """Its page's path below the mount, without slashes at its ends."""
    title: str
    text: str
    kind: str = "info"
    category: str = ""
    """A word of its authors, beside the kind."""
    published: datetime | None = None
    date: str = ""
    """The same as readers see it: a day, or a moment."""
    starts: datetime | None = None
    until: datetime | None = None
    expires: str = ""
    """The same as readers see it."""
    pinned: bool = False
    banner: bool | None = None
    """Whether it is shown on every page; None if its authors do not say."""
    author: str = ""
    tags: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    """Canonical references."""
    summary: str = ""
    file: str = ""
    line: int = 1
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where its file names each entity; of others, nobody can mend a reference."""
    off: bool = False
    """A draft, or switched off: nobody sees it."""
