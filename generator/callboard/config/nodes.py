"""Node: a value of a site's file that knows its place, so that files can be joined and laid over each other without losing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from callboard.model.problem import Key, Marks, Place, Problem, dotted
from callboard.schema import show


@dataclass(frozen=True, slots=True)
class Node:
    """A mapping or list of Nodes, or a plain value."""

    value: Any
    place: Place
    """Of its key, or of the item."""
    hidden: bool = False
    """It came from the environment or a file: no message shows it."""
    is_broken: bool = False
    """A substitution in it failed, and has been reported."""

    @property
    def plain(self) -> Any:
        """The value as JSON data."""
        if isinstance(self.value, dict):
            return {key: node.plain for key, node in self.value.items()}
        return [node.plain for node in self.value] if isinstance(self.value, list) else self.value

    @property
    def broken(self) -> frozenset[Key]:
        """The keys of broken values in it."""
        return frozenset(key for key, node in self.walk() if node.is_broken)

    @property
    def broken_places(self) -> frozenset[Place]:
        """The places of broken values in it."""
        return frozenset(node.place for _, node in self.walk() if node.is_broken)

    def walk(self, key: Key = ()) -> Iterator[tuple[Key, Node]]:
        """The node and all in it, with their keys."""
        yield key, self
        if isinstance(self.value, dict):
            for name, node in self.value.items():
                yield from node.walk((*key, name))
        elif isinstance(self.value, list):
            for number, node in enumerate(self.value):
                yield from node.walk((*key, number))

    def marks(self, default: Place) -> Marks:
        """The places of all keys in it."""
        nodes = dict(self.walk())
        hidden = [key for key, node in nodes.items() if node.hidden]
        return Marks({key: node.place for key, node in nodes.items()}, default, hidden=hidden)

    @property
    def shown(self) -> str:
        """The value as messages show it."""
        return '"***"' if self.hidden else show(self.value)


def planted(value: Any, marks: Marks, text: Callable[[str, Place, Key], Node], key: Key = ()) -> Node:
    """A document's value as Nodes; ``text`` makes those of texts."""
    place = marks.at(key)
    if isinstance(value, str):
        return text(value, place, key)
    if isinstance(value, dict):
        return Node({name: planted(item, marks, text, (*key, name)) for name, item in value.items()}, place)
    if isinstance(value, list):
        return Node([planted(item, marks, text, (*key, number)) for number, item in enumerate(value)], place)
    return Node(value, place)


def joined(first: Node, second: Node, problems: list[Problem], key: Key = ()) -> Node:
    """Two files of one site: mappings merge, lists are joined, and one thing said twice in two ways is a problem."""
    if isinstance(first.value, dict) and isinstance(second.value, dict):
        merged = dict(first.value)
        for name, node in second.value.items():
            merged[name] = joined(merged[name], node, problems, (*key, name)) if name in merged else node
        return replace(second, value=merged)
    if isinstance(first.value, list) and isinstance(second.value, list):
        return replace(second, value=[*first.value, *second.value])
    if first.plain != second.plain and not (first.is_broken or second.is_broken):
        what = f"{second.shown} here, but {first.shown} in {first.place}."
        problems.append(Problem("said-twice", what, second.place, dotted(key), "Keep one of the two."))
    return second


def laid_over(below: Node, over: Node) -> Node:
    """An overlay over a site: mappings merge, everything else is replaced, null removes."""
    if not isinstance(over.value, dict):
        return over
    if not isinstance(below.value, dict):
        below = Node({}, over.place)
    merged = dict(below.value)
    for name, node in over.value.items():
        if node.value is None:
            merged.pop(name, None)
        else:
            merged[name] = laid_over(merged.get(name, Node(None, node.place)), node)
    return replace(below, value=merged)
