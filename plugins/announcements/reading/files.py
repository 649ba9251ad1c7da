"""A Markdown file → one Announcement."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches

from callboard.plugin import EntityRef, File, FrontMatter, Malformed, Place, Problem, Severity, front_matter, segment

from . import times
from .announcement import KINDS, Announcement

_KEYS = (
    "title",
    "date",
    "starts",
    "expires",
    "kind",
    "category",
    "pinned",
    "banner",
    "author",
    "tags",
    "entities",
    "systems",
    "domains",
    "summary",
    "draft",
)
_CONCERNS = {"entities": "component", "systems": "system", "domains": "domain"}
"""The keys that name whom it concerns, with the kind of a reference that names none."""
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})[-_. ]?(.*)")
_FLAGS: Mapping[str, bool] = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read(file: File, folder: str) -> tuple[Announcement | None, list[Problem]]:
    """What a file announces, and what is wrong with it."""
    try:
        matter = front_matter(file.text, file.name)
    except UnicodeDecodeError as error:
        what = f"The file is no UTF-8 text (byte {error.start})."
        return None, [Problem("announcements/unreadable", what, Place(file.name), mend="Save it as UTF-8.")]
    except Malformed as fault:
        place = Place(file.name, fault.line, fault.column)
        return None, [Problem("announcements/unreadable", fault.what, place, mend=fault.mend)]
    reader = _Reader(file, matter, folder)
    return reader.announcement(), reader.problems


class _Reader:
    """The front matter of one file, key by key."""

    def __init__(self, file: File, matter: FrontMatter, folder: str) -> None:
        self._file, self._matter, self._folder = file, matter, folder
        self.problems: list[Problem] = []

    def announcement(self) -> Announcement:
        """All of it; what is wrong with a key costs that key."""
        below = posixpath.splitext(self._file.name.removeprefix(f"{self._folder}/"))[0]
        named = _NAME.fullmatch(below.rpartition("/")[2])
        date, published = self._published(named[1] if named else "")
        starts = self._moment("starts")
        expires = self._said("expires")
        until = self._moment("expires", end=True)
        if until and published and until <= (starts or published):
            what = f'it expires ("{expires}") before it begins ("{self._said("starts") or date}"), so that nobody would see it.'
            self._fault("ends-first", what, "expires", "Correct one of the two.")
        words = re.sub(r"[-_]+", " ", named[2] if named and named[2] else below.rpartition("/")[2]).strip().capitalize()
        kind, category = self._kind()
        self._unknown_keys()
        places = dict(self._refs())
        return Announcement(
            id=below,
            path="/".join(part for part in (segment(step) for step in below.split("/")) if part),
            title=self._matter.title or words,
            text=self._matter.text,
            kind=kind,
            category=category,
            published=published,
            date=date,
            starts=starts,
            until=until,
            expires=times.shown(expires) if until else "",
            pinned=bool(self._flag("pinned")),
            banner=self._flag("banner"),
            author=self._said("author"),
            tags=tuple(self._words("tags")),
            entities=tuple(places),
            summary=self._said("summary"),
            file=self._file.name,
            line=self._matter.line,
            places=places,
            off=bool(self._flag("draft")),
        )

    def _said(self, key: str) -> str:
        value = self._matter.values.get(key)
        return str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""

    def _words(self, key: str) -> Iterator[str]:
        value = self._matter.values.get(key)
        for one in value if isinstance(value, list) else str(value).split(",") if value is not None else []:
            if isinstance(one, (str, int)) and str(one).strip():
                yield str(one).strip()

    def _published(self, named: str) -> tuple[str, datetime | None]:
        """When it was published: as it says, or as its file's name does."""
        if "date" in self._matter.values:
            found = self._moment("date")
            return (times.shown(self._said("date")), found) if found else ("", None)
        try:
            return named, times.begin(named)
        except ValueError:
            what = "it does not say when it was published, so that it is among the past ones."
            self._fault("no-date", what, "", "Write in its front matter: date: 2026-01-31")
            return "", None

    def _moment(self, key: str, *, end: bool = False) -> datetime | None:
        if self._matter.values.get(key) in (None, ""):
            return None
        text = self._said(key)
        try:
            return times.end(text) if end else times.begin(text)
        except (ValueError, OverflowError):
            said = text or str(self._matter.values[key])
            mend = f"Write {key}: 2026-01-31, or a moment: {key}: 2026-01-31T18:00+01:00"
            self._fault("bad-date", f'"{said[:60]}" is no day and no moment.', key, mend)
            return None

    def _kind(self) -> tuple[str, str]:
        """Its kind, and the category if that is another word."""
        said, category = self._said("kind").lower(), self._said("category")
        if not said and category.lower() in KINDS:
            said, category = category.lower(), ""
        if not said or said in KINDS:
            return said or "info", category
        close = get_close_matches(said, KINDS, 1)
        mend = (
            f'Did you mean "{close[0]}"?' if close else f"Write one of {', '.join(KINDS)}; any other word may stand in category."
        )
        self._fault("unknown-kind", f'the kind "{said[:60]}" is none that is known; it is shown as info.', "kind", mend)
        return "info", category

    def _flag(self, key: str) -> bool | None:
        value = self._matter.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        flag = _FLAGS.get(str(value).strip().lower())
        if flag is None:
            self._fault("bad-value", f'"{str(value)[:60]}" is neither true nor false.', key, f"Write {key}: true")
        return flag

    def _refs(self) -> Iterator[tuple[str, Place]]:
        for key, kind in _CONCERNS.items():
            for index, text in enumerate(self._words(key)):
                try:
                    yield str(EntityRef.parse(text, kind=kind)), self._matter.marks.at((key, index))
                except ValueError as error:
                    self._fault("bad-value", str(error).partition(". ")[0] + ".", key, "Write kind:namespace/name.")

    def _unknown_keys(self) -> None:
        """Keys that look like one of ours; others are for other tools."""
        for key in self._matter.values:
            close = get_close_matches(str(key).lower(), _KEYS, 1, 0.8) if key not in _KEYS else ()
            if close:
                self._fault("unknown-key", f'the key "{key}" says nothing here.', str(key), f'Did you mean "{close[0]}"?')

    def _fault(self, code: str, what: str, key: str, mend: str) -> None:
        place = self._matter.marks.at((key,)) if key else Place(self._file.name, 1, 1)
        self.problems.append(Problem(f"announcements/{code}", what, place, key, mend, Severity.WARNING))
