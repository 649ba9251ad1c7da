"""Themes: ``theme.yaml``, the folders that a theme is searched in, its accent as css, and a digest of all of it."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from callboard import paths, schema, yamlfile
from callboard.model.colour import mixed, readable
from callboard.model.page import Theme
from callboard.model.problem import Marks, Place, Problem
from callboard.model.site import Site
from callboard.model.strict import Strict

FORMAT: Final = 1
"""The newest form of ``theme.yaml`` that this Callboard reads."""
FILE: Final = "theme.yaml"

LIGHT: Final = ("#ffffff", "#f5f7fa")
"""The lightest page and the subtle background of the bundled theme: an accent must be readable on both."""
DARK: Final = ("#0e1116", "#161b22")
"""The same in the dark."""
_TINT: Final = 0.08
"""The accent's part in the background of what is current: written as a colour, since tools that measure contrast read no mixture."""
CONTRAST: Final = 7.0
"""WCAG 1.4.6 (AAA) for text."""


class ThemeFile(Strict):
    """`theme.yaml`."""

    callboard: int
    """The version of this format: `1`."""
    title: Annotated[str, Field(min_length=1)]
    """What people call it."""
    extends: str = ""
    """The theme whose templates, assets and icons are used where this one has none: `callboard`."""


@dataclass(slots=True)
class _Search:
    """Looks for themes: the site's own first, then the bundled ones."""

    site: Site
    problems: list[Problem] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)

    def roots(self) -> tuple[Path, ...]:
        return (self.site.root / "themes", paths.bundled("themes"))

    def candidates(self, name: str) -> Iterator[Path]:
        for root in self.roots():
            if (root / name / FILE).is_file() and (root / name) not in self.folders:
                yield root / name

    def known(self) -> list[str]:
        return sorted({path.parent.name for root in self.roots() for path in root.glob(f"*/{FILE}")})

    def follow(self, name: str, place: Place, path: str) -> None:
        """Adds the folder of a theme, then those of the themes that it extends."""
        folder = next(self.candidates(name), None)
        if folder is None:
            self.problems.append(_unknown(name, self.known(), place, path, loop=self._used(name)))
            return
        self.folders.append(folder)
        file, marks = self._read(folder)
        if file is None:
            return
        if not self.settings:
            self.settings = {"title": file.title}
        if file.extends:
            self.follow(file.extends, marks.at(("extends",)), "extends")

    def _used(self, name: str) -> bool:
        return any(folder.name == name for folder in self.folders)

    def _read(self, folder: Path) -> tuple[ThemeFile | None, Marks]:
        shown = paths.shown(self.site.root, folder / FILE)
        marks = Marks({}, Place(shown, 1, 1))
        try:
            text = paths.read(folder, folder / FILE, limit=yamlfile.SITE.size).decode("utf-8-sig")
            value, marks = yamlfile.load(text, shown)
        except yamlfile.Malformed as fault:
            self.problems.append(Problem("bad-yaml", fault.what, Place(shown, fault.line, fault.column), mend=fault.mend))
            return None, marks
        except paths.Refused as fault:
            self.problems.append(Problem("refused-file", fault.what, Place(shown), mend=fault.mend))
            return None, marks
        except UnicodeDecodeError:
            self.problems.append(Problem("bad-yaml", "the file is not UTF-8.", Place(shown, 1, 1), mend="Save it as UTF-8."))
            return None, marks
        return self._validated(value, marks), marks

    def _validated(self, value: object, marks: Marks) -> ThemeFile | None:
        version = value.get("callboard") if isinstance(value, dict) else None
        if isinstance(version, int) and version > FORMAT:
            what = f"this theme needs a newer Callboard: it is written in format {version}, this one reads {FORMAT}."
            self.problems.append(
                Problem("newer-format", what, marks.at(("callboard",)), path="callboard", mend="Upgrade Callboard.")
            )
            return None
        file, found = schema.validated(ThemeFile, value, marks)
        self.problems.extend(found)
        return file


def load(site: Site) -> tuple[Theme | None, tuple[Problem, ...]]:
    """The theme that ``site.yaml`` names, from ``<site>/themes/`` or the bundled ones; None if it cannot be used."""
    search = _Search(site)
    search.follow(site.spec.theme, site.marks.at(("theme",)), "theme")
    if search.problems:
        return None, tuple(search.problems)
    folders = tuple(search.folders)
    return Theme(site.spec.theme, folders, digest(folders), accent_css(site.spec.site.accent), search.settings), ()


def accent_css(accent: str) -> str:
    """Rules for the site's accent: the nearest shades of it that are readable in the light and in the dark; "" without one."""
    if not accent:
        return ""
    light, dark = readable(accent, LIGHT, CONTRAST), readable(accent, DARK, CONTRAST)
    tints = mixed(light, LIGHT[0], _TINT), mixed(dark, DARK[0], _TINT)
    return f":root {{ --accent: light-dark({light}, {dark}); --tint: light-dark({tints[0]}, {tints[1]}); }}\n"


def asset_files(folders: Iterable[Path]) -> Mapping[str, Path]:
    """The files of the themes' ``assets`` by name (``callboard.css``); the first folder that has a name wins."""
    found: dict[str, Path] = {}
    for folder in folders:
        assets = folder / "assets"
        for path in _files(assets):
            found.setdefault(path.relative_to(assets).as_posix(), path)
    return dict(sorted(found.items()))


def digest(folders: Iterable[Path]) -> str:
    """SHA-256 (hex) of the names and bytes of every file of the folders, in their order."""
    total = hashlib.sha256()
    for folder in folders:
        for path in _files(folder):
            name, content = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape"), path.read_bytes()
            total.update(b"%d %d\n%b%b" % (len(name), len(content), name, content))
        total.update(b"\n")
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Every file below ``folder`` but hidden ones and what was compiled from others, in a fixed order."""
    if not folder.is_dir():
        return []
    found = ((path.relative_to(folder).parts, path) for path in folder.rglob("*"))
    return [path for parts, path in sorted(found) if path.is_file() and not any(map(_left_out, parts))]


def _left_out(part: str) -> bool:
    return part == "__pycache__" or part.startswith(".")


def _unknown(name: str, known: list[str], place: Place, path: str, *, loop: bool) -> Problem:
    if loop:
        return Problem(
            "theme-loop", f'the theme "{name}" extends itself.', place, path=path, mend="Name another theme, or remove the line."
        )
    close = difflib.get_close_matches(name, known, n=1)
    mend = f'Did you mean "{close[0]}"?' if close else f"Known themes: {', '.join(known)}."
    return Problem("unknown-theme", f'there is no theme "{name}".', place, path=path, mend=mend)
