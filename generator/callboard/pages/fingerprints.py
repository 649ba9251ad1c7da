"""Fingerprints: a digest of all that a page's bytes depend on."""

from __future__ import annotations

import hashlib
import json

from callboard.model.page import Card, PageData
from callboard.pages.assets import THEME, Assets
from callboard.pages.extras import installed
from callboard.pages.given import Given
from callboard.pages.makers import Maker, Planned
from callboard.pages.shells import Shell
from callboard.pages.templates import Templates

# Values of one page form no circle, so the encoder need not watch for one.
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str, check_circular=False).encode


class Fingerprints:
    """The fingerprints of one site's pages."""

    def __init__(self, templates: Templates, assets: Assets, given: Given) -> None:
        self._templates, self._assets, self._given = templates, assets, given
        self._digests: dict[int, str] = {}

    def of(self, planned: Planned, maker: Maker, data: PageData | str | None, shell: Shell) -> str:
        """A page's fingerprint; ``data`` is what it shows, or a text that differs whenever that does."""
        if planned.maker not in self._digests:
            self._digests[planned.maker] = self._maker_digest(maker)
        said = data if isinstance(data, str) else _ENCODE(_once(data))
        text = f"{self._digests[planned.maker]}\0{shell.digest}\0{type(data).__name__}\0{said}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def _maker_digest(self, maker: Maker) -> str:
        fillings = [filling for slot in maker.slots for filling in maker.fillings.named(slot)]
        names = {maker.template, "card.html", *(filling.template for filling in fillings)}
        owners = {maker.plugin.name} if hasattr(maker, "plugin") else set()
        owners |= {THEME, "site", *(filling.plugin.name for filling in fillings)}
        mounts = [self._given.mount(filling.plugin.id) for filling in fillings]
        own = self._given.mount(maker.plugin.id) if hasattr(maker, "plugin") else {}
        code = [plugin.digest for plugin in self._given.plugins.values() if plugin.name in owners and plugin.manifest.functions]
        marks = [
            self._templates.digest(names),
            self._assets.digest(owners),
            own,
            mounts,
            code,
            self._given.site,
            self._templates.kinds,
            installed(),
            self._given.diagrams,
        ]
        return hashlib.sha256(json.dumps(marks, default=str).encode()).hexdigest()


def _once(data: PageData | None) -> PageData | None:
    """What a page shows, said once: its cards without what the page itself was given."""
    if data is None or not data.slots:
        return data

    def lean(card: Card) -> Card:
        own = {name: value for name, value in card.values.items() if data.values.get(name) is not value}
        return card._replace(values=own)

    return data._replace(slots={slot: tuple(map(lean, cards)) for slot, cards in data.slots.items()})
