"""What ``site.yaml`` itself brings, kinds and cards, as a Plugin: the stages behind know nothing but plugins."""

from __future__ import annotations

import hashlib
from typing import Final

from callboard.discovery import kinds, presentation
from callboard.discovery.findings import Findings
from callboard.model.entity import Kind
from callboard.model.manifest import Manifest, Plugin
from callboard.model.problem import Key, Problem
from callboard.model.shown import CHANGEABLE, CardSpec, KindSpec, SlotSpec
from callboard.model.site import MountSpec, Site

NAME: Final = "site"


def plugin(site: Site) -> tuple[Plugin | None, tuple[Problem, ...]]:
    """The site's own kinds and cards; None if it says none. Cards that only change others' are no part of it."""
    findings = Findings(site.marks)
    declared = [kind for index, entry in enumerate(site.spec.kinds) for kind in _kinds(site, entry, index, findings)]
    slots = _slots(site, findings)
    if not (declared or slots):
        return None, tuple(findings.items)
    manifest = Manifest(callboard=1, title=site.spec.site.title, slots=slots)
    digest = hashlib.sha256(repr([site.digest, declared]).encode()).hexdigest()
    place = site.marks.at(("kinds",) if declared else ("slots",))
    return (
        Plugin(
            name=NAME,
            id=NAME,
            folder=site.root / ".callboard" / "own",  # a site has no plugin folder: no templates, assets or code of its own
            origin="site",
            manifest=manifest,
            manifest_marks=site.marks,
            digest=digest,
            mount=MountSpec(plugin=NAME, path="/", nav=False),
            mount_place=place,
            path="/",
            title=site.spec.site.title,
            options={},
            kinds=tuple(declared),
        ),
        tuple(findings.items),
    )


def _slots(site: Site, findings: Findings) -> dict[str, SlotSpec | list[SlotSpec]]:
    """The site's own cards that are sound."""
    slots: dict[str, SlotSpec | list[SlotSpec]] = {}
    for slot, cards in site.spec.slots.items():
        sound: list[SlotSpec] = []
        for index, card in enumerate(cards):
            before = len(findings.items)
            if not card.card:
                presentation.card(card, ("slots", slot, index), findings)
                sound += [card] if len(findings.items) == before else []
            else:
                _change(card, ("slots", slot, index), findings)
        if sound:
            slots[slot] = sound
    return slots


def _change(card: CardSpec, key: Key, findings: Findings) -> None:
    """Add what is wrong with a change of somebody else's card."""
    presentation.condition(card.when, (*key, "when"), findings)
    for name in sorted(card.model_fields_set - {"card", "hide", *CHANGEABLE}):
        mend = f"Remove it; a site may change {', '.join(CHANGEABLE)}, or hide the card and add one of its own."
        findings.add("wrong-view", (*key, name), f"{name} of another's card cannot be changed.", mend)


def _kinds(site: Site, entry: str | KindSpec, index: int, findings: Findings) -> list[Kind]:
    if isinstance(entry, str):
        return kinds.read(site.root, entry, entry, ("kinds", index), findings)
    kinds.check_cards(entry, ("kinds", index), findings)
    return [kinds.made(entry, site.marks.at(("kinds", index)))]
