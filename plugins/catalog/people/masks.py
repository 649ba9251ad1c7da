"""Sets as whole numbers, one bit a member: unions over a hierarchy of hundreds of groups cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence


def mask(members: Iterable[str], rank: Mapping[str, int]) -> int:
    """The set of those ``members`` that have a rank."""
    found = 0
    for member in members:
        if member in rank:
            found |= 1 << rank[member]
    return found


def ranks(found: int, limit: int) -> Iterator[int]:
    """The lowest ``limit`` ranks of a set, in their order."""
    while found and limit:
        lowest = found & -found
        yield lowest.bit_length() - 1
        found ^= lowest
        limit -= 1


def gathered(own: Mapping[str, int], below: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """For each node its own set and those of all nodes below it, whatever circles ``below`` holds."""
    total = dict(own)
    order = _deepest_first(own, below)
    changed = True
    while changed:
        changed = False
        for node in order:
            found = total[node]
            for child in below.get(node, ()):
                found |= total.get(child, 0)
            changed |= found != total[node]
            total[node] = found
    return total


def _deepest_first(nodes: Mapping[str, int], below: Mapping[str, Sequence[str]]) -> list[str]:
    """Every node after those below it, as far as there are no circles: then one round does, and a second sees that it did."""
    order: list[str] = []
    seen: set[str] = set()
    stack = [(node, False) for node in nodes]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(child, False) for child in below.get(node, ()) if child in nodes]
    return order
