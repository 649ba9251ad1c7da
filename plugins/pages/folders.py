"""Folders of pages → trees, in the order that their front matter says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_UNSAID = 100
"""The order of a page that says none, as in the site's navigation."""
_MANY = 30
"""Pages of one folder that the site's navigation lists itself."""
_WHOLE = "pages"
"""The id of the tree of a whole mount."""


@dataclass(slots=True)
class _Folder:
    """A folder, its index page if it has one, and what lies in it by name; a page is a folder without anything in it."""

    path: str
    page: dict[str, Any] | None = None
    inside: dict[str, _Folder] = field(default_factory=dict)

    @property
    def nav(self) -> Any:
        """What its page says of navigation."""
        return self.page.get("nav") if self.page else None

    @property
    def title(self) -> str:
        """Its short title, its page's, or its name in words."""
        said = self.nav.get("title") if isinstance(self.nav, Mapping) else ""
        name = self.path.rstrip("/").rpartition("/")[2].replace("-", " ").replace("_", " ")
        return str(said or (self.page["title"] if self.page else name[:1].upper() + name[1:]))

    @property
    def order(self) -> int:
        """What its page says; a folder without a page stands where its first page wants to."""
        said = self.nav.get("order") if isinstance(self.nav, Mapping) else None
        if isinstance(said, int):
            return said
        return _UNSAID if self.page or not self.inside else min(one.order for one in self.inside.values())

    def ordered(self) -> list[_Folder]:
        """What lies in it, in order; what wants to stand in no navigation is left out."""
        shown = [one for one in self.inside.values() if one.nav is not False]
        return sorted(shown, key=lambda one: (one.order, one.path))

    def items(self) -> list[dict[str, Any]]:
        """What lies in it as items of a tree."""
        return [one.item() for one in self.ordered()]

    def item(self) -> dict[str, Any]:
        """It as an item of a tree."""
        path = {"path": self.path} if self.page else {}
        return {"title": self.title, **path, **({"items": self.items()} if self.inside else {})}

    def pages(self) -> list[dict[str, Any]]:
        """All pages in it, its own first."""
        own = [self.page] if self.page else []
        return own + [page for one in self.ordered() for page in one.pages()]

    def all(self) -> list[dict[str, Any]]:
        """The same, with those that stand in no navigation."""
        return ([self.page] if self.page else []) + [page for one in self.inside.values() for page in one.all()]


def trees(pages: list[dict[str, Any]], folder: str, *, whole: bool) -> list[dict[str, Any]]:
    """The trees of ``pages``, which learn to which they belong.

    ``whole``: one of them all. Else folders at the top that have folders in them, or many pages, have one each: others are listed in the
    site's own navigation.
    """
    top = _top(pages)
    if whole:
        return [_tree(_WHOLE, top, folder)] if len(pages) > 1 else []
    return [_tree(one.path, one, one.path) for one in top.ordered() if _is_large(one)]


def _top(pages: list[dict[str, Any]]) -> _Folder:
    top = _Folder("")
    for page in pages:
        at, path = top, ""
        for part in page["path"].strip("/").split("/") if page["path"] else ():
            path += f"{part}/"
            at = at.inside.setdefault(part, _Folder(path))
        at.page = page
    return top


def _is_large(folder: _Folder) -> bool:
    return len(folder.inside) > _MANY or any(one.inside for one in folder.inside.values())


def _tree(name: str, folder: _Folder, called: str) -> dict[str, Any]:
    for page in folder.all():
        page["tree"] = name
    shown = folder.pages()
    title = folder.page["title"] if folder.page else folder.title or called.strip("/").rpartition("/")[2].capitalize()
    if shown and shown[0].get("nav") is not False:
        # Its first page stands for it in the site's navigation.
        said = shown[0].get("nav")
        shown[0]["nav"] = {"icon": "docs", **(said if isinstance(said, Mapping) else {}), "title": title}
    own = [{"title": "Overview", "path": folder.path}] if folder.page else []
    return {"id": name, "title": title, "href": shown[0]["path"] if shown else "", "items": own + folder.items()}
