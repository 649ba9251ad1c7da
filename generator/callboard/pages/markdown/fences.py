"""What stands behind a fence: language, title, numbers of lines, marked lines; and the figure that comes of it."""

from __future__ import annotations

import re
from html import escape
from typing import Final, NamedTuple

from callboard.pages.markdown import highlight

_MOST_LINES: Final = 5_000
_SETTING = re.compile(r"([\w-]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\s{}]+))")
_LINES = re.compile(r"\{[ \t]*([0-9]{1,5}(?:[ \t]*[-,][ \t]*[0-9]{1,5})*)[ \t]*\}")
_MARKED: Final = '<span class="hll">'
_NOTED = re.compile(r"(\([0-9]{1,3}\))!")


class Fence(NamedTuple):
    """The words behind a fence."""

    language: str = ""
    title: str = ""
    numbers: int = 0
    """The number of the first line; 0 for none."""
    marked: tuple[int, ...] = ()
    """Lines, from 1."""


def read(info: str) -> Fence:
    """``py title="a.py" linenums="1" hl_lines="2 4-6"``, also as ``{ .py title="a.py" }`` and ``js {1,3-4}``."""
    info = info.strip()
    settings = {name.lower(): double or single or bare for name, double, single, bare in _SETTING.findall(info)}
    words = _SETTING.sub(" ", info).replace("{", " { ").replace("}", " } ").split()
    if info.startswith("{"):
        language = next((word[1:] for word in words if word.startswith(".") and not word.startswith(".no-")), "")
    else:
        language = re.split(r"[\s{]", info, maxsplit=1)[0] if info and "=" not in info.split(maxsplit=1)[0] else ""
    numbers = settings.get("linenums") or ("1" if {"linenums", "showLineNumbers"} & set(words) else "")
    start = re.match(r"[0-9]{1,6}", numbers)
    lines = _LINES.search(info)
    marked = line_numbers(settings.get("hl_lines", "") or (lines[1] if lines is not None else ""))
    return Fence(language, settings.get("title", ""), max(1, int(start.group())) if start is not None else 0, marked)


def figure(code: str, info: str) -> str:
    """A whole code block; ``info`` is what stands behind its fence."""
    fence = read(info) if info else Fence()
    caption = f"<figcaption>{escape(fence.title)}</figcaption>" if fence.title else ""
    kind = f' class="language-{escape(fence.language)}"' if fence.language else ""
    html = highlight.coloured(code, fence.language.lower(), fence.marked)
    if ")!" in html:
        html = _NOTED.sub(r"\1", html)
    if fence.numbers:
        html = _numbered(html, fence.numbers)
    return f'<figure class="code">{caption}<pre tabindex="0"><code{kind}>{html}</code></pre></figure>\n'


def line_numbers(text: str) -> tuple[int, ...]:
    """``2 4-6`` or ``2,4-6`` as line numbers; what is neither a number nor a range is nothing."""
    found: set[int] = set()
    for part in re.findall(r"[0-9]{1,5}(?:-[0-9]{1,5})?", text)[:100]:
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first), _MOST_LINES) + 1))
    return tuple(sorted(found))


def _numbered(html: str, first: int) -> str:
    """Each line with its number, as a value that is drawn but no text: whoever copies the code copies no numbers."""
    last = "</span>" if html.endswith("\n</span>") else ""
    lines = html.removesuffix(last).removesuffix("\n").split("\n")
    out = []
    for number, line in enumerate(lines, first):
        at = (
            line.index(_MARKED) + len(_MARKED)
            if line.startswith((f"</span>{_MARKED}", _MARKED))
            else 7
            if line.startswith("</span>")
            else 0
        )
        out.append(f'{line[:at]}<span class="ln" data-line="{number}"></span>{line[at:]}\n')
    return "".join([*out, last])
