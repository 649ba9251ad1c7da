"""Assets: css, js and images of the theme, the plugins and the site, published under names that hold their content's hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from callboard import paths
from callboard.model.manifest import Plugin
from callboard.model.page import Theme
from callboard.model.problem import Place, Problem, Severity
from callboard.model.site import Site
from callboard.pages import svg

THEME = "theme"
"""The owner of the theme's assets."""
ASSET_LIMIT = 20_000_000
"""Bytes of one published file."""
PUBLISHED = frozenset(
    [
        "png",
        "jpg",
        "jpeg",
        "gif",
        "webp",
        "avif",
        "svg",
        "ico",
        "pdf",
        "txt",
        "csv",
        "json",
        "yaml",
        "yml",
        "zip",
        "gz",
        "mp4",
        "webm",
        "woff2",
    ]
)
"""Endings of content files that a page may link to and that are published with it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One published file: its place below the output and its bytes."""

    file: str
    content: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All assets by owner (a plugin's name, ``theme`` or ``site``) and name."""

    files: Mapping[tuple[str, str], Asset] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def of(self, owner: str, ending: str) -> list[Asset]:
        """An owner's assets with an ending such as ``.css``, by name; those in folders are for templates and scripts that ask for them."""
        found = sorted(self.files.items())
        return [asset for (by, name), asset in found if by == owner and name.endswith(ending) and "/" not in name]

    def beside(self, owner: str) -> list[Asset]:
        """The styles that an owner's cards need on pages of others: those that are called as it is, if there are any; else all."""
        named_so = self.files.get((owner, f"{owner}.css"))
        return [named_so] if named_so else self.of(owner, ".css")

    def digest(self, owners: Iterable[str]) -> str:
        """Changes with any asset of the owners."""
        wanted = set(owners)
        marks = [f"{by}\0{name}\0{asset.digest}" for (by, name), asset in sorted(self.files.items()) if by in wanted]
        return hashlib.sha256("\n".join(marks).encode()).hexdigest()


def gather(site: Site, theme: Theme, plugins: Sequence[Plugin], theme_files: Mapping[str, Path]) -> Assets:
    """The assets of the theme (``theme_files`` by name), of every mounted plugin, the accent's css and the logo."""
    found: dict[tuple[str, str], Asset] = {}
    for name, path in theme_files.items():
        found[THEME, name] = named(THEME, name, path.read_bytes())
    if theme.css:
        found[THEME, "site.css"] = named(THEME, "site.css", theme.css.encode())
    for plugin in plugins:
        folder = plugin.folder / "assets"
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and not path.name.startswith("."):
                name = path.relative_to(folder).as_posix()
                found[plugin.name, name] = named(plugin.name, name, path.read_bytes())
    problems = []
    if site.spec.site.logo:
        place = site.marks.at(("site", "logo"))
        logo = content_file(site.root, site.spec.site.logo, place)
        if isinstance(logo, Problem):
            problems.append(logo)
        else:
            found["site", "logo"] = logo
    return Assets(found, tuple(problems))


def named(owner: str, name: str, content: bytes) -> Asset:
    """An asset under ``/_/<owner>/`` with a hash in its name."""
    digest = hashlib.sha256(content).hexdigest()
    path = PurePosixPath(name)
    return Asset(f"_/{owner}/{path.with_name(f'{path.stem}.{digest[:8]}{path.suffix}')}", content, digest)


def content_file(root: Path, file: str, place: Place, *, within: str = "") -> Asset | Problem:
    """A file of the site that a page links to, as an asset; or why it is not published. No link leads it out of ``within``."""

    def refused(what: str, mend: str) -> Problem:
        return Problem("unpublished-file", what, place, mend=mend, severity=Severity.WARNING)

    ending = PurePosixPath(file).suffix.lstrip(".").lower()
    if ending not in PUBLISHED:
        return refused(
            f'"{file}" is not published: files ending in .{ending} are not.', f"Publish one of {', '.join(sorted(PUBLISHED))}."
        )
    try:
        folder = paths.resolve(root, root / within) if within else root
        content = paths.read(folder, root / file, limit=ASSET_LIMIT)
    except paths.Refused as problem:
        return refused(f'"{file}" is not published: {problem.what}', problem.mend)
    except FileNotFoundError:
        return refused(f'"{file}" is not published: there is no such file.', _near(root / file))
    except OSError as problem:
        return refused(f'"{file}" is not published: {problem.strerror or problem}.', "Check that the file is there.")
    # A reader who opens an SVG runs its scripts on the portal's own origin, without any page's policy.
    if ending == "svg" and (active := svg.fault(content)):
        what = f'"{file}" is not published: an SVG only draws, and this one has {active}.'
        return refused(what, "Save it as a plain SVG, or as PNG.")
    digest = hashlib.sha256(content).hexdigest()
    return Asset(f"_/files/{digest[:8]}/{PurePosixPath(file).name}", content, digest)


def _near(path: Path) -> str:
    """What to do about a file that is not there: the closest name of its folder, if one is close."""
    from difflib import get_close_matches

    try:
        names = sorted(one.name for one in path.parent.iterdir())[:2_000]
    except OSError:
        names = []
    same = [name for name in names if name.casefold() == path.name.casefold()]
    close = same or get_close_matches(path.name, names, 1, 0.7)
    return f'Did you mean "{close[0]}"?' if close else "Check that the file is there."
