"""What stands inside a line: marks, insertions, keys, emoji, addresses, critic markup, attribute lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from callboard.pages.markdown import attributes, emoji
from callboard.pages.markdown.keys import read as read_keys

Rule = Callable[[StateInline, bool], bool]
_SMALL = {"^": re.compile(r"\^([^\s^]+)\^(?!\^)"), "~": re.compile(r"~([^\s~]+)~(?!~)")}
_ADDRESS = re.compile(r"://(?:\[[0-9A-Fa-f:.]{2,45}\])?[^\s<>\"`\\\[\]]*")
_MAIL = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,24}(?![\w@-])")
_BEFORE_MAIL = re.compile(r"(?:\A|[\s(,;])((?:mailto:)?[A-Za-z0-9.!#$%&'+=_-]+)\Z")
_SCHEME = re.compile(r"(?:\A|[^\w/.-])(https?)\Z", re.IGNORECASE)
_ENDS: Final = "?!.,:;*_~'"
_KEYS = re.compile(r"\+\+((?:[\w-]{1,40}|\"[^\"\n+]{1,40}\")(?:\+(?:[\w-]{1,40}|\"[^\"\n+]{1,40}\")){0,9})\+\+")
_EMOJI = re.compile(r":([A-Za-z0-9_+-]{1,80}):")
_CRITIC: Final = {
    "{++": ("++}", "ins"),
    "{--": ("--}", "del"),
    "{==": ("==}", "mark"),
    "{>>": ("<<}", "comment"),
    "{~~": ("~~}", ""),
}
_BARE: Final = frozenset(("link_close", "image", "code_inline", "mark_close", "keys", "icon"))


def dialect(characters: frozenset[str]) -> Rule:
    """One rule for all that begins with one of ``characters``."""
    rules = {character: _RULES[character] for character in characters if character in _RULES}

    def rule(state: StateInline, silent: bool) -> bool:
        found = rules.get(state.src[state.pos])
        return found is not None and found(state, silent)

    return rule


def _around(state: StateInline, silent: bool, start: int, end: int, after: int, tag: str) -> bool:
    """``tag`` around what stands from ``start`` to ``end``; goes on at ``after``."""
    if not silent:
        last = state.posMax
        state.push("mark_open", tag, 1)
        state.pos, state.posMax = start, end
        state.md.inline.tokenize(state)
        state.posMax = last
        state.push("mark_close", tag, -1)
    state.pos = after
    return True


def _closing(state: StateInline, mark: str, start: int) -> int:
    """Where ``mark`` stands next; -1 if it does not. What was found is remembered, so that many openers stay quick."""
    key = -2 * int.from_bytes(mark.encode(), "big")  # positions are not negative
    if not state.cache.get(key, start + 1) <= start <= state.cache.get(key - 1, -1):
        found = state.src.find(mark, start)
        state.cache[key], state.cache[key - 1] = start, found if found >= 0 else len(state.src)
    found = state.cache[key - 1]
    return found if found + len(mark) <= state.posMax else -1


def _paired(state: StateInline, silent: bool, mark: str, tag: str) -> bool:
    start = state.pos + 2
    after = state.src[start : start + 1]
    if after in ("", " ", "\n", mark[0]) or (state.pos and state.src[state.pos - 1] == mark[0]):
        return False
    end = _closing(state, mark, start)
    if end <= start or state.src[end - 1].isspace():
        return False
    return _around(state, silent, start, end, end + 2, tag)


def _equals(state: StateInline, silent: bool) -> bool:
    return state.src.startswith("==", state.pos) and _paired(state, silent, "==", "mark")


def _caret(state: StateInline, silent: bool) -> bool:
    if state.src.startswith("^^", state.pos):
        return _paired(state, silent, "^^", "ins")
    return _small(state, silent, "^", "sup")


def _tilde(state: StateInline, silent: bool) -> bool:
    if state.src.startswith("~~", state.pos):
        return False
    return _small(state, silent, "~", "sub")


def _small(state: StateInline, silent: bool, mark: str, tag: str) -> bool:
    if state.pos and state.src[state.pos - 1] == mark:
        return False
    match = _SMALL[mark].match(state.src, state.pos, state.posMax)
    return match is not None and _around(state, silent, match.start(1), match.end(1), match.end(), tag)


def _plus(state: StateInline, silent: bool) -> bool:
    match = _KEYS.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        names = read_keys(match[1])
        token = state.push("keys", "", 0)
        token.content, token.meta = "+".join(names), {"keys": names}
    state.pos = match.end()
    return True


def _colon(state: StateInline, silent: bool) -> bool:
    if state.src.startswith("://", state.pos):
        return _address(state, silent)
    match = _EMOJI.match(state.src, state.pos, state.posMax)
    if match is None or (state.pos and state.src[state.pos - 1].isalnum()):
        return False
    found = emoji.symbol(match[1])
    if found is None:
        return False
    if not silent:
        token = state.push("icon", "", 0)
        token.content, token.info = found, match[1]
    state.pos = match.end()
    return True


def _address(state: StateInline, silent: bool) -> bool:
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos]) if not state.linkLevel else None
    match = _ADDRESS.match(state.src, state.pos, state.posMax) if scheme is not None else None
    if scheme is None or match is None or (not silent and not state.pending.endswith(scheme[1])):
        return False
    url = _ended(match.group())
    if len(url) < 4 or not (url[3].isalnum() or url[3] == "["):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        _link(state, scheme[1] + url, scheme[1] + url)
    state.pos += len(url)
    return True


def _ended(url: str) -> str:
    """Without the marks that end a sentence, or a bracket around it."""
    while url:
        last = url[-1]
        if last in _ENDS or (last in ")]}" and url.count(last) > url.count({")": "(", "]": "[", "}": "{"}[last])):
            url = url[:-1]
        else:
            break
    return url


def _mail(state: StateInline, silent: bool) -> bool:
    if state.linkLevel:
        return False
    before = _BEFORE_MAIL.search(state.src[max(0, state.pos - 64) : state.pos])
    match = _MAIL.match(state.src, state.pos, state.posMax) if before is not None else None
    if before is None or match is None or (not silent and not state.pending.endswith(before[1])):
        return False
    if not silent:
        state.pending = state.pending[: -len(before[1])]
        shown = before[1] + match.group()
        _link(state, shown if shown.startswith("mailto:") else f"mailto:{shown}", shown.removeprefix("mailto:"))
    state.pos = match.end()
    return True


def _link(state: StateInline, target: str, shown: str) -> None:
    opened = state.push("link_open", "a", 1)
    opened.attrs, opened.markup, opened.info = {"href": target}, "linkify", "auto"
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)


def _brace(state: StateInline, silent: bool) -> bool:
    mark = state.src[state.pos : state.pos + 3]
    if mark in _CRITIC:
        return _critic(state, silent, mark)
    return _attributes(state, silent)


def _critic(state: StateInline, silent: bool, mark: str) -> bool:
    closing, tag = _CRITIC[mark]
    start = state.pos + 3
    end = _closing(state, closing, start)
    if end < 0:
        return False
    if tag == "comment":
        if not silent:
            state.push("comment", "", 0).content = state.src[start:end].strip()
        state.pos = end + 3
        return True
    if tag:
        return _around(state, silent, start, end, end + 3, tag)
    middle = state.src.find("~>", start, end)
    if middle < 0:
        return False
    _around(state, silent, start, middle, middle + 2, "del")
    return _around(state, silent, middle + 2, end, end + 3, "ins")


def _attributes(state: StateInline, silent: bool) -> bool:
    match = attributes.LIST.match(state.src, state.pos, state.posMax)
    if match is None or not attributes.looks_like_list(match[1], match[2]):
        return False
    last = state.tokens[-1] if state.tokens else None
    ends = match.end() == state.posMax and (match[1] == ":" or state.pos == 0 or state.src[state.pos - 1] == "\n")
    held = not silent and not state.pending and last is not None and (last.type in _BARE or _is_closing(last.content, last.type))
    if not (ends or held or silent):
        return False
    if silent and state.src[state.pos - 1 : state.pos] not in (")", "]", "`", "*", "_"):
        return False
    if not silent:
        read = attributes.read(match[2])
        if held and last is not None:
            _opening(state, last).meta["attributes"] = read
        else:
            state.push("block_attributes", "", 0).meta["attributes"] = read
    state.pos = match.end()
    return True


def _opening(state: StateInline, last: Token) -> Token:
    """What bears the attributes: a link's beginning, or the token itself."""
    if last.type == "link_close":
        for token in reversed(state.tokens):
            if token.type == "link_open" and token.level == last.level:
                return token
    return last


def _is_closing(content: str, kind: str) -> bool:
    return kind == "text" and content != "" and not content.strip("*_~")


_RULES: Final[dict[str, Rule]] = {
    "=": _equals,
    "^": _caret,
    "~": _tilde,
    "+": _plus,
    ":": _colon,
    "@": _mail,
    "{": _brace,
}
