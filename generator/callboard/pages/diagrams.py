"""The drawings of the diagrams in a site's texts: which are there, which are wanted, and the files that they are published as."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from callboard.model.diagrams import DiagramSettings, Drawn, Wanted
from callboard.pages import svg
from callboard.pages.assets import Asset
from callboard.pages.resolve import Noted

FOLDER = "_/diagrams/"


class Diagrams:
    """Known to the pages of one build. ``kept`` are the files that were published before."""

    def __init__(self, settings: DiagramSettings, kept: Collection[str] = ()) -> None:
        self._settings, self._kept = settings, frozenset(file for file in kept if file.startswith(FOLDER))
        self._pictures: dict[str, Asset] = {}
        self._failures: dict[str, str] = {}

    @property
    def in_browsers(self) -> bool:
        """Whether the reader's browser draws Mermaid."""
        return self._settings.mermaid == "client"

    def take(self, drawn: Drawn) -> None:
        """What was drawn. A picture that is more than a drawing counts as none."""
        self._failures |= drawn.failures
        for digest, content in drawn.pictures.items():
            fault = svg.fault(content)
            if fault:
                self._failures[digest] = f"the picture is refused, since it has {fault}"
                continue
            name = hashlib.sha256(content).hexdigest()
            self._pictures[digest] = Asset(f"{FOLDER}{name[:16]}.svg", content, name)

    def picture(self, kind: str, source: str, line: int, noted: Noted) -> str | None:
        """The path of a diagram's picture; None if there is none, which is noted."""
        if not self._settings.draws(kind):
            return None
        wanted = Wanted(kind, source)
        found = self._pictures.get(wanted.digest)
        noted.diagrams[wanted.digest] = found.file if found else ""
        if found:
            return f"/{found.file}"
        if why := self._failures.get(wanted.digest):
            what = f"the {kind} diagram was not drawn: {why}."
            noted.problems.append(("diagram-failed", what, "Mend the diagram, or look at what draws it.", line))
        else:
            noted.wanted.append((kind, source))
        return None

    def holds(self, noted: Noted) -> bool:
        """Whether all diagrams of a page are drawn, and their pictures there."""
        return all(file in self._kept for file in noted.diagrams.values())

    @property
    def files(self) -> Mapping[str, Asset]:
        """The pictures that were drawn in this build, by file."""
        return {asset.file: asset for asset in self._pictures.values()}
