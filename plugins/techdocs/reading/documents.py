"""The Markdown files of one documentation: their front matter, titles, and where their pages lie."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callboard.plugin import Context, File, Malformed, Place, Problem, Severity, front_matter, mapping, segment

from .config import Config
from .patterns import excluded

_SPECIAL = re.compile(r"[*?\[\]{}]")
_ENDINGS = "{md,markdown,mdown,mkdn,mkd}"
_INDEXES = ("index", "README", "readme", "Readme")
_ALWAYS = ".*\n/templates/"
"""What MkDocs leaves out whatever it is told."""


@dataclass(slots=True)
class Doc:
    """One document. ``source`` is its file's name below ``docs_dir``, behind the alias of the site that includes it."""

    source: str
    file: str
    """Its name relative to the site's root."""
    root: str
    """The folder that what it names must lie in."""
    text: str
    line: int
    matter: Mapping[str, Any]
    said: str
    """The title that it gives itself; "" for none."""
    config: Config
    draft: bool = False
    title: str = ""
    """That, or what the navigation calls it, or what its file's name says."""

    index: bool = field(init=False)
    """Whether it is the page of its folder."""
    url: str = field(init=False)
    """Its page below the documentation's own: "" for the first, ``guide/start/``."""

    def __post_init__(self) -> None:
        """Asked for many times each, with thousands of documents."""
        self.index, self.url = is_index(self.source), page_of(self.source)


def page_of(source: str) -> str:
    """Where the page of a source file lies: "" for the first one, ``guide/start/``."""
    folder, _, name = source.rpartition("/")
    stem = posixpath.splitext(name)[0]
    path = segment(folder if stem in _INDEXES else f"{folder}/{stem}" if folder else stem)
    return f"{path}/" if path else ""


def is_index(source: str) -> bool:
    """Whether a document is the page of its folder."""
    return posixpath.splitext(source.rpartition("/")[2])[0] in _INDEXES


def plain(folder: str) -> str:
    """A folder as a part of a pattern that stands for itself."""
    return _SPECIAL.sub(lambda mark: f"[{mark[0]}]", folder) or "."


class Documents(NamedTuple):
    """The documents below one ``docs_dir``, by source."""

    found: dict[str, Doc]
    problems: list[Problem]


def documents(config: Config, context: Context, *, prefix: str = "", top: str, place: Place) -> Documents:
    """All documents of ``config`` but those that it excludes; ``prefix`` is the alias that they lie behind.

    Without an index among them, the README beside ``docs_dir`` (in ``top`` or the folder of ``mkdocs.yml``) is the first page.
    """
    root = posixpath.normpath(posixpath.join(config.folder, config.docs))
    away, drafts = excluded(config.exclude, always=_ALWAYS), excluded(config.drafts)
    problems: list[Problem] = []
    found: dict[str, Doc] = {}
    for file in context.files(f"{plain(root)}/**/*.{_ENDINGS}", place=place):
        source = file.name if root == "." else file.name[len(root) + 1 :]
        if not away(source):
            doc = _doc(file, f"{prefix}{source}", root, config, problems)
            doc.draft = doc.matter.get("draft") is True or drafts(source)
            found[doc.source] = doc
    _once(found)
    if not any(doc.index and posixpath.dirname(source) == prefix.rstrip("/") for source, doc in found.items()):
        for file in _readme(config, context, top):
            doc = _doc(file, f"{prefix}{posixpath.basename(file.name)}", posixpath.dirname(file.name), config, problems)
            found = {doc.source: doc, **found}
            break
    return Documents(found, problems)


def _readme(config: Config, context: Context, top: str) -> Iterator[File]:
    for folder in dict.fromkeys((config.folder, top)):
        yield from context.files(f"{plain(folder)}/{{README,readme,Readme}}.md")


def _once(found: dict[str, Doc]) -> None:
    """A README beside an index is none, as in MkDocs."""
    by_url: dict[str, str] = {}
    for source in sorted(found, key=lambda one: _INDEXES.index(_stem(one)) if is_index(one) else 0):
        if is_index(source) and by_url.setdefault(found[source].url, source) != source:
            del found[source]


def _stem(source: str) -> str:
    return posixpath.splitext(posixpath.basename(source))[0]


def _doc(file: File, source: str, root: str, config: Config, problems: list[Problem]) -> Doc:
    try:
        text = file.text
    except UnicodeDecodeError:
        text = file.content.decode("utf-8", "replace")
        problems.append(
            _amiss("the file is no UTF-8 text: what is none of it is shown as �.", Place(file.name), "Save it as UTF-8.")
        )
    try:
        parts = front_matter(text, file.name)
    except Malformed as error:
        problems.append(
            _amiss(f"its front matter is not read: {error.what}", Place(file.name, error.line, error.column), error.mend)
        )
        return Doc(source, file.name, root, text, 1, {}, "", config)
    return Doc(source, file.name, root, parts.text, parts.line, parts.values, parts.title, config)


def _amiss(what: str, place: Place, mend: str) -> Problem:
    return Problem("techdocs/bad-document", what, place, mend=mend, severity=Severity.WARNING)


def hidden(doc: Doc) -> tuple[str, ...]:
    """What of its page a document hides: ``navigation``, ``toc``."""
    said = doc.matter.get("hide")
    return tuple(one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str))


def wanted(doc: Doc, name: str, fits: Callable[[Any], bool], default: Any) -> Any:
    """A value of the front matter, if it is of the right kind."""
    value = doc.matter.get(name)
    return value if fits(value) else default


def tags(doc: Doc) -> list[str]:
    """Its tags."""
    said: Any = doc.matter.get("tags")
    words: Iterable[Any] = said if isinstance(said, list) else [said]
    return [str(word) for word in words if isinstance(word, (str, int)) and not isinstance(word, bool) and str(word).strip()]


def searched(doc: Doc) -> dict[str, Any]:
    """What it says to the search: ``exclude``, ``boost``."""
    said = mapping(doc.matter.get("search"))
    found: dict[str, Any] = {}
    if said.get("exclude") is True:
        found["exclude"] = True
    if isinstance(said.get("boost"), (int, float)) and not isinstance(said.get("boost"), bool):
        found["boost"] = said["boost"]
    return found


def name_words(name: str) -> str:
    """What a file's or folder's name says, as MkDocs makes a title of it."""
    words = name.replace("-", " ").replace("_", " ")
    return words.capitalize() if words.lower() == words else words
