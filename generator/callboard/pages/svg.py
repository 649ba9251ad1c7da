"""SVG files: pictures that could run something, or ask another host, are told from those that only draw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

_SVG: Final = "http://www.w3.org/2000/svg"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_ACTIVE: Final = frozenset(("script", "foreignobject", "iframe", "embed", "object", "handler", "listener", "audio", "video"))
_PICTURE: Final = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif)[;,]")
_BLANK: Final = re.compile(r"[\x00-\x20]+")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:")
_ENCODINGS: Final = (None, "", "utf-8", "utf-16", "us-ascii", "iso-8859-1")
"""Those that every reader of XML reads alike."""
_FOREIGN_CSS: Final = re.compile(
    r"@import|\\|url\(\s*['\"]?\s*(?!#|data:image/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]|data:font/)"
)
_DEPTH: Final = 200


class _Active(Exception):
    """Something in it is more than a drawing: the message is what."""


def fault(content: bytes) -> str:
    """What makes an SVG more than a drawing (``a script``), or "" for one that may be published.

    Read as a browser reads it, so that neither a prefix, an encoding nor an escape hides anything.
    """
    judge = _Judge()
    try:
        judge.parser.Parse(content, True)
    except _Active as found:
        return str(found)
    except (expat.ExpatError, ValueError, LookupError):
        return "no well-formed XML"
    return judge.style_fault()


class _Judge:
    """Hears of every part of one file."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.XmlDeclHandler = self._declaration
        self.parser.EntityDeclHandler = self._entity
        self._open: list[str] = []
        self._styles: list[str] = []

    def style_fault(self) -> str:
        """What its style sheets ask for elsewhere, or ""."""
        return "a style that asks for another file" if _FOREIGN_CSS.search("".join(self._styles).lower()) else ""

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        local = local.lower()
        if not self._open and (space, local) != (_SVG, "svg"):
            raise _Active("no SVG")
        if local in _ACTIVE or space == _XHTML:
            raise _Active(f"<{local}>")
        self._open.append(local)
        if len(self._open) > _DEPTH:
            raise _Active(f"more than {_DEPTH} levels")
        for full, value in attributes.items():
            self._attribute(local, full.rpartition(" ")[2].lower(), _BLANK.sub("", value).lower())

    def _attribute(self, element: str, name: str, value: str) -> None:
        if name.startswith("on"):
            raise _Active(f"the attribute {name}")
        if name in ("href", "src") and not _draws(element, value):
            raise _Active(f"the address {value[:40]}")
        if name == "attributename" and (value.startswith("on") or value.rpartition(":")[2] == "href"):
            raise _Active(f"an animation of {value[:40]}")
        if ("url(" in value or name == "style") and _FOREIGN_CSS.search(value):
            raise _Active("a style that asks for another file")

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        if "style" in self._open:
            self._styles.append(data)

    def _instruction(self, target: str, _: str) -> None:
        if target.lower() == "xml-stylesheet":
            raise _Active("a style sheet of its own")

    def _declaration(self, _: str, encoding: str | None, *__: int) -> None:
        if (encoding or "").lower() not in _ENCODINGS:
            raise _Active(f"the encoding {encoding}")

    def _entity(self, name: str, *_: object) -> None:
        raise _Active(f"the entity {name[:40]}")


def _draws(element: str, address: str) -> bool:
    """Whether an address stays inside the drawing, or is a link that readers may follow."""
    if element == "a":
        return not _SCHEME.match(address) or address.startswith(("http:", "https:"))
    return not address or address.startswith("#") or bool(_PICTURE.match(address))
