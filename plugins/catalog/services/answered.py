"""What a service gave: entities, or the texts of descriptor files; with where all of it came from, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

from callboard.plugin import (
    Answer,
    Entity,
    EntityRef,
    FetchError,
    Http,
    NotAsked,
    Origin,
    Place,
    Problem,
    Secret,
    Severity,
    State,
    seconds,
    side_by_side,
)

from ..options.providers import Schedule, unscheduled

S = TypeVar("S")
T = TypeVar("T")
Headers = Mapping[str, str | Secret]

AT_ONCE = 8
_MOST_PAGES = 2_000
_NEXT = re.compile(r"<([^<>]*)>\s*;[^<]*\brel=\"?next\b\"?")


class Found(NamedTuple):
    """A descriptor file of a repository: the address of its page, and its text."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What one provider gave: all of it, or a FetchError was raised."""

    origin: Origin
    entities: tuple[Entity, ...] = ()
    found: tuple[Found, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, and how: one provider of the options."""

    name: str
    """As it is written: ``github.main``."""
    http: Http
    place: Place
    label: str
    """What readers see of it: its host."""
    href: str
    """What it reads, for readers."""
    headers: Headers
    now: datetime
    ttl: float | None = None
    """Seconds that an answer counts as fresh; None: what the manifest says."""

    def warning(self, code: str, what: str, mend: str = "") -> Problem:
        """A problem of this provider, at its place in the options."""
        return Problem(code, what, self.place, f"providers.{self.name}", mend, Severity.WARNING)

    def unasked(self) -> Answered:
        """Nothing, and no fault: ``callboard check`` asks no service."""
        return Answered(Origin(self.name, "http", self.label, State.SKIPPED, href=self.href))

    def failed(self, error: FetchError) -> Answered:
        """Nothing, and why: the entities of other sources are shown all the same."""
        # Not of kind http: then the core would say once more that this host did not answer.
        origin = Origin(self.name, "provider", self.label, State.FAILED, href=self.href, error=str(error))
        what = f"what {self.name} gives is missing: {error}"
        return Answered(origin, problems=(self.warning("catalog/service-failed", what),))

    def joined(self, origins: Sequence[Origin]) -> Origin:
        """One origin for all answers: as old, and as stale, as the worst of them."""
        worst = min(origins, key=lambda origin: (_GRADES.index(origin.state), origin.as_of is None, origin.as_of))
        times = [origin.as_of for origin in origins if origin.as_of is not None]
        digest, oldest = origins[0].digest if len(origins) == 1 else "", min(times, default=None)
        joined = replace(worst, name=self.name, label=self.label, href=self.href)
        return replace(joined, as_of=oldest, digest=digest, ttl=origins[0].ttl)

    def unseen(self, page: str, seen: set[str]) -> str:
        """``page`` (an address or a cursor), noted among those ``seen``. Raises FetchError if it was there before: no list is endless."""
        if page in seen or len(seen) > _MOST_PAGES:
            raise FetchError(f"{self.label} gives the same page again and again.")
        seen.add(page)
        return page

    def entity(self, value: dict[str, Any], index: int) -> Entity:
        """The Entity of a valid ``value``, the one at ``index`` of all that this provider gives."""
        metadata = value["metadata"]
        ref = EntityRef(value["kind"], metadata["namespace"], metadata["name"])
        return Entity(ref, value, Place(self.label), self.name, index)

    def pages(self, url: str, *, absent: bool = False) -> Iterator[Answer]:
        """All pages of a list, each named by the one before: by its ``Link`` header, or GitLab's ``x-next-page``.

        With ``absent`` there may be no first page, whose value is None then. Raises FetchError: half a list is none.
        """
        first, seen = url, {url}
        while True:
            answer = self.http.json(
                url, headers=self.headers, name=self.name, ttl=self.ttl, accept=_list, absent=absent and url == first
            )
            yield answer
            following = _following(url, answer.headers)
            if not following:
                return
            if urlsplit(following)[:2] != urlsplit(first)[:2]:
                raise FetchError(f"{self.label} names a next page on another host.")
            url = self.unseen(following, seen)


_GRADES = (State.FAILED, State.STALE, State.SKIPPED, State.OK)


def _list(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("it is no list")
    return value


def _following(url: str, headers: Mapping[str, str]) -> str:
    if found := _NEXT.search(headers.get("link", "")):
        return str(urljoin(url, found[1]))
    number = headers.get("x-next-page", "").strip()
    if not number.isdigit():
        return ""
    start, _, query = url.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("page=")]
    return f"{start}?{'&'.join([*kept, f'page={number}'])}"


def lasting(schedule: Schedule) -> float | None:
    """Seconds that answers count as fresh: the schedule's frequency, if it says one."""
    said = schedule.get("frequency")
    return None if said is None or unscheduled(said) else seconds(said)


def unused(schedule: Schedule) -> list[str]:
    """What a schedule says that has no effect on a build."""
    said = schedule.get("frequency")
    rest = [name for name in ("timeout", "initialDelay", "scope") if name in schedule]
    return ([] if said is None or not unscheduled(said) else ["frequency"]) + rest


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of many files: those that there are, where they came from, and what could not be read."""

    found: tuple[Found, ...]
    origins: tuple[Origin, ...]
    problems: tuple[Problem, ...]


def texts(asking: Asking, pages: Mapping[str, float | None], request: Callable[[str], tuple[str, Headers]]) -> Texts:
    """The files at the addresses ``pages``, asked for side by side; ``request`` gives the address and headers of the bytes.

    ``pages`` says of each how long its answer counts as fresh (None: as long as the provider's others). A file that is not there is
    left out. One that fails costs itself; all that fail for one reason are one problem.
    """

    def read(page: str) -> Answer | FetchError:
        url, headers = request(page)
        try:
            return asking.http.text(url, headers=headers, name=asking.name, ttl=pages[page] or asking.ttl, absent=True)
        except NotAsked:
            raise
        except FetchError as error:
            return error

    answers = list(zip(pages, side_by_side(read, pages, at_once=AT_ONCE), strict=True))
    failed = [(page, str(answer)) for page, answer in answers if isinstance(answer, FetchError)]
    good = [(page, answer) for page, answer in answers if isinstance(answer, Answer)]
    return Texts(
        tuple(Found(page, answer.value) for page, answer in good if answer.value is not None),
        tuple(answer.origin for _, answer in good),
        tuple(_missing(asking, failed)),
    )


def _missing(asking: Asking, failed: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    reasons: dict[str, list[str]] = {}
    for page, reason in failed:
        reasons.setdefault(reason, []).append(page)
    for reason, pages in reasons.items():
        more = f" and {len(pages) - 1} more" if len(pages) > 1 else ""
        yield asking.warning("catalog/missing-target", f'"{pages[0]}"{more} cannot be read: {reason}')
