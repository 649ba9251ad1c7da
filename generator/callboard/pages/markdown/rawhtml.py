"""HTML inside Markdown: every tag is read, judged and written anew; what is not on the list stays out of the page.

Two walls. ``Tags`` writes only names and attributes from the lists below, with values escaped and addresses judged by the
caller. ``balanced`` then parses the whole fragment as a browser would (nh3) and writes it back, so that no tag of a text can
close, or swallow, what the page has around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from typing import Final

from callboard.pages.markdown.attributes import known

_INLINE = "a abbr b bdi bdo br cite code del dfn em i img ins kbd mark q s samp small span strong sub sup time u var wbr"
_BLOCK = (
    "blockquote caption dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre summary"
    " table tbody td tfoot th thead tr ul"
)
INLINE: Final = frozenset(_INLINE.split())
_MATHML = (
    "math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle mpadded mphantom menclose msub msup msubsup munder mover munderover"
    " mmultiscripts mprescripts none mtable mtr mtd"
)
_MATHML_SAID = (
    "display mathvariant stretchy fence form separator lspace rspace minsize maxsize symmetric largeop movablelimits accent accentunder"
    " linethickness displaystyle scriptlevel width height depth voffset notation columnalign rowspacing columnspacing columnlines"
    " rowlines rowalign framespacing mathcolor mathbackground mathsize"
)
MATHML: Final = frozenset(_MATHML.split())
"""The elements of formulas."""
MATHML_ATTRIBUTES: Final = frozenset(_MATHML_SAID.split())
ALLOWED: Final = INLINE | frozenset(_BLOCK.split())
_VOID: Final = frozenset(("br", "hr", "img", "wbr"))
_HIDING = "script style title textarea xmp iframe noembed noframes noscript plaintext svg math template object select"
DROPPED: Final = frozenset(_HIDING.split())
"""Elements whose content is no text for readers."""

_QUOTED = r""""[^"]*+"|'[^']*+'"""
TAG = re.compile(rf"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*+)(?P<rest>(?:[^<>\"']++|{_QUOTED})*+)>")
HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[!?][^>]*+(?:>|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(rf"([^\s\"'<>/=]++)(?:\s*+=\s*+({_QUOTED}|[^\s\"'=<>`]++))?")
_NUMBER = re.compile(r"[0-9]{1,4}\Z")
_WORD = re.compile(r"[\w:.+ -]{1,40}\Z")
_PERCENT = re.compile(r"[0-9]{1,4}(?:px)?\Z")

_KEPT: Final[Mapping[str, Mapping[str, re.Pattern[str]]]] = {
    "*": {"lang": _WORD, "dir": re.compile(r"(?:ltr|rtl|auto)\Z")},
    "td": {"colspan": _NUMBER, "rowspan": _NUMBER},
    "th": {"colspan": _NUMBER, "rowspan": _NUMBER, "scope": re.compile(r"(?:row|col)\Z")},
    "ol": {"start": _NUMBER},
    "li": {"value": _NUMBER},
    "time": {"datetime": _WORD},
}
_PLAIN: Final = ("title",)
"""Attributes that hold text for readers."""

Link = Callable[[str, str], str]
"""(address, title) → the opening tag of a link."""
Image = Callable[[str, str, str], str]
"""(address, alternative text, more attributes, escaped) → an image, or what stands in for it."""
Anchor = Callable[[str], str]
"""An id as written → ``id="…"`` with a blank before it, or nothing."""


class Tags:
    """Writes the tags of one text anew; ``link``, ``image`` and ``anchor`` judge addresses and ids."""

    def __init__(self, link: Link, unlink: Callable[[], str], image: Image, anchor: Anchor) -> None:
        self._link, self._unlink, self._image, self._anchor = link, unlink, image, anchor

    def inline(self, text: str) -> str:
        """One tag (or comment) inside a paragraph; a block's tag is left out there."""
        match = TAG.fullmatch(text)
        return self._tag(match, INLINE) if match else ""

    def block(self, text: str) -> str:
        """A run of HTML with text between its tags."""
        out, at = [], 0
        text = HIDDEN.sub("", text)
        while match := TAG.search(text, at):
            out.append(escape(unescape(text[at : match.start()]), quote=False))
            at = match.end()
            if match["name"].lower() in DROPPED and not match["close"]:
                at = end_of(match["name"], text, at)
            else:
                out.append(self._tag(match, ALLOWED))
        out.append(escape(unescape(text[at:]), quote=False))
        return "".join(out)

    def _tag(self, match: re.Match[str], allowed: frozenset[str]) -> str:
        name = match["name"].lower()
        if name not in allowed:
            return ""
        shown = "h2" if name == "h1" else name
        if match["close"]:
            return "" if name in _VOID else self._unlink() if name == "a" else f"</{shown}>"
        attributes = attributes_of(match["rest"])
        if name == "a":
            anchor = self._anchor(attributes.get("id") or attributes.get("name", ""))
            opened = self._link(attributes["href"], attributes.get("title", "")) if "href" in attributes else self._link("#", "")
            return f"<span{anchor}></span>{opened}" if anchor else opened
        if name == "img":
            sizes = "".join(f' {key}="{attributes[key].removesuffix("px")}"' for key in _sizes(attributes))
            return self._image(attributes.get("src", ""), attributes.get("alt", ""), sizes)
        return f"<{shown}{self._anchor(attributes.get('id', ''))}{_kept(name, attributes)}>"


def balanced(html: str) -> str:
    """A fragment as a browser reads it: every tag closed, nothing closed that is not its own, and no attribute unknown to us."""
    import nh3

    return nh3.clean(
        html,
        tags=set(ALLOWED | MATHML | {"input", "label", "section"}),
        clean_content_tags={"script", "style"},
        attributes={
            "*": {"class", "id", "lang", "dir", "title", "role", "tabindex", "aria-label"},
            "a": {"href", "rel"},
            "img": {"src", "alt", "width", "height", "loading"},
            "input": {"type", "name", "disabled", "checked", "aria-label"},
            "label": {"for"},
            "span": {"data-line"},
            "details": {"open"},
            "figure": {"data-diagram"},
            **{name: {*MATHML_ATTRIBUTES} | ({"alttext"} if name == "math" else set()) for name in MATHML},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan", "scope"},
            "ol": {"start"},
            "li": {"value"},
            "time": {"datetime"},
        },
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )


def attributes_of(text: str) -> dict[str, str]:
    """Names in lower case; the first of two with one name counts, as in browsers."""
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), unescape(value[1:-1] if value[:1] in ("'", '"') else value))
    return found


def _kept(name: str, attributes: Mapping[str, str]) -> str:
    rules = {**_KEPT["*"], **_KEPT.get(name, {})}
    kept = [(key, value) for key, value in attributes.items() if key in rules and rules[key].match(value)]
    kept += [(key, attributes[key]) for key in _PLAIN if attributes.get(key)]
    classes = known([*attributes.get("class", "").split(), attributes.get("align", "").lower()])
    if classes:
        kept.append(("class", " ".join(classes)))
    if name == "details" and "open" in attributes:
        kept.append(("open", ""))
    return "".join(f' {key}="{escape(value)}"' for key, value in kept)


def _sizes(attributes: Mapping[str, str]) -> list[str]:
    return [key for key in ("width", "height") if _PERCENT.match(attributes.get(key, ""))]


def end_of(name: str, text: str, at: int) -> int:
    """Behind the closing tag of an element whose content is dropped; the end of the text if it is never closed."""
    match = re.compile(rf"</{re.escape(name)}[^>]*+>", re.IGNORECASE).search(text, at)
    return match.end() if match else len(text)
