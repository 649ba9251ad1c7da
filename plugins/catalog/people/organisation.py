"""The lists of people: one record a group, one a person, and the organisation as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from callboard.plugin import Entity, Kind, related

from .faces import Faces, folded, owner_path, roles
from .hierarchy import Hierarchy
from .masks import gathered, mask, ranks
from .ownership import Ownership

_RELATIONS = ("hasMember", "memberOf", "childOf", "ownerOf")
_MEMBERS = (500, 50)
"""Members listed of one group; the smaller number where the lists of all groups would get longer than ``_MUCH``."""
_MUCH = 100_000
"""Members of all groups, direct and through others, that are still listed in full."""
_BELOW = 100
"""Groups listed right below one."""
_OWNERS = 20
"""Groups listed that own something below one."""
_CANDIDATES = (1000, 50)
"""Groups looked through for those; the smaller number likewise."""
PAGE = 100
"""People on one page of the list, as plugin.yaml says."""

Lists = dict[str, list[dict[str, Any]]]


def lists(entities: Iterable[Entity], kinds: Mapping[str, Kind]) -> Lists:
    """``groups`` and ``people`` (a record each, by title), and ``organisation`` (one record, or none if there is neither)."""
    return _People({str(entity.ref): entity for entity in entities}, kinds).lists()


class _People:
    def __init__(self, entities: Mapping[str, Entity], kinds: Mapping[str, Kind]) -> None:
        self.entities = entities
        self.face = Faces(entities)
        related_ = related(entities.values(), kinds, *_RELATIONS)
        grouping, personal = roles(kinds)
        groups = [ref for ref, entity in entities.items() if entity.ref.kind.lower() in grouping]
        self.people = sorted((r for r, e in entities.items() if e.ref.kind.lower() in personal), key=self.face.order)
        self.hierarchy = Hierarchy(groups, related_["childOf"], self.face.order)
        self.member_of = related_["memberOf"]
        # Whoever is named as a member is listed, whether the catalog describes them or not.
        self.members = {ref: related_["hasMember"].get(ref, ()) for ref in groups}
        self.ranked = sorted({member for found in self.members.values() for member in found}, key=self.face.order)
        rank = {ref: number for number, ref in enumerate(self.ranked)}
        self.direct = {ref: mask(found, rank) for ref, found in self.members.items()}
        self.everyone = gathered(self.direct, self.hierarchy.below)
        much = sum(found.bit_count() for found in self.everyone.values()) > _MUCH
        self.most, self.candidates = _MEMBERS[much], _CANDIDATES[much]
        self.ownership = Ownership(related_["ownerOf"], entities, kinds)
        self.owned = gathered({ref: self.ownership.of(ref) for ref in groups}, self.hierarchy.below)
        self.rank = {ref: number for number, ref in enumerate(self.hierarchy.groups)}
        # For each group the set of groups that are it or below it, by their place in the hierarchy's list.
        self.reached = gathered({ref: 1 << number for ref, number in self.rank.items()}, self.hierarchy.below)
        self.owning = mask((ref for ref in groups if self.ownership.of(ref)), self.rank)

    def lists(self) -> Lists:
        groups = [self._group(ref) for ref in self.hierarchy.groups]
        people = [self._person(ref) for ref in self.people]
        return {"groups": groups, "people": people, "organisation": [self._organisation()] if groups or people else []}

    def _group(self, ref: str) -> dict[str, Any]:
        below = self.hierarchy.below[ref]
        return {
            **self.face(ref),
            "type": _text(self.entities[ref].spec.get("type")),
            "chain": [self.face(above) for above in self.hierarchy.chain(ref)],
            "below": [{**self.face(child), **self._figures(child)} for child in below[:_BELOW]],
            "below_total": len(below),
            "members": [self.face(self.ranked[number]) for number in ranks(self.direct[ref], self.most)],
            "members_total": self.direct[ref].bit_count(),
            "everyone": [self._member(self.ranked[number], ref) for number in ranks(self.everyone[ref], self.most)]
            if self.everyone[ref] != self.direct[ref]
            else [],
            "everyone_total": self.everyone[ref].bit_count(),
            "owns": self._owns(self.ownership.of(ref), ref),
            "owns_all": self._owns_all(ref, self.owned[ref], self._under(ref)),
        }

    def _figures(self, ref: str) -> dict[str, int]:
        return {"everyone_total": self.everyone[ref].bit_count(), "owned_total": self.owned[ref].bit_count()}

    def _under(self, ref: str) -> list[str]:
        """Those of the group and all below it that own something."""
        return [self.hierarchy.groups[number] for number in ranks(self.reached[ref] & self.owning, self.candidates)]

    def _member(self, ref: str, group: str) -> dict[str, Any]:
        """A member, and the groups (at or below ``group``) that they are a member of themselves."""
        reached = self.reached[group]
        via = [one for one in self.member_of.get(ref, ()) if one in self.rank and reached >> self.rank[one] & 1]
        return {**self.face(ref), "via": [self.face(one) for one in via[:5]]}

    def _owns(self, found: int, ref: str) -> dict[str, Any]:
        return {**self.ownership.counted(found), "path": owner_path(ref) if found else ""}

    def _owns_all(self, ref: str, found: int, owners: Iterable[str]) -> dict[str, Any] | None:
        """What several own together; None if that is no more than what ``ref`` owns itself."""
        if found == self.ownership.of(ref):
            return None
        return {**self.ownership.counted(found), "owners": self._owners(owners)}

    def _owners(self, refs: Iterable[str]) -> list[dict[str, Any]]:
        """Who of several owns something, and how much: most first."""
        counts = [(self.ownership.of(ref).bit_count(), ref) for ref in refs]
        counts = sorted(((count, ref) for count, ref in counts if count), key=lambda pair: (-pair[0], self.face.order(pair[1])))
        return [{"title": self.face(ref)["title"], "path": owner_path(ref), "count": count} for count, ref in counts[:_OWNERS]]

    def _person(self, ref: str) -> dict[str, Any]:
        entity = self.entities[ref]
        groups = sorted(self.member_of.get(ref, ()), key=self.face.order)
        profile = entity.spec.get("profile")
        above = {one for group in groups if group in self.rank for one in self.hierarchy.chain(group)} - set(groups)
        owners = [ref, *groups]
        return {
            **self.face(ref),
            "email": _text(profile.get("email")) if isinstance(profile, Mapping) else "",
            "letter": _letter(entity.title),
            "groups": [self.face(group) for group in groups[:50]],
            "groups_total": len(groups),
            "above": [self.face(group) for group in sorted(above, key=self.face.order)],
            "owns": self._owns(self.ownership.of(ref), ref),
            "owns_all": self._owns_all(ref, self.ownership.all_of(owners), owners),
        }

    def _organisation(self) -> dict[str, Any]:
        tree = self.hierarchy.tree()
        rows = [
            {
                **self.face(ref),
                "type": _text(self.entities[ref].spec.get("type")),
                "level": level,
                "hidden": hidden,
                **self._row(ref),
            }
            for ref, level, hidden in tree
        ]
        letters: dict[str, dict[str, Any]] = {}
        for number, ref in enumerate(self.people):
            letter = _letter(self.entities[ref].title)
            at = letters.setdefault(letter, {"letter": letter, "page": number // PAGE + 1, "count": 0})
            at["count"] += 1
        in_none = sum(not self.member_of.get(ref) for ref in self.people)
        return {
            "groups": len(self.hierarchy.groups),
            "people": len(self.people),
            "in_none": in_none,
            "tree": rows,
            "left_out": len(self.hierarchy.groups) - len(rows),
            "letters": list(letters.values()),
        }

    def _row(self, ref: str) -> dict[str, int]:
        return {
            **self._figures(ref),
            "members_total": self.direct[ref].bit_count(),
            "owns_total": self.ownership.of(ref).bit_count(),
        }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _letter(title: str) -> str:
    """Under which letter people look for a title; ``#`` for what does not begin with one."""
    first = folded(title)[:1].upper()
    return first[:1] if first.isalpha() else "#"
