"""All entities of a catalog, ready to be asked: what the REST API and ``callboard catalog query`` answer from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from .columns import EMPTY, Column, Pair, columns
from .predicates import Chooser, Found
from .rows import text_of
from .search import DEFAULT_LIMIT, Cursor, Order, Search

Plain = Mapping[str, Any]


class Page(NamedTuple):
    """Some of the entities that were asked for."""

    entities: list[Plain]
    total: int
    """How many there are on all pages; 0 if they were not counted."""
    following: Cursor | None = None
    previous: Cursor | None = None


class Engine:
    """Answers queries over entities as Backstage answers them (with ``relations`` and ``metadata.uid``).

    Loading 10,000 takes about half a second; a query a few milliseconds.
    """

    def __init__(self, entities: Iterable[Plain]) -> None:
        known = {reference(entity): entity for entity in entities}
        self.refs: tuple[str, ...] = tuple(sorted(known))
        """Canonical references, sorted: this is the order of all answers that ask for none, and settles equal sort values."""
        self.entities: tuple[Plain, ...] = tuple(known[ref] for ref in self.refs)
        self._by_ref = known
        self._columns = columns(self.entities)
        self._chooser = Chooser(self._columns, len(self.entities))

    def by_ref(self, ref: str) -> Plain | None:
        """The entity with this reference, compared without case."""
        return self._by_ref.get(ref.lower())

    def number(self, ref: str) -> int:
        """The number of an entity that is there."""
        return bisect_left(self.refs, ref.lower())

    def by_uid(self, uid: str) -> Plain | None:
        """The entity with this ``metadata.uid``."""
        return self._by_uid.get(uid.lower())

    @cached_property
    def _by_uid(self) -> Mapping[str, Plain]:
        return {(text_of(entity["metadata"].get("uid")) or "").lower(): entity for entity in self.entities}

    def chosen(self, predicate: Any) -> Found:
        """The numbers of the entities that satisfy a predicate; all for None. Raises BadQuery."""
        return self._chooser.choose({} if predicate is None else predicate)

    def listed(
        self,
        predicate: Any = None,
        orders: Sequence[Order] = (),
        *,
        offset: int = 0,
        limit: int | None = None,
        term: str = "",
        term_fields: Sequence[str] = (),
    ) -> Page:
        """Entities by any number of fields; what lacks a field comes last, whichever way. Raises BadQuery."""
        numbers = sorted(self.chosen(predicate) & self._containing(term, term_fields))
        for order in reversed(orders):
            first = self._column(order.field).first
            having = [number for number in numbers if number in first]
            having.sort(key=first.__getitem__, reverse=order.descending)
            numbers = having + [number for number in numbers if number not in first]
        end = None if limit is None else offset + limit
        return Page([self.entities[number] for number in numbers[offset:end]], len(numbers))

    def searched(self, search: Search, *, limit: int = DEFAULT_LIMIT, offset: int = 0, count: bool = True) -> Page:
        """The first page of a search, after ``offset`` entities. Raises BadQuery."""
        line = self._line(search)
        total = len(line) if count else 0
        shown = line[offset : offset + limit]
        following = None
        if shown and len(line) > offset + limit:
            first, last = self._values(search, shown[0]), self._values(search, shown[-1])
            following = Cursor(search, last, backwards=False, first=first, total=total)
        return Page([self.entities[number] for _, number in shown], total, following)

    def followed(self, cursor: Cursor, *, limit: int = DEFAULT_LIMIT) -> Page:
        """The page that a cursor points to, with cursors to its neighbours. Raises BadQuery."""
        search = cursor.search
        line = self._line(search)
        before, behind = self._position(line, cursor)
        shown = line[max(0, before - limit) : before] if cursor.backwards else line[behind : behind + limit]
        more = bool(limit) and (cursor.backwards or len(line) > behind + limit)
        if not shown:
            return Page([], cursor.total)
        first, last = self._values(search, shown[0]), self._values(search, shown[-1])
        following = Cursor(search, last, backwards=False, first=cursor.first, total=cursor.total) if more else None
        previous = None
        if first != cursor.first:
            previous = Cursor(search, first, backwards=True, first=cursor.first, total=cursor.total)
        return Page([self.entities[number] for _, number in shown], cursor.total, following, previous)

    def facets(self, names: Iterable[str], predicate: Any = None) -> dict[str, list[dict[str, Any]]]:
        """How many entities have each value of each facet, values in their own case and sorted. Raises BadQuery."""
        among = None if predicate is None else self.chosen(predicate)
        return {
            name: [{"value": value, "count": count} for value, count in self._column(name).counts(among).items()]
            for name in names
        }

    def _containing(self, term: str, fields: Sequence[str]) -> Found:
        """The entities with a text in any of the fields; all without a text."""
        wanted = term.strip().lower()
        if not wanted:
            return self.chosen(None)
        return EMPTY.union(*(self._column(field).containing(wanted) for field in fields))

    def _column(self, name: str) -> Column:
        return self._columns.get(name.lower()) or Column()

    def _line(self, search: Search) -> Sequence[Pair]:
        """The answer of a search, all of it, as sort values and numbers."""
        names = search.term_fields or (search.order.field if search.order else "metadata.uid",)
        found = self.chosen(search.predicate) & self._containing(search.term, names)
        if search.order is None:
            return [("", number) for number in sorted(found)]
        line = [pair for pair in self._column(search.order.field).pairs if pair[1] in found]
        return line[::-1] if search.order.descending else line

    def _values(self, search: Search, pair: Pair) -> tuple[str, ...]:
        ref = self.refs[pair[1]]
        return (pair[0], ref) if search.order else (ref,)

    def _position(self, line: Sequence[Pair], cursor: Cursor) -> tuple[int, int]:
        """Where the part before the cursor ends, and where the part behind it begins: its entity may be gone since."""
        *values, ref = cursor.at
        value = values[0] if values else ""
        number = bisect_left(self.refs, ref)
        known = number < len(self.refs) and self.refs[number] == ref
        descending = cursor.search.order is not None and cursor.search.order.descending
        ascending = line[::-1] if descending else line
        low = bisect_left(ascending, (value, number))
        high = low + (known and low < len(ascending) and ascending[low] == (value, number))
        return (len(line) - high, len(line) - low) if descending else (low, high)


def reference(entity: Plain) -> str:
    """The canonical reference of an entity."""
    metadata = entity["metadata"]
    return f"{entity['kind']}:{metadata.get('namespace') or 'default'}/{metadata['name']}".lower()
