"""Fences that are more than code: diagrams, drawn in the reader's browser or where the site is built, and formulas."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from callboard.pages.markdown import fences

if TYPE_CHECKING:
    from callboard.pages.markdown.judged import Text

_KINDS: Final = {
    "mermaid": "mermaid",
    "plantuml": "plantuml",
    "puml": "plantuml",
    "uml": "plantuml",
    "graphviz": "graphviz",
    "dot": "graphviz",
}


def block(code: str, info: str, state: Text) -> str:
    """A whole fence: a picture, what a browser draws, a formula, or the code."""
    fence = fences.read(info) if info else fences.Fence()
    language = fence.language.lower()
    if language == "math":
        from callboard.pages.markdown import maths

        return maths.block(code, state)
    kind = _KINDS.get(language)
    if kind is None:
        return fences.figure(code, info)
    settings = state.settings
    drawn = settings.picture(kind, code, state.spot("").line) if settings.picture else None
    if drawn:
        return _picture(drawn, code, fence)
    if kind == "mermaid" and settings.in_browsers:
        if kind not in state.diagrams:
            state.diagrams.append(kind)
        return fences.figure(code, info).replace('<figure class="code"', '<figure class="code" data-diagram="mermaid"', 1)
    return fences.figure(code, info)


def _picture(href: str, code: str, fence: fences.Fence) -> str:
    title = escape(fence.title) or "Diagram; its text follows"
    caption = f"<figcaption>{escape(fence.title)}</figcaption>" if fence.title else ""
    text = f'<pre tabindex="0"><code class="language-{escape(fence.language)}">{escape(code, quote=False)}</code></pre>'
    return (
        f'<figure class="diagram">{caption}<img src="{escape(href)}" alt="{title}" loading="lazy">'
        f"<details><summary>Text of the diagram</summary>{text}</details></figure>\n"
    )
