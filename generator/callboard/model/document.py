"""Document: what a page tells of the text that it shows, beside the text itself."""

from __future__ import annotations

from typing import NamedTuple

from callboard.model.link import Link, Target


class Banner(NamedTuple):
    """A sentence above a text."""

    kind: str
    """``info`` or ``warning``."""
    text: str


class Document(NamedTuple):
    """A text with its origin. Addresses are safe to follow; "" where there is none."""

    file: str = ""
    """Below the site's root; relative links begin at its folder."""
    root: str = ""
    """The folder below the site's root that images, attachments and snippets come from; "" for the site's own."""
    shown: str = ""
    """What problems call the file, if that is not ``file``."""
    line: int = 1
    """The line of the file at which the text begins."""
    engine: str = ""
    """Which Markdown: "" for the built-in one."""
    updated: str = ""
    """When it was last changed, ISO 8601."""
    author: str = ""
    """Who changed it then."""
    edit: str = ""
    report: str = ""
    source: str = ""
    owners: tuple[Target, ...] = ()
    entity: Target | None = None
    """What it documents."""
    tags: tuple[Link, ...] = ()
    """Without an href where no page lists what has the tag."""
    draft: bool = False
    versions: tuple[Link, ...] = ()
    """Other versions of the same documents; the one that is read is ``current``."""
    banners: tuple[Banner, ...] = ()
    old_after: int = 0
    """Days after which a text that nobody has changed may be out of date; 0 for never. Its reader's clock says."""
    toc: bool = True
    """Whether its headings are listed beside it."""
