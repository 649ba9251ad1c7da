"""Session: what one run of the command line carries from its boundary to its commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callboard.model.effects import Effects, Reporter


class Session:
    """The environment, the effects (None = the real ones) and, once a command knows it, the site that it works on."""

    __slots__ = ("effects", "environ", "site")

    def __init__(self, environ: Mapping[str, str], effects: Callable[[Reporter], Effects] | None = None) -> None:
        self.environ = environ
        self.effects = effects
        self.site: Path | None = None

    @property
    def root(self) -> Path | None:
        """The site's folder, if there is one: logs go into its ``.callboard/``."""
        if self.site is None:
            return None
        folder = self.site if self.site.is_dir() else self.site.parent
        return folder if (folder / "site.yaml").is_file() or self.site.is_file() else None
