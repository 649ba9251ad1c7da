"""Markdown files → pages: drafts left out, the trees of their folders, their tags, and who changed them last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from callboard.plugin import Change, Context, Dataset, Problem, Provider, Severity, front_matter

from .folders import trees
from .tags import tagged

_DAY = 86_400


class Options(Protocol):
    """The options of a mount, as the manifest declares them."""

    folder: str
    tree: bool | None
    old_after: float | None


class Pages(Provider[Options]):
    """The pages of one folder."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """Lists: ``pages``, ``trees`` (of their folders), ``tagged`` (the pages of tags)."""
        found = context.sources["pages"]
        problems = [
            problem for page in found if not isinstance(page.get("draft", False), bool) for problem in _unsure(page, context)
        ]
        # Whatever else stands there, the text was meant to wait.
        drafts = sum(page.get("draft", False) is not False for page in found)
        if drafts and not context.drafts:
            found = [page for page in found if page.get("draft", False) is False]
            context.log(_left_out(drafts))
        folder = options.folder.strip("/")
        changes = context.changes(folder) if found else {}
        pages = [{**_told(page, changes.get(page["file"])), **_own(options, folder)} for page in found]
        whole = context.path != "/" if options.tree is None else options.tree
        made = trees(pages, folder, whole=whole)
        return Dataset(pages=pages, trees=made, tagged=tagged(pages), problems=problems)


def _unsure(page: Mapping[str, Any], context: Context) -> Iterator[Problem]:
    """A ``draft:`` that is neither true nor false, at its line."""
    for file in context.files(page["file"]):
        place = front_matter(file.text, file.name).marks.at(("draft",))
        what = f'wanted true or false, got "{str(page["draft"])[:40]}"; the page is left out as a draft.'
        yield Problem(
            "wrong-value", what, place, "draft", "Write draft: true, or remove the line.", Severity.WARNING, context.mount
        )


def _left_out(drafts: int) -> str:
    what = "1 draft is" if drafts == 1 else f"{drafts} drafts are"
    return f"{what} left out; callboard serve and callboard build --drafts show drafts."


def _told(page: Mapping[str, Any], change: Change | None) -> dict[str, Any]:
    """The record as its front matter says it; who changed it and when is git's to say, unless it says so itself."""
    known = {"updated": change.at, "author": change.author} if change is not None and not page.get("updated") else {}
    return {**page, **known, "summary": page.get("summary") or page.get("description") or ""}


def _own(options: Options, folder: str) -> dict[str, Any]:
    """What is not for front matter to say."""
    days = int(options.old_after // _DAY) if options.old_after else 0
    return {"root": folder, "shown": "", "tree": "", **({"old_after": days} if days else {})}
