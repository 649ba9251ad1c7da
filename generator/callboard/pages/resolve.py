"""Links inside Markdown: relative files, paths of the site and published files → hrefs, remembering what each page pointed to."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from callboard.model.problem import Place, Problem, Severity
from callboard.pages.assets import Asset, content_file
from callboard.pages.links import Links, safe_url

Amiss = tuple[str, str, str, int] | tuple[str, str, str, int, str]
"""code, what, mend and line of what could not be linked or read; and its file, if it is not the page's own."""


@dataclass(slots=True)
class Noted:
    """What one page pointed to: kept with it, so that an unchanged page is made again when a target comes or goes."""

    paths: dict[str, bool] = field(default_factory=dict)
    """A path of the site → whether it was there."""
    files: dict[str, str] = field(default_factory=dict)
    """A file of the site → its digest when it was published, "" if it was not."""
    problems: list[Amiss] = field(default_factory=list)
    fault: tuple[str, str, int] | None = None
    """What the page's template could not do, its file and its line."""

    def encode(self) -> str:
        """As text; "" if there is nothing to note."""
        if not (self.paths or self.files or self.problems or self.fault):
            return ""
        return json.dumps([self.paths, self.files, self.problems, self.fault], separators=(",", ":"), sort_keys=True)

    @classmethod
    def decode(cls, text: str) -> Noted:
        """What ``encode`` wrote."""
        if not text:
            return cls()
        paths, files, problems, fault = json.loads(text)
        return cls(paths, files, [tuple(problem) for problem in problems], tuple(fault) if fault else None)

    def all_problems(self, path: str, place: Place, plugin: str) -> list[Problem]:
        """The problems of the page at ``path``, at its file or its template."""
        found = [] if self.fault is None else [_template_problem(self.fault, path, plugin)]
        return found + [
            Problem(code, what, _place(place, line, *file), mend=mend, severity=Severity.WARNING, plugin=plugin)
            for code, what, mend, line, *file in self.problems
        ]


def _place(place: Place, line: int, file: str = "") -> Place:
    return Place(file or place.file, line or (0 if file else place.line), 1)


def _template_problem(fault: tuple[str, str, int], path: str, plugin: str) -> Problem:
    what, file, line = fault
    mend = "Mend the template; the page says that it could not be made."
    return Problem("template-error", f"{what}.", Place(file, line, 1), path, mend, Severity.WARNING, plugin)


class Resolver:
    """Resolves the links of one site's texts."""

    def __init__(
        self, root: Path, links: Links, paths: Collection[str], documents: Mapping[str, str], absent: Sequence[str] = ()
    ) -> None:
        self._root, self._links, self._paths, self._documents = root, links, paths, documents
        self._absent = tuple(absent)
        self._files: dict[str, Asset | Problem] = {}

    def holds(self, noted: Noted) -> bool:
        """Whether everything that a page pointed to is as it was."""
        return all((path in self._paths) == there for path, there in noted.paths.items()) and all(
            self._digest(file) == digest for file, digest in noted.files.items()
        )

    def asset(self, file: str) -> Asset | None:
        """The published form of a noted file."""
        found = self._file(file)
        return found if isinstance(found, Asset) else None

    def href(self, target: str, *, here: str, file: str, noted: Noted, line: int = 0) -> str | None:
        """The href of a link's target; None for what is not there (noted as a problem)."""
        try:
            parts = urlsplit(target)
        except ValueError:  # "//[": no address at all
            return None
        if parts.scheme or target.startswith("//"):
            return safe_url(target) or None
        if not parts.path:
            return target
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        path = unquote(parts.path)
        if path.startswith("/"):
            return self._page(path, here, fragment, noted, target, line)
        source = posixpath.dirname(file) if file else ""
        wanted = posixpath.normpath(posixpath.join(source, path))
        if file and wanted in self._documents:
            noted.paths[self._documents[wanted]] = True
            return self._links.href(self._documents[wanted] + fragment, here)
        if file and not wanted.startswith("..") and posixpath.splitext(wanted)[1] not in ("", ".md", ".html"):
            return self._published(wanted, here, noted, line)
        return self._page(posixpath.normpath(posixpath.join(here, path)), here, fragment, noted, target, line)

    def _page(self, path: str, here: str, fragment: str, noted: Noted, target: str, line: int) -> str | None:
        clean = path.removesuffix("index.html")
        found = clean if clean.endswith("/") or clean in self._paths else f"{clean}/"
        noted.paths[found] = found in self._paths
        if found in self._paths:
            return self._links.href(found + fragment, here)
        if found.startswith(self._absent):  # what lies there is not known this time: the page is text until it is
            return None
        noted.problems.append(("broken-link", f'the link "{target}" leads nowhere.', "Mend the path, or remove the link.", line))
        return None

    def _published(self, file: str, here: str, noted: Noted, line: int) -> str | None:
        found = self._file(file)
        noted.files[file] = self._digest(file)
        if isinstance(found, Problem):
            noted.problems.append((found.code, found.what, found.mend, line))
            return None
        return self._links.href(f"/{found.file}", here)

    def _digest(self, file: str) -> str:
        found = self._file(file)
        return found.digest if isinstance(found, Asset) else ""

    def _file(self, file: str) -> Asset | Problem:
        if file not in self._files:
            self._files[file] = content_file(self._root, file, Place(file))
        return self._files[file]
