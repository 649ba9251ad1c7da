"""YAML text → plain values, with the line and column of each key; broken or hostile input is ``Malformed``, never a crash.

Values are built from libyaml's events in one loop with its own stack (``yaml.load`` recurses in C, so 100,000 brackets end
the process); the limits are counted in the same loop. Scalars follow YAML 1.2's core schema, as in Backstage's reader.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from sys import intern
from typing import Any, Final, NoReturn

import yaml
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from callboard.model.problem import Key, Marks, Place

_Parser: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Next = Callable[[], Any]
"""Gives the next event (Any: the loops read attributes that only some events have)."""

_MOST_FAULTS: Final = 100
_MOST_DIGITS: Final = 300
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_STARTS: Final = frozenset("-+.0123456789")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN")
_BREAKS: Final = "\n\r\x85\u2028\u2029"
_BREAK: Final = re.compile(f"\r\n|[{_BREAKS}]")
_MARKER: Final = re.compile(rf"(?:\A|(?<=[{_BREAKS}]))(?:---|\.\.\.)(?=[ \t{_BREAKS}]|\Z)")
_CONTENT: Final = re.compile(rf"(?:\A|(?<=[{_BREAKS}]))[ \t]*(?!%)[^# \t{_BREAKS}]")
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Malformed(Exception):
    """A document that cannot be read: ``what`` and ``mend`` are sentences; ``line`` and ``column`` (characters) count from 1."""

    def __init__(self, what: str, mend: str, *, line: int = 1, column: int = 1, index: int = 0) -> None:
        super().__init__(f"{line}:{column}  {what} {mend}")
        self.what = what
        self.mend = mend
        self.line = line
        self.column = column
        self.index = index
        """Which document of the file, from 0."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file as plain JSON data (dict with text keys, list, str, int, float, bool)."""

    value: Any
    line: int
    """The line where its content begins, from 1."""
    index: int
    """Which document of the file, from 0; empty and faulty ones count."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold. More of it is Malformed."""

    size: int = 2_000_000
    """Bytes of the file (UTF-8)."""
    depth: int = 50
    """Lists and mappings inside each other."""
    aliases: int = 20
    """``*name`` in one document."""
    nodes: int = 200_000
    """Texts, numbers and keys, and two for each list or mapping; what an alias stands for counts again."""
    tags: bool = False
    """Whether tags (``!ENV``, ``!!python/name:…``) are read over: what they stand on is plain data then, a text stays a text."""


FILE: Final = Limits()
SITE: Final = Limits(size=1_000_000)
TAGGED: Final = Limits(size=1_000_000, tags=True)
"""For files of other tools, whose tags call their code: they are never followed."""


def documents(text: str, *, limits: Limits = FILE) -> list[Document | Malformed]:
    """Every document of ``text`` in order; each faulty one is a Malformed in its place, empty ones are left out."""
    return _Reader(text, limits).read()


def load(text: str, file: str, *, limits: Limits = SITE) -> tuple[Any, Marks]:
    """The one document of ``text`` (None if it is empty), and the Marks of its keys and list items. Raises Malformed."""
    found = documents(text, limits=limits)
    for part in found:
        if isinstance(part, Malformed):
            raise part
        if part is not found[0]:
            raise Malformed(
                "a second document begins here; one is wanted.", 'Remove the line "---".', line=part.line, index=part.index
            )
    value = None
    places: dict[Key, tuple[int, int]] = {}
    for part in found:
        assert isinstance(part, Document)
        value = part.value
        text = _bare(text)
        start = _starts(text)[part.index]
        places = _places(text[start:], _line(text, start))
    places[()] = (1, 1)
    return value, Marks({key: Place(file, *position) for key, position in places.items()}, Place(file, 1, 1))


def locate(text: str, document: int, key: Key) -> tuple[int, int]:
    """The line and column of ``key`` (or of its nearest parent) in the document with that index; of the fault in a faulty one."""
    text = _bare(text)
    starts = _starts(text)
    if not 0 <= document < len(starts):
        return (1, 1)
    part = text[starts[document] : (*starts, len(text))[document + 1]]
    base = _line(text, starts[document])
    for found in documents(part):
        if isinstance(found, Malformed):
            return (base + found.line - 1, found.column)
    places = _places(part, base)
    while key and key not in places:
        key = key[:-1]
    return places.get(key, (base, 1))


def _bare(text: str) -> str:
    return text.removeprefix("\ufeff")


def _line(text: str, offset: int) -> int:
    return 1 + sum(1 for _ in _BREAK.finditer(text, 0, offset))


def _starts(text: str) -> list[int]:
    """Where each document begins: the first at 0, others at their ``---`` or behind a ``...``."""
    starts: list[int] = []
    begin: int | None = 0  # of a document that has no "---" yet
    for marker in _MARKER.finditer(text):
        implicit = begin is not None and _CONTENT.search(text, begin, marker.start())
        if begin is not None and implicit:
            starts.append(begin)
        if marker[0] == "---":
            starts.append(marker.start() if begin is None or implicit else begin)
            begin = None
        elif starts:  # a "..." before anything else is a fault of the first document
            begin = marker.end()
    if begin is not None and _CONTENT.search(text, begin):
        starts.append(begin)
    return starts or [0]


class _Full(Malformed):
    """The file holds too much: nothing more of it is read."""


class _Unfit(Exception):
    """A plain scalar that is no JSON value: why."""


class _TooDeep(Exception):
    """What an alias stands for would nest too deep."""


class _Numbers(dict[str, Any]):
    """Remembers what each plain scalar that begins like a number is."""

    def __missing__(self, text: str) -> Any:
        value = self[text] = _number(text)
        return value


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        if len(text) > _MOST_DIGITS:
            raise _Unfit(f"a number of {len(text):,} digits is too long.")
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        value = float(text)
        if not math.isfinite(value):
            raise _Unfit(f"{_short(text)} is too large for a number.")
        return value
    if _NOT_FINITE.fullmatch(text):
        raise _Unfit(f"{text} is no number that JSON can hold.")
    return text


class _Reader:
    """Reads one text; after a fault it goes on with the next document."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = _bare(text)
        self.limits = limits
        self.found: list[Document | Malformed] = []
        self.faults = 0
        self.count = 0
        self.numbers = _Numbers()
        self.counted = (0, 1)

    @cached_property
    def starts(self) -> list[int]:
        return _starts(self.text)

    def read(self) -> list[Document | Malformed]:
        size = len(self.text)
        if size > self.limits.size // 4 and not self.text.isascii():
            size = len(self.text.encode("utf-8", "surrogatepass"))
        if size > self.limits.size:
            return [Malformed(f"the file has {size:,} bytes; {self.limits.size:,} are allowed.", "Split it into smaller files.")]
        self._range(0, len(self.text))
        return self.found

    def _range(self, offset: int, end: int) -> None:
        """All at once until a fault; behind it each document by itself, so that a thousand faults take no longer."""
        while offset < end:
            following = self._index(offset) + 1 if offset else len(self.text)
            offset = self._stream(offset, min(end, self.starts[following]) if offset and following < len(self.starts) else end)

    def _stream(self, offset: int, end: int) -> int:
        """Read from ``offset``, the start of a document, until ``end`` or a fault. Returns where to go on."""
        text = self.text[offset:end]
        known, counted = len(self.found), self.count
        begun = index = self._index(offset) if offset else 0
        base = self._line(offset)
        here = -1  # where the open document begins; -1 between documents
        try:
            events = _Parser(text).get_event
            events()
            while (event := events()).__class__ is DocumentStartEvent:
                here = event.end_mark.index  # type: ignore[union-attr]  # events of a parser always have marks
                first = events()
                value, self.count = _build(events, first, self.numbers, self.limits, self.count)
                if value is not None:
                    self.found.append(Document(value, base + first.start_mark.line, index))
                index += 1
                here = -1
        except (ReaderError, UnicodeEncodeError):
            del self.found[known:]
            return self._forbidden(offset, end)
        except MarkedYAMLError as error:
            if "nesting depth" in str(error.problem) and (less := _shallower(text, error.problem_mark)):
                # libyaml from 0.2.6 on looks far ahead in brackets and gives up there; with fewer of them it comes to our limit.
                del self.found[known:]
                self.count = counted
                return self._stream(offset, offset + less)
            what, mend, mark = _words(error, text)
            at = self._index(offset + (here if here >= 0 else mark.index))
            if here < 0 and at == index > begun:
                return self.starts[at]  # libyaml wants "---" even behind "..."; YAML does not
            return self._fault(Malformed(what, mend, line=base + mark.line, column=mark.column + 1, index=at))
        except Malformed as fault:
            if isinstance(fault, _Full):
                self.faults = _MOST_FAULTS - 1
            return self._fault(Malformed(fault.what, fault.mend, line=base + fault.line - 1, column=fault.column, index=index))
        return end

    def _forbidden(self, offset: int, end: int) -> int:
        """A character that no YAML holds: what comes before its document is read again, up to there."""
        match = _FORBIDDEN.search(self.text, offset, end)
        at = match.start() if match else offset
        index = self._index(at)
        self._range(offset, min(self.starts[index], at))
        line = self._line(at)
        column = at - max(self.text.rfind(end, 0, at) for end in _BREAKS)
        what = f"the character U+{ord(self.text[at]):04X} is not allowed in YAML."
        return self._fault(Malformed(what, "Remove it.", line=line, column=column, index=index))

    def _fault(self, fault: Malformed) -> int:
        if self.found and self.found[-1].index == fault.index:
            self.found.pop()
        self.faults += 1
        if self.faults == _MOST_FAULTS:
            fault.mend += " What follows in this file is not read."
        self.found.append(fault)
        following = fault.index + 1
        return self.starts[following] if following < len(self.starts) and self.faults < _MOST_FAULTS else len(self.text)

    def _index(self, offset: int) -> int:
        return max(bisect_right(self.starts, offset) - 1, 0)

    def _line(self, offset: int) -> int:
        start, line = self.counted
        if offset > start:
            self.counted = start, line = (offset, line + sum(1 for _ in _BREAK.finditer(self.text, start, offset)))
        return line


def _build(  # noqa: C901, PLR0912, PLR0915  # one loop without calls: this is the hot path of every build
    events: _Next, event: Any, numbers: _Numbers, limits: Limits, count: int
) -> tuple[Any, int]:
    """The value of one document, from its first event to its end, and the count of nodes so far."""
    root: list[Any] = []
    node: Any = root
    mapping = False
    key: Any = None
    value: Any
    stack: list[Any] = []
    anchors: dict[str, Any] = {}
    aliases = extra = 0
    try:
        for number in range(count, limits.nodes):
            kind = event.__class__
            if kind is ScalarEvent:
                text = event.value
                plain = event.implicit[0]
                if event.tag is not None and not limits.tags:
                    _refuse_tag(event)
                if mapping and key is None:
                    if text in node or (plain and text == "<<"):
                        _refuse_key(event)
                    key = value = intern(text)
                else:
                    if not plain:
                        value = text
                    elif text in _WORDS:
                        value = _WORDS[text]
                    else:
                        value = numbers[text] if text[0] in _NUMBER_STARTS else text
                    if mapping:
                        node[key] = value
                        key = None
                    else:
                        node.append(value)
                if event.anchor is not None:
                    anchors[event.anchor] = value
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node = stack.pop()
                mapping = node.__class__ is dict
            elif kind is DocumentEndEvent:
                return root[0], number + extra
            else:
                if mapping and key is None:
                    _refuse_key(event)
                if kind is AliasEvent:
                    aliases += 1
                    if aliases > limits.aliases:
                        _refuse(event, f"more than {limits.aliases} aliases (*name) in one document.", "Write the values out.")
                    value, size = _copied(event, anchors, [*stack, node], limits.depth)
                    extra += size
                    if number + extra > limits.nodes:
                        break
                else:
                    if event.tag is not None and not limits.tags:
                        _refuse_tag(event)
                    value = {} if kind is MappingStartEvent else []
                    if event.anchor is not None:
                        anchors[event.anchor] = value
                if mapping:
                    node[key] = value
                    key = None
                else:
                    node.append(value)
                if kind is not AliasEvent:
                    stack.append(node)
                    if len(stack) > limits.depth:
                        _refuse_depth(event, limits.depth)
                    node = value
                    mapping = kind is MappingStartEvent
            event = events()
    except _Unfit as error:
        _refuse(event, str(error), "Put it in quotes, so that it is text.")
    mark = event.start_mark
    mend = "Split it into smaller files."
    raise _Full(f"the file holds more than {limits.nodes:,} values.", mend, line=mark.line + 1, column=mark.column + 1)


def _copied(event: Any, anchors: dict[str, Any], parents: list[Any], depth: int) -> tuple[Any, int]:
    """What an alias stands for, as a value of its own, and its size in nodes."""
    name = event.anchor
    if name not in anchors:
        _refuse(event, f'nothing before this is called "&{name}".', 'Put quotes around a text that begins with "*".')
    value = anchors[name]
    if any(parent is value for parent in parents):
        _refuse(event, f'"*{name}" stands inside of what it stands for.', "Write the value out.")
    try:
        return _copy(value, depth - len(parents) + 1)
    except _TooDeep:
        _refuse_depth(event, depth)


def _copy(value: Any, room: int) -> tuple[Any, int]:
    if value.__class__ not in (dict, list):
        return value, 1
    if room <= 0:
        raise _TooDeep
    parts = [_copy(part, room - 1) for part in (value.values() if isinstance(value, dict) else value)]
    size = 1 + sum(size for _, size in parts)
    if isinstance(value, dict):
        return {key: part for key, (part, _) in zip(value, parts, strict=True)}, size + len(parts)
    return [part for part, _ in parts], size


def _places(text: str, base: int) -> dict[Key, tuple[int, int]]:
    """The line and column of each key and list item of the first document of ``text``, which is known to be sound."""
    events = _Parser(text).get_event
    places: dict[Key, tuple[int, int]] = {}
    frames: list[list[Any]] = []  # of each open list or mapping: its key, whether it is a mapping, and the open key or next index
    while (event := events()).__class__ is not DocumentEndEvent:
        kind = event.__class__
        if kind in (MappingEndEvent, SequenceEndEvent):
            frames.pop()
            continue
        if kind not in (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent):
            continue
        mark = event.start_mark
        here: Key = ()
        if frames:
            path, mapping, slot = frames[-1]
            if slot is None:
                frames[-1][2] = event.value
                places[*path, event.value] = (base + mark.line, mark.column + 1)
                continue
            here = (*path, slot)
            frames[-1][2] = None if mapping else slot + 1
            if not mapping:
                places[here] = (base + mark.line, mark.column + 1)
        if kind in (MappingStartEvent, SequenceStartEvent):
            frames.append([here, kind is MappingStartEvent, None if kind is MappingStartEvent else 0])
    return places


def _short(text: str) -> str:
    """A text in double quotes, for a message: one line, at most 60 characters."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= 60 else line[:57] + "…"}"'


def _refuse(event: Any, what: str, mend: str) -> NoReturn:
    mark = event.start_mark
    raise Malformed(what, mend, line=mark.line + 1, column=mark.column + 1)


def _refuse_tag(event: Any) -> NoReturn:
    tag = event.tag.replace("tag:yaml.org,2002:", "!!")
    _refuse(
        event, f"tags are not read, and {_short(tag)} is one.", 'Remove it, or put quotes around a text that begins with "!".'
    )


def _refuse_depth(event: Any, depth: int) -> NoReturn:
    _refuse(event, f"lists and mappings lie more than {depth} deep in each other.", "Close some brackets, or write it flatter.")


def _refuse_key(event: Any) -> NoReturn:
    if event.__class__ is not ScalarEvent:
        _refuse(
            event, "a key is a text, and no list, mapping or alias.", 'Put quotes around a text that begins with "{", "[" or "*".'
        )
    if event.value == "<<" and event.implicit[0]:
        _refuse(event, "merge keys (<<) are not read.", "Write out the keys that it brings.")
    _refuse(event, f"the key {_short(event.value)} is here twice.", "Keep one of them.")


_SENTENCES: Final = (
    ("simple key", "this line has no colon.", 'Write "key: value", with a space after the colon.'),
    (
        "block sequence entries are not allowed",
        'a list item ("- ") cannot begin here.',
        "Put each item on a line of its own below the key.",
    ),
    ("mapping keys are not allowed", 'a "? " cannot stand here.', 'Write "key: value", or put the text in quotes.'),
    ("tab character", "a tab is used for indentation.", "Use spaces."),
    (
        "expected '-' indicator",
        "this line is no item of the list above it.",
        'Begin it with "- ", or indent it to belong to the item.',
    ),
    (
        "<document start>",
        "this line does not belong to what stands before it.",
        'Indent it like the lines before, or put "---" between.',
    ),
    ("invalid Unicode character", "this escape stands for no character.", "Write the character itself."),
    ("hexdecimal", "this escape wants more hexadecimal digits.", r'Write for example "\u00e9", or the character itself.'),
    ("comment or line break", "only a line break may follow here.", 'Begin the text below the line that has "|" or ">".'),
    ("indentation indicator", "this indentation cannot be.", 'Remove the digit behind "|" or ">".'),
    ("found incompatible YAML", "this version of YAML is not read.", "Remove the line that begins with %YAML."),
    ("directive", 'a line that begins with "%" is an order to the reader, and this one is not known.', "Put the text in quotes."),
    ("tag", "tags are not read.", 'Remove it, or put quotes around a text that begins with "!".'),
    ("node content", "a value is missing here.", 'Write one, or put quotes around a text that begins with "," "]" or "}".'),
)
"""Part of libyaml's words, and ours for it."""


def _words(error: Any, text: str) -> tuple[str, str, Any]:
    """What and mend in our words, and the mark to show, for a fault that libyaml found in ``text``."""
    problem, context = str(error.problem), str(error.context or "")
    at = error.problem_mark or error.context_mark
    begin = error.context_mark or at
    mark = at
    if "expected ',' or" in problem:
        what, mend = _open_bracket(problem[-2], begin, at)
        mark = begin if at.line > begin.line else at
    elif "mapping values are not allowed" in problem:
        what, mend = _stray_colon(_before(text, at))
    elif "expected key" in problem:
        what, mend = _stray_text(_before(text, at), begin)
    elif "unknown escape" in problem:
        what = f"{_short(text[at.index : at.index + 2])} is no escape in double quotes."
        mend = r'Write "\\" for a backslash, or use single quotes.'
    elif "node content" in problem and (not text[at.index :].strip() or text.startswith("---", at.index)):
        what, mend = "the document ends inside of brackets.", 'Close each "[" with "]" and each "{" with "}".'
        mark = _last(text, at.index)
    elif "end of stream" in problem or "document indicator" in problem:
        what = f"the quote that opens here ({text[begin.index : begin.index + 1]}) is never closed."
        mend, mark = "Close it; a quote inside of it is doubled or escaped.", begin
    elif "cannot start any token" in problem or "an alias" in context or "an anchor" in context:
        what, mend = _first_character(text[begin.index : begin.index + 1])
        mark = begin
    else:
        what, mend = _plain_words(problem, context)
        mark = begin if "simple key" in context else at
    return what, mend, mark


def _shallower(text: str, mark: Any) -> int:
    """How much of ``text`` has a few hundred nested brackets less than there are at ``mark``; 0 if there are none to leave out."""
    opened = [at for at in range(mark.index) if text[at] in "[{"][-800:]
    return opened[0] if opened else 0


def _plain_words(problem: str, context: str) -> tuple[str, str]:
    for part, what, mend in _SENTENCES:
        if part in problem or part in context:
            return what, mend
    return f"this is no YAML: {problem}.", "Look at quotes, brackets and indentation here and in the line before."


@dataclass(frozen=True, slots=True)
class _Mark:
    """A position as libyaml has it: from 0."""

    index: int
    line: int
    column: int


def _last(text: str, end: int) -> _Mark:
    """The last character before ``end`` that is not white."""
    index = max(len(text[:end].rstrip()) - 1, 0)
    return _Mark(index, _line(text, index) - 1, index - 1 - max(text.rfind(character, 0, index) for character in _BREAKS))


def _before(text: str, mark: Any) -> str:
    return text[mark.index - mark.column : mark.index]


def _open_bracket(closing: str, begin: Any, at: Any) -> tuple[str, str]:
    opening = "[" if closing == "]" else "{"
    if at.line > begin.line:
        return f'this "{opening}" is not closed, or a comma is missing in it.', f'Close it with "{closing}".'
    return f'a comma or "{closing}" is missing before this.', 'Put quotes around a text that holds "," ":" or a bracket.'


def _stray_colon(before: str) -> tuple[str, str]:
    if re.search(r":\s", before):
        return 'a second ": " in one line begins a mapping where none can be.', "Put the text that holds the colon in quotes."
    return (
        "a key cannot stand here: the line before goes on into this one.",
        "Look for a missing space after a colon, or an indentation too deep.",
    )


def _stray_text(before: str, begin: Any) -> tuple[str, str]:
    if before.strip():
        return "something follows the end of a value.", "Put the whole value in quotes, or remove what follows."
    return f"this line is no key of the mapping that begins in line {begin.line + 1}.", "Indent it like the keys around it."


def _first_character(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab is used for indentation.", "Use spaces."
    return f'a text cannot begin with "{character}".', "Put it in quotes."
