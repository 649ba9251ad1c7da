"""Code → HTML with pygments' short classes, remembered: the same block is coloured once a process."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, Final

_LARGEST: Final = 50_000
"""Characters of a block that is still coloured: a lexer's time must stay small whatever somebody wrote."""
_MOST_LINES: Final = 5_000
_PLAIN: Final = frozenset(("", "text", "txt", "plain", "plaintext", "none", "output", "mermaid", "plantuml"))
_UNSEEN: Final = frozenset(("", "w", "n", "nx", "p", "o", "x", "l"))
"""Classes of blanks, plain names and punctuation, which look like the text around them: half of the bytes for nothing."""
_SETTING = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|'([^']*)'|(\S+))")


def figure(code: str, info: str) -> str:
    """A whole code block. ``info`` is what stands behind the fence: ``py title="app.py" hl_lines="2 4-6"``."""
    language = re.split(r"[\s{]", info.strip(), maxsplit=1)[0] if info.strip() else ""
    settings = {name: double or single or bare for name, double, single, bare in _SETTING.findall(info)}
    caption = f"<figcaption>{escape(settings['title'])}</figcaption>" if settings.get("title") else ""
    lines = line_numbers(settings.get("hl_lines", ""))
    kind = f' class="language-{escape(language)}"' if language else ""
    return f'<figure class="code">{caption}<pre tabindex="0"><code{kind}>{coloured(code, language.lower(), lines)}</code></pre></figure>\n'


def line_numbers(text: str) -> tuple[int, ...]:
    """``2 4-6`` or ``2,4-6`` as line numbers; what is neither a number nor a range is nothing."""
    found: set[int] = set()
    for part in re.findall(r"[0-9]{1,5}(?:-[0-9]{1,5})?", text)[:100]:
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first), _MOST_LINES) + 1))
    return tuple(sorted(found))


@functools.lru_cache(maxsize=1024)
def coloured(code: str, language: str, lines: tuple[int, ...] = ()) -> str:
    """Escaped HTML of ``code``: coloured if the language is known, with the lines marked."""
    lexer = _lexer(language) if len(code) <= _LARGEST else None
    html = escape(code, quote=False) if lexer is None else "".join(_spans(lexer.get_tokens(code)))
    return _marked(html, frozenset(lines)) if lines else html


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
