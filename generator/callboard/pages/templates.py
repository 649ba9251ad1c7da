"""The template environment: where templates lie, what they may call, and a digest of each with all that it includes."""

from __future__ import annotations

import functools
import hashlib
import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    UndefinedError,
)
from markupsafe import Markup

from callboard.model.lookup import lookup, words
from callboard.model.manifest import Plugin
from callboard.model.page import Theme
from callboard.model.states import state_word
from callboard.pages.compiled import Compiled
from callboard.pages.environment import Environment

_ICON = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
VIEWS = ("table", "cards", "list", "markdown", "chart", "detail", "ci.builds")

# Found in the text, since parsing every template would take longer than a build in which nothing changed.
_REFERENCE = re.compile(r"""\{%[-+]?\s*(?:extends|include|import|from)\s+["']([^"']+)["'](?!\s*~)""")
_MADE_NAME = re.compile(r"""\{%[-+]?\s*include\s+(?:[^"'\s]|["'][^"']*["']\s*~)""")


class Templates:
    """Templates of one site: the theme's first, then each plugin's under its name."""

    def __init__(self, theme: Theme, plugins: Sequence[Plugin], functions: Mapping[str, Any]) -> None:
        folders: list[BaseLoader] = [FileSystemLoader(folder / "templates") for folder in theme.folders]
        own = {plugin.name: FileSystemLoader(plugin.folder / "templates") for plugin in plugins}
        self._icons = [Path(folder) / "icons" for folder in theme.folders]
        self.kinds = {kind.name.lower(): kind.icon for plugin in plugins for kind in plugin.kinds if kind.icon}
        """The icon of each entity kind, by its name in small letters."""
        self.environment = Environment(
            loader=ChoiceLoader([*folders, PrefixLoader(own)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=Compiled(),
        )
        self.environment.globals.update(
            zip=zip, words=words, lookup=lookup, state_word=state_word, icon=functools.cache(self._icon), **functions
        )
        self._digests: dict[str, str] = {}

    def source(self, name: str) -> str:
        """A template as written."""
        assert self.environment.loader is not None
        return self.environment.loader.get_source(self.environment, name)[0]

    def file(self, name: str) -> Path | None:
        """Where a template lies; None if there is none."""
        assert self.environment.loader is not None
        try:
            found = self.environment.loader.get_source(self.environment, name)[1]
        except TemplateNotFound:
            return None
        return Path(found) if found else None

    def draw(self, name: str, values: Mapping[str, Any]) -> str:
        """As ``Template.render`` does it, but all names go into one plain dict: a page is several templates, and a chain of mappings
        that is copied and asked for each costs as much as drawing does.
        """
        return self.drawn(name, {**self.environment.globals, **values})

    def drawn(self, name: str, values: dict[str, Any]) -> str:
        """As ``draw``, of values that hold the environment's globals already."""
        environment = self.environment
        template = environment.get_template(name)
        context = environment.context_class(environment, values, template.name, template.blocks)
        try:
            return environment.concat(template.root_render_func(context))
        except Exception:  # jinja puts the template's own lines into the traceback
            environment.handle_exception()

    def _icon(self, name: str) -> Markup:
        """The theme's icon as inline svg, or that of a kind; nothing for a name that neither has (icons are decoration)."""
        return self._drawn(name) or self._drawn(self.kinds.get(name, ""))

    def _drawn(self, name: str) -> Markup:
        if not _ICON.match(name):
            return Markup("")
        for folder in self._icons:
            path = folder / f"{name}.svg"
            if path.is_file():
                return Markup(path.read_text(encoding="utf-8").strip())  # noqa: S704  # the theme's own file: trusted like its templates
        return Markup("")

    def digest(self, names: Iterable[str]) -> str:
        """Changes with any of the templates, or with anything that they extend, include or import."""
        marks = sorted({mark for name in names for mark in self._closure(name)})
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()

    def _closure(self, name: str) -> set[str]:
        seen: dict[str, str] = {}
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            try:
                seen[current], found = self._source(current)
            except TemplateNotFound:
                seen[current] = "missing"
                continue
            waiting += found
        return {f"{one}\0{digest}" for one, digest in seen.items()}

    @functools.cache  # noqa: B019  # lives as long as one build
    def _source(self, name: str) -> tuple[str, tuple[str, ...]]:
        assert self.environment.loader is not None
        source, _, _ = self.environment.loader.get_source(self.environment, name)
        found = _REFERENCE.findall(source)
        # A name made while rendering is one of the views: whichever it is, it counts.
        views = {f"views/{view}.html" for view in VIEWS} if _MADE_NAME.search(source) else set()
        named = {one for one in found if one} | views
        return hashlib.sha256(source.encode()).hexdigest(), tuple(sorted(named))


def fault_of(error: Exception) -> tuple[str, str, int]:
    """What a template could not do, in words, with its file and line (jinja puts them into the traceback; "" and 0 without one)."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".html")]
    file, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else ("", 0)
    if not isinstance(error, UndefinedError):
        return f"{type(error).__name__}: {error}", file, line
    missing = re.search(r"(?:attribute|element) '([^']+)'|^'([^']+)' is undefined", str(error))
    name = missing[1] or missing[2] if missing else ""
    said = re.search(rf"[\w.]*\b{re.escape(name)}\b", _line(file, line)) if name else None
    return f"there is no {said[0] if said else name or 'such value'} here", file, line


def _line(file: str, line: int) -> str:
    lines = Path(file).read_text(encoding="utf-8", errors="replace").splitlines() if file and Path(file).is_file() else []
    return lines[line - 1] if 0 < line <= len(lines) else ""
