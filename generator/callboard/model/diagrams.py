"""Diagrams in texts: what a site says of them, and what is drawn of them where the site is built."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from pydantic import Field, model_validator

from callboard.model.strict import Strict

DIAGRAMS: Final = ("mermaid", "plantuml", "graphviz")
"""Their kinds."""
MERMAID: Final = "assets/mermaid/mermaid.min.js"
"""Where a theme has the program that draws the first kind."""


class DrawerSpec(Strict):
    """Who draws diagrams of one kind: a command, or a service. One of the two."""

    command: list[str] = Field(default_factory=list)
    """A command that reads a diagram and prints SVG, word by word: `[dot, -Tsvg]`. `allow: commands` must name it."""
    service: str = ""
    """An address that answers a posted diagram with SVG: `https://kroki.example.com/plantuml/svg`."""

    @model_validator(mode="after")
    def _one(self) -> DrawerSpec:
        if bool(self.command) == bool(self.service):
            raise ValueError("wanted either command or service")
        return self


class DiagramSettings(Strict):
    """Which diagrams in texts are drawn, and by whom. What is not drawn stays readable as text."""

    mermaid: Literal["client", "build", "off"] | Literal[False] = "client"
    """`client`: the reader's browser draws, when a diagram comes into sight. `build`: a Chromium draws where the site is built. `off`:
    the text stays."""
    chromium: list[str] = Field(default_factory=lambda: ["chromium"])
    """The command of the Chromium for `mermaid: build`, with its switches. `allow: commands` must name it."""
    plantuml: DrawerSpec | None = None
    """Who draws PlantUML."""
    graphviz: DrawerSpec | None = None
    """Who draws Graphviz."""

    def draws(self, kind: str) -> bool:
        """Whether diagrams of a kind are drawn where the site is built."""
        return self.mermaid == "build" if kind == "mermaid" else getattr(self, kind, None) is not None


class Wanted(NamedTuple):
    """A diagram that a text has."""

    kind: str
    source: str

    @property
    def digest(self) -> str:
        """What it is known by."""
        return hashlib.sha256(f"{self.kind}\0{self.source}".encode()).hexdigest()[:24]


class Drawn(NamedTuple):
    """What came of diagrams, by their digests."""

    pictures: Mapping[str, bytes]
    """SVG, which nobody has judged yet."""
    failures: Mapping[str, str]
    """Why there is none, as words of a sentence."""


Draw = Callable[[Sequence[Wanted]], Drawn]
