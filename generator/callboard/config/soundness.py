"""What types cannot say of a site: addresses, paths, the accent's contrast, the output folder."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from callboard.config import databases
from callboard.model.colour import contrast, readable
from callboard.model.problem import Key, Place, Problem, dotted
from callboard.model.site import MountSpec, NavLink, Site, SiteFile
from callboard.schema import show

CONTRAST: Final = 7.0
"""WCAG 2.2, 1.4.6 (AAA) for text."""
GROUNDS: Final = {"#ffffff": "white", "#f5f7fa": "#f5f7fa"}
"""The backgrounds that an accent must be readable on, and their names for people."""
LOGOS: Final = (".svg", ".png", ".webp")
_SOURCES: Final = ("plugins", "themes", ".callboard")
_KEPT: Final = ("_", "-")
"""Where the assets and Callboard's own pages lie."""
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\\]")


def check(site: Site, *, silent: Collection[Place] = (), faulty: Collection[str] = ()) -> tuple[Site, tuple[Problem, ...]]:
    """The site with its mounts' paths written out (``/radar/``), and its problems; none at the places in ``silent``.

    ``faulty`` are the paths of problems that were found before: ``database.client``.
    """
    notes = _Notes(site, silent)
    _site(site, notes)
    _content(site, notes)
    _output(site, notes)
    if "database.client" not in faulty:  # else nobody knows whom the connection should fit
        databases.check(site, notes)
    for number, name in enumerate(site.spec.allow.commands):
        _command(name, ("allow", "commands", number), notes)
    for number, link in enumerate(site.spec.nav):
        _link(link, ("nav", number), notes)
    mounts = [_mount(mount, ("plugins", number, "path"), notes) for number, mount in enumerate(site.spec.plugins)]
    return replace(site, spec=site.spec.model_copy(update={"plugins": mounts})), tuple(notes.problems)


@dataclass(slots=True)
class _Notes:
    """Notes problems at keys of a site; values from the environment are not shown."""

    site: Site
    silent: Collection[Place]
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, key: Key, what: str, mend: str) -> None:
        place = self.site.marks.at(key)
        if place not in self.silent:
            self.problems.append(Problem(code, what, place, dotted(key), mend))

    def shown(self, key: Key, value: str) -> str:
        return '"***"' if key in self.site.marks.hidden else show(value)


def _site(site: Site, notes: _Notes) -> None:
    info = site.spec.site
    if info.url:
        _address(info.url, ("site", "url"), notes, exact=True)
    if info.source:
        _address(info.source, ("site", "source"), notes)
    if info.logo:
        _logo(site, notes)
    if info.accent:
        _accent(info.accent, notes)


def _address(url: str, key: Key, notes: _Notes, *, exact: bool = False) -> None:
    """A whole http(s) address without credentials; an exact one has no query and no fragment either."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        what = f"wanted a whole http or https address, got {notes.shown(key, url)}."
        notes.add("bad-url", key, what, f"Write for example: {key[-1]}: https://example.com/")
    elif parts.username is not None or parts.password is not None:
        notes.add("bad-url", key, "the address holds a user name or password, and would be published.", "Remove it.")
    elif exact and ("?" in url or "#" in url):
        what = f"an address with a query or fragment cannot be where a site lies; got {notes.shown(key, url)}."
        notes.add("bad-url", key, what, 'Remove it from "?" or "#" on.')
    elif exact and _faulty_part(parts.path):
        notes.add(
            "bad-url", key, f'the path of the address holds "{_faulty_part(parts.path)}".', "Write the path that the site has."
        )


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None if it is none."""
    if _UNSAFE.search(url) or " " in url:
        return None
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None


def _logo(site: Site, notes: _Notes) -> None:
    key: Key = ("site", "logo")
    logo = site.spec.site.logo
    shown = notes.shown(key, logo)
    path = _inside(site.root, logo)
    if path is None:
        notes.add("bad-path", key, f"{shown} leads out of the site's folder.", "Copy the file into it.")
    elif not path.is_file():
        notes.add("missing-file", key, f"there is no file {shown}.", "Paths begin at the site's folder.")
    elif path.suffix.lower() not in LOGOS:
        notes.add("wrong-value", key, f"wanted an image ({', '.join(LOGOS)}), got {shown}.", "Save it as SVG, PNG or WebP.")


def _inside(root: Path, name: str) -> Path | None:
    """The file or folder with that name; None if it lies outside of the root, links followed."""
    if "\0" in name:
        return None
    path = root / name
    return path if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)) else None


def _accent(accent: str, notes: _Notes) -> None:
    ground = next((ground for ground in GROUNDS if contrast(accent, ground) < CONTRAST), None)
    if ground is None:
        return
    better = readable(accent, GROUNDS, CONTRAST)
    key: Key = ("site", "accent")
    name = "***" if key in notes.site.marks.hidden else accent
    what = f"{name} gives {_ratio(accent, ground)}:1 on {GROUNDS[ground]}; {CONTRAST:g}:1 is needed."
    notes.add("low-contrast", key, what, f"Try {better}, {_ratio(better, ground)}:1.")


def _ratio(colour: str, ground: str) -> str:
    """With one digit, never rounded up to what is needed."""
    return f"{math.floor(contrast(colour, ground) * 10) / 10:g}"


def _content(site: Site, notes: _Notes) -> None:
    content = site.spec.content
    key: Key = ("content",)
    if content is False:
        return
    path = _inside(site.root, content)
    if not content or path is None:
        notes.add(
            "bad-path", key, f"{notes.shown(key, content)} is no folder of the site.", "Write for example: content: content"
        )
    elif key in site.marks and not path.is_dir():
        notes.add("missing-file", key, f"there is no folder {notes.shown(key, content)}.", "Create it, or write: content: false")


def _output(site: Site, notes: _Notes) -> None:
    """The output is replaced as a whole: so nothing that people wrote may lie in it, nor it in what is read."""
    key: Key = ("build", "output")
    output = site.spec.build.output
    shown, mend = notes.shown(key, output), "Write for example: output: public"
    if "\0" in output:
        notes.add("bad-output", key, f"{shown} is no folder name.", mend)
        return
    path, root = Path(os.path.realpath(site.root / output)), Path(os.path.realpath(site.root))
    if path == root:
        notes.add("bad-output", key, f"{shown} is the site's own folder, and the output folder is replaced as a whole.", mend)
    elif root.is_relative_to(path):
        notes.add("bad-output", key, f"{shown} holds the site's own folder, and the output folder is replaced as a whole.", mend)
    else:
        taken = next((name for name in _sources(site.spec) if _overlap(path, Path(os.path.realpath(site.root / name)))), None)
        if taken is not None:
            notes.add("bad-output", key, f'{shown} overlaps with the folder "{taken}", which Callboard reads.', mend)


def _sources(spec: SiteFile) -> Iterator[str]:
    if spec.content and "\0" not in spec.content:
        yield spec.content.rstrip("/")
    yield from (folder for folder in spec.database.folders if "\0" not in folder)
    yield from _SOURCES


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _command(name: str, key: Key, notes: _Notes) -> None:
    """A command that may run is one name, or a file of the site: its words are the manifest's."""
    if "/" not in name and len(words := name.split()) > 1:
        what = f"wanted the name of a command alone, got {show(name)}: its words are what manifests say."
        notes.add("wrong-value", key, what, f"Write: - {words[0]}")
    elif ".." in name.split("/"):
        what = f"wanted a name that PATH finds or a file of the site, got {show(name)}."
        notes.add("wrong-value", key, what, "Write for example: - scripts/licences.sh")


def _link(link: NavLink, key: Key, notes: _Notes) -> None:
    if bool(link.path) == bool(link.url):
        what = "a link has a path or a url, and not both." if link.path else "a link needs a path or a url."
        notes.add("wrong-value", key, what, "Write path for a page of this site, or url for another address.")
    elif link.url.lower().startswith("mailto:"):
        if "@" not in link.url or _UNSAFE.search(link.url) or " " in link.url:
            url = (*key, "url")
            what = f"wanted a mail address, got {notes.shown(url, link.url)}."
            notes.add("bad-url", url, what, "Write for example: url: mailto:platform@example.com")
    elif link.url:
        _address(link.url, (*key, "url"), notes)
    elif not link.path.startswith("/") or link.path.startswith("//") or _UNSAFE.search(link.path):
        path = (*key, "path")
        what = f'wanted a path of this site, which begins with "/", got {notes.shown(path, link.path)}.'
        notes.add("bad-path", path, what, "Write for example: path: /radar/")


def _mount(mount: MountSpec, key: Key, notes: _Notes) -> MountSpec:
    """The mount with its path written out: ``/radar/``."""
    path = mount.path or mount.plugin.replace("_", "-")
    plain = "/" + "".join(f"{part}/" for part in path.split("/") if part)
    shown = notes.shown(key, mount.path)
    faulty = _faulty_part(path)
    if faulty:
        notes.add(
            "bad-path",
            key,
            f'a path holds no "{faulty}", got {shown}.',
            f"Write for example: path: /{mount.plugin.replace('_', '-')}",
        )
    elif mount.path and (not path.startswith("/") or "//" in path):
        notes.add(
            "bad-path",
            key,
            f'wanted a path that begins with one "/", got {shown}.',
            f"Write: path: {plain}" if shown != '"***"' else "",
        )
    elif plain.split("/")[1] in _KEPT:
        own = f"/{plain.split('/')[1]}/"
        mend = f"Write for example: path: /{mount.plugin.replace('_', '-')}"
        notes.add("bad-path", key, f'what begins with "{own}" is Callboard\'s own, got {shown}.', mend)
    return mount.model_copy(update={"path": plain})


def _faulty_part(path: str) -> str:
    """What a path of the site may not hold, or nothing; also where it is percent-encoded."""
    decoded = unquote(path)
    unsafe = re.search(r"[?#\\]", decoded)
    if unsafe:
        return unsafe[0]
    control = _UNSAFE.search(decoded)
    if control:
        return f"U+{ord(control[0]):04X}"
    return next((part for part in decoded.split("/") if part in (".", "..")), "")
