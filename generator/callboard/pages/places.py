"""Where something is written that a page shows: the line of a Markdown file, of an entity's YAML, of a template or a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from callboard.model.manifest import Plugin
from callboard.model.problem import Place
from callboard.model.site import Site
from callboard.pages.makers import EachPage, Maker, Planned
from callboard.pages.render import shown_template
from callboard.pages.routes import Table
from callboard.pages.seek import lines_of, seek
from callboard.pages.tabs import TabPage
from callboard.pages.templates import Templates

_SAID = re.compile(r'(?:the (?:link|address) )?"([^"]+)"')
_HREF = re.compile(r"""\b\w*(?:href|url|path):\s*["']?(/[^"',\s]*)""")
_HOLE = re.compile(r"\\\{[^{}]*\\\}")


class Places:
    """Finds lines in the sources of one site. Only what is broken is looked for, so nothing is read before that."""

    def __init__(self, site: Site, table: Table, plugins: Sequence[Plugin], templates: Templates) -> None:
        self._site, self._table, self._templates = site, table, templates
        self._plugins = {plugin.id: plugin for plugin in plugins}

    def of(self, planned: Planned) -> Place:
        """Where a page's record begins: its content file, its entity, the place that the record names, or its mount."""
        if planned.file:
            return planned.place if planned.place.file else Place(planned.file, 1, 1)
        maker = self._table.makers[planned.maker] if planned.maker >= 0 else None
        each = maker.parent if isinstance(maker, TabPage) else maker
        if isinstance(each, EachPage) and isinstance(planned.argument, int):
            record = each.items[planned.argument]
            entity = each.entity(record)
            if entity is not None:
                return entity.place
            if isinstance(record, Mapping) and isinstance(record.get("file"), str) and record["file"]:
                line = record.get("line")
                return Place(record["file"], line if isinstance(line, int) else 1, 1)
        return planned.place

    def at(self, planned: Planned, what: str, line: int = 0, file: str = "") -> Place:
        """The place of the first quoted address in ``what``, as exactly as it can be found."""
        named = _SAID.match(what)
        needle = named[1] if named else ""
        begin = self.of(planned)
        if file:
            return seek(self._site.root, Place(file, line or 1, 1), needle) or Place(file, line, 1 if line else 0)
        if line and planned.file:
            return seek(self._site.root, Place(begin.file, line, 1), needle) or Place(begin.file, line, 1)
        found = seek(self._site.root, begin, needle) if needle else None
        return found or (self.in_code(planned, needle) if needle else None) or begin

    def written(self, planned: Planned, urls: Sequence[str]) -> Iterator[tuple[str, Place]]:
        """The addresses of a page that stand in its own file, its entity or a template, with their places; a service's own are left out."""
        begin = self.of(planned) if urls else None
        for url in dict.fromkeys(urls):
            found = seek(self._site.root, begin, url) if begin is not None else None
            found = found or self.in_code(planned, url)
            if found is not None:
                yield url, found

    def in_code(self, planned: Planned, needle: str) -> Place | None:
        """The line of a template that names the address, or of a manifest whose ``href`` gives it."""
        maker = self._table.makers[planned.maker] if planned.maker >= 0 else None
        if not isinstance(maker, Maker):
            return None
        owners = [maker.plugin.id] if hasattr(maker, "plugin") else []
        fillings = [filling for slot in maker.slots for filling in maker.fillings.named(slot)]
        for name in dict.fromkeys([maker.template, *(filling.template for filling in fillings)]):
            place = self._in_template(name, needle)
            if place is not None:
                return place
        for owner in dict.fromkeys([*owners, *(filling.plugin.id for filling in fillings)]):
            place = self._in_manifest(self._plugins[owner], needle) if owner in self._plugins else None
            if place is not None:
                return place
        return None

    def _in_template(self, name: str, needle: str) -> Place | None:
        path = self._templates.file(name)
        if path is None or "/" not in needle:  # a single word stands in templates for anything
            return None
        for forms in ((f'"{needle}"', f"'{needle}'"), (f'"{needle.rstrip("/")}', f"'{needle.rstrip('/')}")):
            for number, line in enumerate(lines_of(self._site.root, path), 1):
                if any(form in line for form in forms):
                    return Place(shown_template(self._site, str(path)), number, 1)
        return None

    def _in_manifest(self, plugin: Plugin, needle: str) -> Place | None:
        file = plugin.manifest_marks.default.file
        below = needle.removeprefix(plugin.path.rstrip("/"))
        for number, line in enumerate(lines_of(self._site.root, plugin.folder / "plugin.yaml"), 1):
            for found in _HREF.finditer(line):
                # `{href: /x/{id}/}` ends with the brace of the mapping around it.
                said = found[1].rstrip("}") if found[1].count("{") < found[1].count("}") else found[1]
                pattern = f"{_HOLE.sub('.+', re.escape(said))}/?"
                if re.fullmatch(pattern, below) or re.fullmatch(pattern, needle):
                    return Place(file, number, found.start(1) + 1)
        return None
