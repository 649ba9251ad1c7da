"""Cards: what plugins put into the slots of a page, each in the theme's frame."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from callboard.model.page import Card
from callboard.pages.drawing import Drawing
from callboard.pages.given import Given
from callboard.pages.templates import Templates

_BODY = "\x00body\x00"
_FRAME = frozenset(
    f"card{name}"
    for name in (
        "",
        ".title",
        ".plugin",
        ".type",
        ".id",
        ".error",
        ".provenance",
        ".view",
        ".view.name",
        ".view.rows",
        ".values.total",
    )
)
"""What of a card its frame may show, so that frames are drawn once for many cards."""


class Cards:
    """Draws the cards of the page that is being made."""

    def __init__(self, drawing: Drawing, given: Given, templates: Templates) -> None:
        self._drawn, self._given, self._templates = drawing, given, templates
        self._frames: dict[tuple[Any, ...], tuple[str, str]] = {}

    @property
    def drawing(self) -> Drawing:
        """The page that is being drawn."""
        return self._drawn

    def slot(self, name: str, type: str = "", *, framed: bool = True) -> Markup:  # noqa: A002  # what templates call it
        """The cards of the slot ``name``, those of one ``type`` if it is said; without their frames if they need none."""
        cards = self._drawn.page.slots.get(name, ()) if self._drawn.page else ()
        return Markup("").join(self._card(card, framed=framed) for card in cards if not type or card.type == type)

    def _card(self, card: Card, *, framed: bool) -> Markup:
        owner, self._drawn.owner = self._drawn.owner, card.plugin
        values = self._drawn.shared.get(card.plugin)
        if values is None:
            mount = self._given.mount(card.plugin)
            own = {**self._given.functions(card.plugin), "page": self._drawn.page, "site": self._given.site, "mount": mount}
            values = self._drawn.shared[card.plugin] = {**self._templates.environment.globals, **own}
        values["data"], values["view"] = card.values, card.view
        body = self._templates.drawn(card.template, values)
        whole = self._framed(card, body, values) if framed else body
        self._drawn.owner = owner
        return Markup(whole)  # noqa: S704  # a template's own output

    def _framed(self, card: Card, body: str, values: Mapping[str, Any]) -> str:
        """The card in its frame. Frames of cards without provenance are alike on all pages, so each is drawn once."""
        if card.error or card.provenance or not self._frames_alike:
            return self._templates.draw("card.html", {**values, "card": card, "body": Markup(body)})  # noqa: S704  # a template's own
        view = card.view and (card.view.name, bool(card.view.rows))
        key = (card.plugin, card.title, card.type, card.id, card.values.get("total"), view)
        if key not in self._frames:
            drawn = self._templates.draw("card.html", {**values, "card": card, "body": _BODY})
            before, _, after = drawn.partition(_BODY)
            self._frames[key] = (before, after)
        before, after = self._frames[key]
        return before + body + after

    @functools.cached_property
    def _frames_alike(self) -> bool:
        """Whether the theme's card.html looks at nothing of a card but what frames are told apart by."""
        source = self._templates.source("card.html")
        asked = set(
            re.findall(r"\b(?:card|page|data|view|site|mount)\b(?:\.\w+)*", re.sub(r"{#.*?#}", "", source, flags=re.DOTALL))
        )
        return asked <= _FRAME
