"""``mkdocs.yml``: read as data, whatever tags it has; what only MkDocs, its themes and plugins understand is named, not run."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from callboard.plugin import TAGGED, File, Malformed, Marks, Place, Problem, Severity, load, mapping

NAMES = ("mkdocs.yml", "mkdocs.yaml")
_USED = frozenset(
    (
        *("site_name", "site_description", "docs_dir", "nav", "exclude_docs", "draft_docs", "not_in_nav", "repo_url"),
        *("edit_uri", "edit_uri_template", "plugins", "INHERIT", "hooks"),
    )
)
_MOOT = frozenset(
    (
        *(
            "site_url",
            "site_dir",
            "site_author",
            "repo_name",
            "use_directory_urls",
            "strict",
            "dev_addr",
            "watch",
            "remote_branch",
        ),
        *("remote_name", "validation", "markdown_extensions"),
    )
)
"""What has no effect in a portal, or always has: nothing is lost where it is not read."""
_PLUGINS = frozenset(
    (
        *("techdocs-core", "search", "material/search", "redirects", "monorepo", "awesome-nav", "awesome-pages", "literate-nav"),
        *("group", "material/group"),
    )
)


class Redirect(NamedTuple):
    """One of the plugin ``redirects``: from a source file to another one, or to an address."""

    source: str
    target: str
    place: Place


class Config(NamedTuple):
    """What a ``mkdocs.yml`` says, valid; without a file, what Backstage writes where there is none."""

    folder: str
    """Where it lies, relative to the site's root."""
    file: str = ""
    name: str = ""
    description: str = ""
    docs: str = "docs"
    """``docs_dir``, relative to ``folder``."""
    nav: Any = None
    marks: Marks | None = None
    repo: str = ""
    edit: str | None = None
    edit_template: str = ""
    exclude: str = ""
    drafts: str = ""
    redirects: tuple[Redirect, ...] = ()
    list_file: str = ""
    """The file that orders a folder in the plugin ``literate-nav``; "" without it."""
    ignored: tuple[str, ...] = ()
    """Keys and plugins that are not read."""
    problems: tuple[Problem, ...] = ()

    def place(self, *key: str | int) -> Place:
        """Where a key is said."""
        return self.marks.at(key) if self.marks is not None else Place(self.file, 1, 1)


class Broken(Exception):
    """A ``mkdocs.yml`` that gives no site."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def read(file: File) -> Config:
    """The configuration in a file. Raises Broken."""
    first = Place(file.name, 1, 1)
    try:
        value, marks = load(file.text, file.name, limits=TAGGED)
    except UnicodeDecodeError:
        raise Broken(_problem("the file is no UTF-8 text.", first, "Save it as UTF-8.")) from None
    except Malformed as error:
        raise Broken(_problem(error.what, Place(file.name, error.line, error.column), error.mend)) from None
    if not isinstance(value, dict):
        raise Broken(_problem("the file is no mapping.", first, "Write for example: site_name: Payments"))
    docs = _text(value, "docs_dir") or "docs"
    inside = posixpath.normpath(docs)
    if docs.startswith("/") or inside.startswith("..") or "\\" in docs:
        what = f'docs_dir "{docs[:200]}" leads out of its folder.'
        raise Broken(_problem(what, marks.at(("docs_dir",)), "Name a folder beside mkdocs.yml, or below it."))
    plugins = dict(_plugins(value.get("plugins")))
    nav = mapping(plugins.get("literate-nav")).get("nav_file", "SUMMARY.md") if "literate-nav" in plugins else ""
    return Config(
        posixpath.dirname(file.name),
        file.name,
        _text(value, "site_name"),
        _text(value, "site_description"),
        inside,
        value.get("nav"),
        marks,
        _text(value, "repo_url"),
        _text(value, "edit_uri") if "edit_uri" in value else None,
        _text(value, "edit_uri_template"),
        _text(value, "exclude_docs"),
        _text(value, "draft_docs"),
        tuple(_redirects(plugins, value, marks)),
        nav if isinstance(nav, str) else "",
        tuple(_ignored(value, plugins)),
        tuple(_refused(value, marks)),
    )


def _problem(what: str, place: Place, mend: str) -> Problem:
    return Problem("techdocs/bad-mkdocs", what, place, mend=mend, severity=Severity.WARNING)


def _text(value: Mapping[str, Any], name: str) -> str:
    said = value.get(name)
    return said.strip() if isinstance(said, str) else str(said) if isinstance(said, (int, float)) else ""


def _plugins(said: Any) -> Iterator[tuple[str, Any]]:
    for one in said.items() if isinstance(said, dict) else said if isinstance(said, list) else ():
        if isinstance(one, str):
            yield one, None
        elif isinstance(one, tuple):
            yield one
        elif isinstance(one, dict):
            yield from one.items()


def _redirects(plugins: Mapping[str, Any], value: Mapping[str, Any], marks: Marks) -> Iterator[Redirect]:
    maps = mapping(mapping(plugins.get("redirects")).get("redirect_maps"))
    said = value.get("plugins")
    way: tuple[str | int, ...] = ("plugins", "redirects")
    if isinstance(said, list):
        way = ("plugins", next((n for n, one in enumerate(said) if isinstance(one, dict) and "redirects" in one), 0), "redirects")
    for source, target in maps.items():
        if isinstance(source, str) and isinstance(target, str):
            yield Redirect(source.strip(), target.strip(), marks.at((*way, "redirect_maps", source)))


def _ignored(value: Mapping[str, Any], plugins: Iterable[str]) -> Iterator[str]:
    yield from (name for name in value if isinstance(name, str) and name not in _USED | _MOOT)
    yield from (f"plugin {name}" for name in plugins if isinstance(name, str) and name not in _PLUGINS)


def _refused(value: Mapping[str, Any], marks: Marks) -> Iterator[Problem]:
    if "INHERIT" in value:
        what = "INHERIT is not followed: another file would say what this one means."
        yield _problem(what, marks.at(("INHERIT",)), "Write here what the other file says.")
    if "hooks" in value:
        what = "hooks are not run: documents are read as data, never as code."
        yield _problem(what, marks.at(("hooks",)), "Remove them, or do their work in the pipeline that writes the documents.")
