"""The files of a site: each read once, its ``${VAR}`` filled in, its includes joined before it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from callboard import paths, yamlfile
from callboard.config.nodes import Node, joined, planted
from callboard.config.substitution import Substitution, as_written
from callboard.model.problem import Key, Place, Problem, Severity, dotted

_DEEPEST: Final = 20
"""Files that include each other in a row."""


class Files:
    """Reads files inside a site's folder; ``problems`` has what is wrong with them."""

    def __init__(self, root: Path, environ: Mapping[str, str], *, filled: bool = True) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self._fill = Substitution(root, environ, self.problems).node if filled else as_written
        self._read: set[str] = set()

    def read(self, path: Path) -> Node | None:
        """A site's file or an overlay, with what it includes. None if it cannot be read."""
        node = self._node(path, Place(paths.shown(self.root, path)))
        return node and self._with_includes(node, path, (path,))

    def _node(self, path: Path, asked: Place, key: Key = ()) -> Node | None:
        """The file's value; ``asked`` and ``key`` are what names it."""
        shown = paths.shown(self.root, path)
        try:
            content = paths.read(self.root, path, limit=yamlfile.SITE.size)
            value, marks = yamlfile.load(content.decode("utf-8-sig"), shown)
        except FileNotFoundError:
            self._add("missing-file", asked, key, f'there is no file "{shown}".', "Create it, or correct the path.")
        except paths.Refused as fault:
            self._add("refused-file", asked, key, fault.what, fault.mend)
        except UnicodeDecodeError as fault:
            line = fault.object.count(b"\n", 0, fault.start) + 1
            self._add("bad-yaml", Place(shown, line, 1), (), "the file is not UTF-8 text.", "Save it as UTF-8.")
        except yamlfile.Malformed as fault:
            self._add("bad-yaml", Place(shown, fault.line, fault.column), (), fault.what, fault.mend)
        else:
            return planted(value, marks, self._fill)
        return None

    def _with_includes(self, node: Node, path: Path, chain: tuple[Path, ...]) -> Node:
        self._read.add(os.path.realpath(path))
        if not isinstance(node.value, dict) or "include" not in node.value:
            return node
        first = Node({}, node.place)
        for number, item in self._patterns(node.value["include"], is_main=len(chain) == 1):
            for found in self._find(item, ("include", number), path.parent):
                included = self._included(found, item.place, ("include", number), chain)
                if included is not None:
                    first = joined(first, included, self.problems)
        own = {name: value for name, value in node.value.items() if name != "include"}
        whole = joined(first, replace(node, value=own), self.problems)
        if len(chain) == 1:  # only what the site's file itself says stays, for its model to look at
            whole = replace(whole, value={**whole.value, "include": node.value["include"]})
        return whole

    def _patterns(self, include: Node, *, is_main: bool) -> list[tuple[int, Node]]:
        """The lines of ``include`` with their numbers. What is wrong with those of the site's own file, its model says."""
        items = include.value if isinstance(include.value, list) else [include]
        wrong = next((item for item in items if not isinstance(item.value, str) or item is include), None)
        if wrong and not is_main:
            mend = 'Write for example: include: ["common.yaml"]'
            self._add("wrong-value", wrong.place, ("include",), f"wanted a list of paths, got {wrong.shown}.", mend)
        texts = enumerate(include.value if isinstance(include.value, list) else [])
        return [(number, item) for number, item in texts if isinstance(item.value, str) and not item.is_broken]

    def _find(self, item: Node, key: Key, folder: Path) -> list[Path]:
        """The files that one line of ``include`` names."""
        pattern = str(item.value)
        try:
            base, found = paths.find(folder, pattern)
        except paths.Refused as fault:
            self._add("bad-path", item.place, key, fault.what, fault.mend)
            return []
        if not base.is_relative_to(self.root):
            self._add("bad-path", item.place, key, f"{item.shown} leads out of the site's folder.", "Move the file into it.")
        elif not found and any(character in pattern for character in "*?[{"):
            what = f"{item.shown} fits no file."
            self._add("missing-file", item.place, key, what, "Correct the pattern, or remove it.", severity=Severity.WARNING)
        elif not found:
            self._add("missing-file", item.place, key, f"there is no file {item.shown}.", "Create it, or correct the path.")
        else:
            return found
        return []

    def _included(self, path: Path, asked: Place, key: Key, chain: tuple[Path, ...]) -> Node | None:
        real = os.path.realpath(path)
        if any(os.path.realpath(before) == real for before in chain):
            way = " → ".join(paths.shown(self.root, step) for step in (*chain, path))
            self._add("include-loop", asked, key, f"this file includes itself: {way}.", "Remove one of these includes.")
            return None
        if len(chain) > _DEEPEST:
            self._add(
                "include-loop",
                asked,
                key,
                f"includes lie more than {_DEEPEST} deep in each other.",
                "Include them from one file.",
            )
            return None
        if real in self._read:
            return None
        self._read.add(real)
        node = self._node(path, asked, key)
        if node is None:
            return None
        return self._with_includes(node, path, (*chain, path)) if self._is_mapping(node) else None

    def overlay(self, path: Path) -> Node | None:
        """A file to lay over the site's, with what it includes. None if it cannot be read or is empty."""
        node = self.read(path)
        return node if node and self._is_mapping(node) else None

    def _is_mapping(self, node: Node) -> bool:
        """Whether a file besides ``site.yaml`` has something to say; anything else than a mapping is a problem, but for nothing."""
        if node.value is not None and not isinstance(node.value, dict):
            what = f"wanted a mapping as in site.yaml, got {node.shown}."
            self._add("wrong-value", node.place, (), what, "Write for example: plugins: […]")
        return isinstance(node.value, dict)

    def _add(self, code: str, place: Place, key: Key, what: str, mend: str, *, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(Problem(code, what, place, dotted(key), mend, severity))
