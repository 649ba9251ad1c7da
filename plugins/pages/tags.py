"""Tags: a page for each, with what has it, and one that lists them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callboard.plugin import segment

_FOLDER = "tags/"


def tagged(pages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pages of tags: their path below the mount, title, summary and rows. None without tags; none where a file has the path."""
    found: dict[str, tuple[str, list[Mapping[str, Any]]]] = {}
    for page in pages:
        for tag in _tags(page):
            found.setdefault(f"{_FOLDER}{segment(tag)}/", (tag, []))[1].append(page)
    if not found:
        return []
    taken = {page["path"] for page in pages}
    ordered = sorted(found.items(), key=lambda one: (one[1][0].casefold(), one[0]))
    index = [{"title": tag, "path": path, "count": len(having)} for path, (tag, having) in ordered]
    made = [{"path": _FOLDER, "title": "Tags", "summary": "", "tags": index, "pages": []}]
    made += [{"path": path, "title": tag, "summary": "", "tags": [], "pages": _rows(having)} for path, (tag, having) in ordered]
    return [one for one in made if one["path"] not in taken]


def _tags(page: Mapping[str, Any]) -> list[str]:
    said = page.get("tags")
    found = said if isinstance(said, list) else [said]
    words = [str(one).strip() for one in found if isinstance(one, (str, int)) and not isinstance(one, bool)]
    return [tag for tag in dict.fromkeys(words) if segment(tag)]


def _rows(pages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = [{key: page.get(key) or "" for key in ("title", "path", "summary", "updated")} for page in pages]
    return sorted(rows, key=lambda row: (str(row["title"]).casefold(), row["path"]))
