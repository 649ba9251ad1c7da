"""Code → HTML with pygments' short classes, remembered: the same block is coloured once a process."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, Final

_LARGEST: Final = 50_000
"""Characters of a block that is still coloured: a lexer's time must stay small whatever somebody wrote."""
_PLAIN: Final = frozenset(("", "text", "txt", "plain", "plaintext", "none", "output", "mermaid", "plantuml"))
_UNSEEN: Final = frozenset(("", "w", "n", "nx", "p", "o", "x", "l"))
"""Classes of blanks, plain names and punctuation, which look like the text around them: half of the bytes for nothing."""


@functools.lru_cache(maxsize=1024)
def coloured(code: str, language: str, lines: tuple[int, ...] = ()) -> str:
    """Escaped HTML of ``code``: coloured if the language is known, with the lines marked."""
    lexer = _lexer(language) if len(code) <= _LARGEST else None
    html = escape(code, quote=False) if lexer is None else "".join(_spans(lexer.get_tokens(code)))
    return _marked(html, frozenset(lines)) if lines else html


def knows(language: str) -> bool:
    """Whether code in ``language`` would be coloured."""
    return _lexer(language) is not None


def _spans(tokens: Iterable[tuple[Any, str]]) -> Iterator[str]:
    """Tokens as spans with pygments' short classes; no span reaches over the end of a line."""
    for kind, value in tokens:
        name, text = _short(kind), escape(value, quote=False)
        if name in _UNSEEN or not text.strip():
            yield text
        elif "\n" in text:
            yield "\n".join(f'<span class="{name}">{line}</span>' if line else "" for line in text.split("\n"))
        else:
            yield f'<span class="{name}">{text}</span>'


def _marked(html: str, lines: frozenset[int]) -> str:
    """``html`` with some of its lines in a block of their own."""
    found = html.removesuffix("\n").split("\n")
    marked = [f'<span class="hll">{line}\n</span>' if number in lines else f"{line}\n" for number, line in enumerate(found, 1)]
    return "".join(marked)


@functools.cache
def _short(kind: Any) -> str:
    from pygments.token import STANDARD_TYPES

    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return STANDARD_TYPES[kind]


@functools.cache
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if language in _PLAIN:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
