"""Groups below groups: chains upwards, and the whole as a tree that is cut where it gets too long for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

_CHAIN = 12
"""Levels shown above a group."""
_NODES = 150
"""Groups shown in the tree of one page."""

Order = Callable[[str], tuple[list[tuple[int, str]], str]]


class Hierarchy:
    """The groups of a catalog, and which is below which."""

    def __init__(self, groups: Iterable[str], parents: Mapping[str, Sequence[str]], order: Order) -> None:
        self.groups = sorted(groups, key=order)
        known = set(self.groups)
        self._parents = {ref: [p for p in parents.get(ref, ()) if p in known and p != ref] for ref in self.groups}
        self.below: dict[str, list[str]] = {ref: [] for ref in self.groups}
        for ref in self.groups:
            for parent in self._parents[ref]:
                self.below[parent].append(ref)

    def chain(self, ref: str) -> list[str]:
        """The groups above, the highest first; of several parents the first, and no group twice."""
        found: list[str] = []
        parents = self._parents[ref]
        while parents and parents[0] not in found and parents[0] != ref and len(found) < _CHAIN:
            found.append(parents[0])
            parents = self._parents[parents[0]]
        return found[::-1]

    def tree(self) -> list[tuple[str, int, int]]:
        """``(group, level, hidden)`` in the order in which they are read: each group once, at most as many as a page bears.

        Whole levels are left out first, the lowest ones; ``hidden`` is how many groups are left out right below one. A circle
        without a way in begins with its first group.
        """
        children, roots = self._spanning()
        shown = _fitting(roots, children)
        rows: list[tuple[str, int, int]] = []
        stack = [(ref, 0) for ref in reversed(roots) if ref in shown]
        while stack:
            ref, level = stack.pop()
            rows.append((ref, level, sum(child not in shown for child in children[ref])))
            stack += [(child, level + 1) for child in reversed(children[ref]) if child in shown]
        return rows

    def _spanning(self) -> tuple[dict[str, list[str]], list[str]]:
        """Each group below one other only, and those that are below none."""
        children: dict[str, list[str]] = {ref: [] for ref in self.groups}
        placed: set[str] = set()
        roots = []
        for ref in [*(ref for ref in self.groups if not self._parents[ref]), *self.groups]:
            if ref in placed:
                continue
            roots.append(ref)
            placed.add(ref)
            queue = [ref]
            for above in queue:
                children[above] = [child for child in self.below[above] if child not in placed]
                placed.update(children[above])
                queue += children[above]
        return children, roots


def _fitting(roots: Sequence[str], children: Mapping[str, Sequence[str]]) -> set[str]:
    """As many groups as fit, level by level."""
    shown: set[str] = set()
    level = list(roots)
    while level and len(shown) < _NODES:
        shown.update(level[: _NODES - len(shown)])
        level = [child for ref in level if ref in shown for child in children[ref]]
    return shown
