"""TeX in texts → MathML, which browsers draw without a script. Without the extra ``[math]`` the TeX stays, as code.

``$a$``, ``$$a$$``, ``\\(a\\)`` and ``\\[a\\]``, blocks between ``\\begin`` and ``\\end``, fences of the language ``math``. Amounts as
$5 and $10 stay text. The converter is somebody else's code and escapes nothing: what it gives is written anew, by lists.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from bisect import bisect_left
from html import escape, unescape
from typing import TYPE_CHECKING, Final

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from callboard.pages.markdown.rawhtml import MATHML, MATHML_ATTRIBUTES

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from callboard.pages.markdown.judged import Text

LONGEST: Final = 1_500
"""Characters of one formula: the converter's time grows with their square, to a sixth of a second here."""
MOST: Final = 40_000
"""Characters of all formulas of one text that are drawn."""
_LINES: Final = 100
_VALUE = re.compile(r"[\w#%. +-]{1,40}\Z")
_COMMANDS = re.compile(
    r"\\(?:new|renew|provide)(?:command|environment)|\\(?:def|let|href|url|style|class|cssId|id|require|unicode)\b"
)
"""What makes a formula grow beyond its length, or brings addresses and styles."""
_CLOSES_DOLLAR = re.compile(r"(?<![\s\\$])\$(?![\w{(\[$])")
_CLOSES_DOLLARS = re.compile(r"(?<!\\)\$\$")
_CLOSES_PAREN = re.compile(r"\\\)")
_CLOSES_BRACKET = re.compile(r"\\\]")
_INLINE: Final = (
    ("$$", "$$", _CLOSES_DOLLARS, True),
    ("$", "$", _CLOSES_DOLLAR, False),
    ("\\(", "\\)", _CLOSES_PAREN, False),
    ("\\[", "\\]", _CLOSES_BRACKET, True),
)
_BLOCK = re.compile(r"\$\$|\\\[|\\begin\{([a-zA-Z]{1,20}\*?)\}")


def html(tex: str, *, display: bool = False) -> str:
    """One formula."""
    tex = tex.strip()
    drawn = _mathml(tex, display) if len(tex) <= LONGEST else ""
    if drawn:
        return drawn
    if display:
        return f'<pre class="math" tabindex="0"><code class="language-tex">{escape(tex, quote=False)}</code></pre>'
    return f'<code class="language-tex">{escape(tex, quote=False)}</code>'


def written(tex: str, state: Text, *, display: bool = False) -> str:
    """One formula of a text; as code once the text has had its share."""
    state.formulas += len(tex)
    if state.formulas > MOST:
        return f'<code class="language-tex">{escape(tex, quote=False)}</code>'
    return html(tex, display=display)


def block(tex: str, state: Text) -> str:
    """A formula that stands alone."""
    return f"{written(tex, state, display=True)}\n"


@functools.lru_cache(maxsize=4096)
def _mathml(tex: str, display: bool) -> str:
    """MathML; "" without the package, and for what it cannot read."""
    if not tex or _COMMANDS.search(tex) or importlib.util.find_spec("latex2mathml") is None:
        return ""
    from latex2mathml.converter import convert_to_element

    try:
        root = convert_to_element(tex, display="block" if display else "inline")
        found = _written(root)
    except (Exception, RecursionError):  # somebody else's code: what it cannot read stays TeX
        return ""
    return found.replace("<math", f'<math alttext="{escape(tex)}"', 1)


def _written(element: Element) -> str:
    """An element by the lists: its own names and values, its text escaped."""
    inside = _text(element.text) + "".join(_written(child) + _text(child.tail) for child in element)
    name = element.tag.rpartition("}")[2]
    if name not in MATHML:
        return inside
    attributes = "".join(
        f' {key}="{value}"' for key, value in element.attrib.items() if key in MATHML_ATTRIBUTES and _VALUE.match(value)
    )
    return f"<{name}{attributes}>{inside}</{name}>"


def _text(text: str | None) -> str:
    return escape(unescape(text or ""), quote=False)


def inline(state: StateInline, silent: bool) -> bool:
    """The rule for formulas in a line."""
    start = state.pos
    for opening, closing, pattern, display in _INLINE:
        if state.src.startswith(opening, start):
            begin = start + len(opening)
            end = _closing(state, pattern, closing, begin)
            tex = state.src[begin:end] if end > begin else ""
            if not _is_formula(state.src, start, tex, opening):
                return False
            if not silent:
                token = state.push("math_inline", "math", 0)
                token.content, token.markup = tex, "display" if display else ""
            state.pos = end + len(closing)
            return True
    return False


def _is_formula(source: str, start: int, tex: str, opening: str) -> bool:
    if not tex.strip() or "`" in tex or len(tex) > LONGEST:
        return False
    if opening != "$":
        return True
    before = source[start - 1] if start else " "
    return not tex[0].isspace() and not before.isalnum() and before not in "$\\_"


def _closing(state: StateInline, pattern: re.Pattern[str], closing: str, begin: int) -> int:
    """Where a formula that begins at ``begin`` ends; -1 if it does not. All ends of a text are found once."""
    key = f"math {closing}"
    known = state.env.get(key)
    if known is None or known[0] is not state.src:
        known = state.env[key] = (state.src, [found.start() for found in pattern.finditer(state.src)])
    at = bisect_left(known[1], begin)
    return known[1][at] if at < len(known[1]) else -1


def lines(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for formulas on lines of their own."""
    if state.is_code_block(start):
        return False
    at, until = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    opened = _BLOCK.match(state.src, at, until)
    if opened is None:
        return False
    name = opened[1]
    closing = f"\\end{{{name}}}" if name else {"$$": "$$", "\\[": "\\]"}[opened[0]]
    if state.src.find(closing, opened.end(), opened.end() + LONGEST + len(closing)) < 0:
        return False
    found, line = [state.src[opened.end() : until]], start
    while not found[-1].rstrip().endswith(closing):
        line += 1
        if line >= min(end, start + _LINES) or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
        found.append(state.getLines(line, line + 1, state.blkIndent, False))
    tex = "\n".join(found).rstrip().removesuffix(closing)
    if closing in tex or not tex.strip():
        return False
    if not silent:
        state.line = line + 1
        token = state.push("math_block", "math", 0)
        token.content, token.markup, token.map = f"{opened[0]}{tex}{closing}" if name else tex, "display", [start, line + 1]
        token.block = True
    return True
