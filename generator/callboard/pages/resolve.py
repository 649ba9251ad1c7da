"""Links inside Markdown: relative files, paths of the site and published files → hrefs, remembering what each page pointed to."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from callboard import paths
from callboard.model.problem import Place, Problem, Severity
from callboard.pages.assets import Asset, content_file
from callboard.pages.links import Links, safe_url
from callboard.pages.near import Near

Amiss = tuple[str, str, str, int] | tuple[str, str, str, int, str]
"""code, what, mend and line of what could not be linked or read; and its file, if it is not the page's own."""

Anchor = tuple[str, str, str, int, str]
"""A link to a part of another page: that page's path, the id, the link as written, its line and its file ("" for the page's own)."""
_INSIDE = "//"
"""Stands in a noted file between a folder that it must not leave and its name there."""
_TEXT_LIMIT = 1_000_000
"""Bytes of a file that a text includes."""
_FOLDER_PAGES = ("index.md", "README.md", "readme.md")
_DRAFT = re.compile(r"\A---\s*\n(?:(?!---).*\n)*?draft:\s*(?:true|yes|on)\s*(?:#.*)?\n", re.IGNORECASE)


@dataclass(slots=True)
class Noted:
    """What one page pointed to: kept with it, so that an unchanged page is made again when a target comes or goes."""

    paths: dict[str, bool] = field(default_factory=dict)
    """A path of the site → whether it was there."""
    files: dict[str, str] = field(default_factory=dict)
    """A file of the site → its digest when it was published, "" if it was not."""
    problems: list[Amiss] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """A file that the page's text includes → its digest, "" if it was not there."""
    fault: tuple[str, str, int] | None = None
    """What the page's template could not do, its file and its line."""
    anchors: list[Anchor] = field(default_factory=list)
    away: list[str] = field(default_factory=list)
    """The addresses elsewhere that it links to, while they are gathered: never kept."""
    diagrams: dict[str, str] = field(default_factory=dict)
    """A diagram that is drawn where the site is built → the file of its picture, "" if there is none."""
    wanted: list[tuple[str, str]] = field(default_factory=list)
    """Kind and text of each diagram that nobody has drawn yet."""
    uses: list[str] = field(default_factory=list)
    """What of the theme its browser loads when it needs it: ``mermaid``."""

    def encode(self) -> str:
        """As text; "" if there is nothing to note."""
        said = [self.paths, self.files, self.problems, self.texts, self.fault, self.anchors, self.away]
        said += [self.diagrams, self.wanted, self.uses]
        if not any(said):
            return ""
        return json.dumps(said, separators=(",", ":"), sort_keys=True)

    @classmethod
    def decode(cls, text: str) -> Noted:
        """What ``encode`` wrote."""
        if not text:
            return cls()
        paths, files, problems, texts, fault, anchors, away, diagrams, wanted, uses = json.loads(text)
        amiss = [tuple(problem) for problem in problems]
        asked = [tuple(one) for one in anchors]
        drawn = (diagrams, [tuple(one) for one in wanted], uses)
        return cls(paths, files, amiss, texts, tuple(fault) if fault else None, asked, away, *drawn)

    def all_problems(self, path: str, at: Callable[[str, int, str], Place], plugin: str) -> list[Problem]:
        """The problems of the page at ``path``; ``at`` finds the place of a text that says what is amiss, by its line and file."""
        found = [] if self.fault is None else [_template_problem(self.fault, path, plugin)]
        return found + [
            Problem(code, what, at(what, line, *(file or [""])), mend=mend, severity=Severity.WARNING, plugin=plugin)
            for code, what, mend, line, *file in self.problems
        ]


def _template_problem(fault: tuple[str, str, int], path: str, plugin: str) -> Problem:
    what, file, line = fault
    mend = "Mend the template; the page says that it could not be made."
    return Problem("template-error", f"{what}.", Place(file, line, 1), path, mend, Severity.WARNING, plugin)


class Resolver:
    """Resolves the links of one site's texts. ``published`` gives the paths of files that are no pages, ``moved`` where an old path
    leads to.
    """

    def __init__(
        self,
        root: Path,
        links: Links,
        paths: Collection[str],
        documents: Mapping[str, str],
        absent: Sequence[str] = (),
        *,
        published: Callable[[], Collection[str]] = frozenset,
        moved: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._root, self._links, self._paths, self._documents = root, links, paths, documents
        self._absent, self._published, self._moved = tuple(absent), published, moved
        self._files: dict[str, Asset | Problem] = {}
        self._texts: dict[str, tuple[str, str]] = {}
        self._pages_near, self._files_near = Near(paths), Near(documents)

    def holds(self, noted: Noted) -> bool:
        """Whether everything that a page pointed to is as it was."""
        return (
            all(self.there(path) == there for path, there in noted.paths.items())
            and all(self._digest(file) == digest for file, digest in noted.files.items())
            and all(self._text(file)[1] == digest for file, digest in noted.texts.items())
        )

    def there(self, path: str) -> bool:
        """Whether a page, a published file or an old address lies at a path of the site; of a path below the root, whether it is a
        document.
        """
        return path in self._paths or path in self._moved or path in self._documents or path in self._others

    @cached_property
    def _others(self) -> Collection[str]:
        return self._published()

    def unknown(self, path: str) -> bool:
        """Whether what lies at a path is not known this time: the data of its mount is not all there."""
        return path.startswith(self._absent) if self._absent else False

    def asset(self, file: str) -> Asset | None:
        """The published form of a noted file."""
        found = self._file(file)
        return found if isinstance(found, Asset) else None

    def included(self, name: str, *, root: str, noted: Noted) -> tuple[str, str, str] | None:
        """The text of a file below a document's root, its name and its digest; None if there is none that may be read.

        Files whose names begin with a dot are not: what they say is meant for programs.
        """
        path = posixpath.normpath(posixpath.join("/", name)).lstrip("/")
        if not root or not path or ".." in name.split("/") or any(part.startswith(".") for part in path.split("/")):
            return None
        key = f"{root}{_INSIDE}{path}"
        text, digest = self._text(key)
        noted.texts[key] = digest
        return (text, f"{root}/{path}", digest) if digest else None

    def href(self, target: str, *, here: str, file: str, noted: Noted, line: int = 0, root: str = "") -> str | None:
        """The href of a link's target; None for what is not there (noted as a problem).

        Files that are no pages are published from inside of ``root``, a folder below the site's; "" is the site itself.
        """
        try:
            parts = urlsplit(target)
        except ValueError:  # "//[": no address at all
            return None
        if parts.scheme or target.startswith("//"):
            return safe_url(target) or None
        if not parts.path:
            return target
        path = unquote(parts.path)
        written = Written(target, here, file, noted, line, parts.fragment)
        if path.startswith("/"):
            return self._page(path, written)
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(file) if file else "", path))
        if file and (document := self._document(wanted)):
            return self._to(document, written)
        ending = posixpath.splitext(wanted)[1].lower()
        if file and ending == ".md":
            self._no_document(wanted, written)
            return None
        if file and not wanted.startswith("..") and ending not in ("", ".html"):
            return self._attached(wanted, root, written)
        # From the document's own page, also where another one shows its text.
        own = self._documents.get(file, here)
        return self._page(posixpath.normpath(posixpath.join(own, path)), written, wanted if file else "")

    def _document(self, wanted: str) -> str:
        """The page of a file, or of the file that stands for a folder."""
        found = self._documents.get(wanted)
        return found or next(
            (self._documents[name] for name in (f"{wanted}/{page}" for page in _FOLDER_PAGES) if name in self._documents), ""
        )

    def _to(self, path: str, written: Written) -> str:
        noted = written.noted
        noted.paths[path] = True
        if written.fragment and path != written.here and path in self._paths:
            noted.anchors.append((path, unquote(written.fragment), written.target, written.line, ""))
        return self._links.href(f"{path}#{written.fragment}" if written.fragment else path, written.here)

    def _page(self, path: str, written: Written, wanted: str = "") -> str | None:
        clean = path.removesuffix("index.html")
        found = clean if clean.endswith("/") or self.there(clean) else f"{clean}/"
        if self.there(found):
            if found in self._moved:
                written.noted.paths[found] = True
                return self._moved_to(self._moved[found], written)
            return self._to(found, written)
        written.noted.paths[found] = False
        if not self.unknown(found):  # what lies there is not known this time: the page is text until it is
            self._broken(written, *self._why(found, wanted, written))
        return None

    def _moved_to(self, target: str, written: Written) -> str:
        if ":" in target:
            return target
        path, _, fragment = target.partition("#")
        return self._to(path, written._replace(fragment=written.fragment or fragment))

    def _why(self, path: str, wanted: str, written: Written) -> tuple[str, str]:
        """Why nothing is at ``path``, and what may have been meant; ``wanted`` is the file that a relative link names."""
        file = f"{wanted}.md" if f"{wanted}.md" in self._documents else ""
        if file:
            return "leads nowhere", f'Did you mean "{written.relative(file)}"?'
        if wanted and not wanted.startswith("..") and (self._root / wanted).is_dir():
            return "leads to a folder that has no page", 'Link to a file in it, or give it an "index.md".'
        close = self._pages_near.to(path)
        if close and close.casefold() == path.casefold():
            return "is written in another case than its page", f'Did you mean "{close}"?'
        return "leads nowhere", f'Did you mean "{close}"?' if close else "Mend the path, or remove the link."

    def _no_document(self, wanted: str, written: Written) -> None:
        written.noted.paths[wanted] = False
        if any(self.unknown(f"/{part}") for part in (wanted, written.here.lstrip("/"))):
            return
        close = self._files_near.to(wanted)
        mend = f'Did you mean "{written.relative(close)}"?' if close else "Mend the path, or remove the link."
        if not wanted.startswith("..") and (found := self._unmade(wanted)):
            self._broken(written, *found)
        elif close and close.casefold() == wanted.casefold():
            self._broken(written, "is written in another case than its file", mend)
        else:
            self._broken(written, "leads nowhere", mend)

    def _unmade(self, file: str) -> tuple[str, str] | None:
        """Why a file that is there has no page."""
        try:
            text = paths.read(self._root, self._root / file, limit=20_000_000)[:4_000].decode("utf-8", "replace")
        except (paths.Refused, OSError):
            return None
        if _DRAFT.match(text.replace("\r\n", "\n")):
            return "leads to a draft, which is not published", "Publish it (remove its draft: true), or remove the link."
        return "leads to a file that has no page", "Move it into a folder that is published, or remove the link."

    def _broken(self, written: Written, what: str, mend: str) -> None:
        written.noted.problems.append(("broken-link", f'the link "{written.target}" {what}.', mend, written.line))

    def _attached(self, file: str, root: str, written: Written) -> str | None:
        noted = written.noted
        if root and not file.startswith(f"{root}/"):
            what = f'"{written.target}" is not published: it lies outside of "{root}", the folder of these documents.'
            noted.problems.append(("unpublished-file", what, "Move it into that folder.", written.line))
            return None
        key = f"{root}{_INSIDE}{file.removeprefix(f'{root}/')}" if root else file
        found = self._file(key)
        noted.files[key] = self._digest(key)
        if isinstance(found, Problem):
            # As the author wrote it, so that it can be found in the text.
            noted.problems.append(
                (found.code, found.what.replace(f'"{file}"', f'"{written.target}"', 1), found.mend, written.line)
            )
            return None
        return self._links.href(f"/{found.file}", written.here)

    def _digest(self, file: str) -> str:
        found = self._file(file)
        return found.digest if isinstance(found, Asset) else ""

    def _file(self, file: str) -> Asset | Problem:
        if file not in self._files:
            root, _, name = file.rpartition(_INSIDE)
            self._files[file] = content_file(self._root, f"{root}/{name}" if root else name, Place(name), within=root)
        return self._files[file]

    def _text(self, file: str) -> tuple[str, str]:
        """A text and its digest, both "" if it is not there, leads out of its folder, or is no text."""
        if file not in self._texts:
            root, _, name = file.rpartition(_INSIDE)
            try:
                content = paths.read(paths.resolve(self._root, self._root / root), self._root / root / name, limit=_TEXT_LIMIT)
                self._texts[file] = (content.decode("utf-8-sig"), hashlib.sha256(content).hexdigest())
            except (paths.Refused, OSError, UnicodeDecodeError):
                self._texts[file] = ("", "")
        return self._texts[file]


class Written(NamedTuple):
    """A link as somebody wrote it, and where."""

    target: str
    here: str
    file: str
    noted: Noted
    line: int
    fragment: str

    def relative(self, file: str) -> str:
        """How its author would write the way to ``file``."""
        return posixpath.relpath(file, posixpath.dirname(self.file) or ".")
