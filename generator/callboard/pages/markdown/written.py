"""The HTML of Python-Markdown, written anew: every tag as the pages' own renderer writes it, or as raw HTML may have it, or not."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import Any, Final

from callboard.pages.markdown import diagrams, fences, highlight, maths, rawhtml
from callboard.pages.markdown.boxes import TONES
from callboard.pages.markdown.judged import ID, Text
from callboard.pages.markdown.process import Piece

_FOOT = re.compile(r"#?fn(?:ref[0-9]*)?:[\w.-]+\Z")
_INSIDE = re.compile(r"<[^>]*+>")
_PIECE = re.compile(r'<(div|span) class="callboard-piece-([0-9]{1,6})"></\1>')
_SIDE = re.compile(r"text-align:\s*(right|center)")
_SEARCHES: Final = 200
"""Addresses whose line is looked for in vain before none is any more."""


class Written(rawhtml.Tags):
    """Writes one text anew; ``state`` judges its addresses and gathers what the text has."""

    def __init__(self, state: Text, source: str, pieces: Sequence[Piece], title: str) -> None:
        super().__init__(state.open_link, state.close_link, state.image, state.anchor)
        self._state, self._source, self._title = state, source, title.strip().casefold()
        self._pieces = dict(enumerate(pieces))
        self._divisions: list[str] = []
        """What closes each open ``<div>``."""
        self._tabs: list[list[Any]] = []
        """The groups of tabs that are open: [name, tabs so far, how many divisions are around it]."""
        self._heading = ""
        self._noted = False
        self._ends = [found.start() for found in re.finditer("\n", source)]
        self._found, self._lost = 0, 0
        self._gone: set[str] = set()

    def document(self, html: str) -> str:
        """All of it."""
        out, at = [], 0
        html = rawhtml.HIDDEN.sub("", html)
        while match := rawhtml.TAG.search(html, at):
            out.append(_text(html[at : match.start()]))
            written, at = self._next(match, html)
            out.append(written)
        out.append(_text(html[at:]))
        return "".join(out)

    def _next(self, match: re.Match[str], html: str) -> tuple[str, int]:
        """What stands for a tag, and where to read on."""
        name, at = match["name"].lower(), match.end()
        if match["close"]:
            return self._closed(name, match), at
        if name in rawhtml.DROPPED:
            return "", self._behind(name, html, at)
        attributes = rawhtml.attributes_of(match["rest"])
        if piece := _PIECE.match(html, match.start()):
            return self._piece(int(piece[2])), piece.end()
        whole = self._whole(name, attributes, html, at)
        return whole or (self._opened(name, attributes, match), at)

    # Elements whose content is read as a whole

    def _whole(self, name: str, attributes: Mapping[str, str], html: str, at: int) -> tuple[str, int] | None:
        kinds = attributes.get("class", "").split()
        if name == "div" and "highlight" in kinds and html.startswith("<pre", at):
            end = self._upto("</pre></div>", html, at)
            return end and (fences.figure(_plain(html[at : end[0]]), ""), end[1])
        if name in ("span", "div") and "arithmatex" in kinds:
            end = self._upto(f"</{name}>", html, at)
            return end and (self._formula(_plain(html[at : end[0]]).strip(), html[end[1] : end[1] + 1]), end[1])
        if name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            end = self._upto(f"</{name}>", html, at)
            title = " ".join(self._words(html[at : end[0]]).split()) if end else ""
            if end and name == "h1" and not self._state.headings and self._title and title.casefold() == self._title:
                self._title = ""
                return "", end[1]
            return self._begun(name, attributes.get("id", ""), title), at
        return None

    def _behind(self, name: str, html: str, at: int) -> int:
        """Behind an element that is no text for readers. A tag that nothing closes (``<title>``, to be filled in) is left out alone."""
        closing = f"</{name}"
        if closing in self._gone:
            return at
        if re.compile(closing, re.IGNORECASE).search(html, at) is None:
            self._gone.add(closing)
            return at
        return rawhtml.end_of(name, html, at)

    def _upto(self, closing: str, html: str, at: int) -> tuple[int, int] | None:
        """Where ``closing`` begins and ends; looked for in vain only once."""
        end = -1 if closing in self._gone else html.find(closing, at)
        if end < 0:
            self._gone.add(closing)
            return None
        return end, end + len(closing)

    def _piece(self, number: int) -> str:
        kind, text, info = self._pieces.pop(number, ("", "", ""))  # once: a text cannot multiply what it has
        if kind == "fence":
            return diagrams.block(text if text.endswith("\n") else f"{text}\n", info, self._state)
        return f"<code>{highlight.coloured(text, info.lower()).rstrip()}</code>" if kind else ""

    def _formula(self, tex: str, after: str) -> str:
        display, tex = tex.startswith("\\["), tex.removeprefix("\\[").removeprefix("\\(").removesuffix("\\]").removesuffix("\\)")
        if not display and (after.isalnum() or after in ("{", "(")):  # an amount, or a variable of a shell
            return escape(f"${tex}$", quote=False)
        return maths.written(tex, self._state, display=display)

    def _words(self, html: str) -> str:
        return unescape(_INSIDE.sub("", _PIECE.sub(lambda found: escape(self._pieces.get(int(found[2]), ("", ""))[1]), html)))

    def _begun(self, name: str, wanted: str, title: str) -> str:
        shown = "h2" if name == "h1" else name
        self._heading = self._state.unique(wanted) if ID.match(wanted) else self._state.slug(title)
        self._state.headings.append((int(shown[1]), self._heading, title))
        return f'<{shown} id="{escape(self._heading)}">'

    # Tags

    def _opened(self, name: str, attributes: Mapping[str, str], match: re.Match[str]) -> str:
        kinds = attributes.get("class", "").split()
        if name == "div":
            return self._division(kinds, match)
        if name in ("a", "img"):
            self._state.at = self._line(attributes.get("href") or attributes.get("src", "")) - self._state.first
        if name == "a" and _FOOT.match(target := attributes.get("href", "")):
            self._state.open_links.append("</a>")
            number = target.partition(":")[2]
            back = "footnote-backref" in kinds
            return f'<a href="{escape(target)}" aria-label="{"Back to the text" if back else f"Footnote {escape(number)}"}">'
        if name in ("sup", "li") and _FOOT.match(attributes.get("id", "")):
            return f'<{name} id="{escape(attributes["id"])}">'
        if name in ("input", "label"):
            return self._choice(name, attributes)
        if name == "details" and kinds:
            self._noted = True
            return f'<details class="note{_tone(kinds)}"{" open" if "open" in attributes else ""}>'
        return self._shaped(name, kinds, attributes, match)

    def _shaped(self, name: str, kinds: Sequence[str], attributes: Mapping[str, str], match: re.Match[str]) -> str:
        if name == "summary" and self._noted:
            self._noted = False
            return '<summary class="heading">'
        if name == "p" and "admonition-title" in kinds:
            return '<p class="heading">'
        if name == "table":
            return '<div class="scroll" role="group" aria-label="Table" tabindex="0"><table>'
        side = _SIDE.search(attributes.get("style", "")) if name in ("th", "td") else None
        if side or (name == "th" and not attributes):
            scope, aligned = ' scope="col"' if name == "th" else "", f' class="{side[1]}"' if side else ""
            return f"<{name}{scope}{aligned}>"
        if name == "hr" and self._divisions[-1:] == ["</section>"]:
            return ""
        return self._tag(match, rawhtml.ALLOWED)

    def _choice(self, name: str, attributes: Mapping[str, str]) -> str:
        """A box of a task, or what chooses a tab."""
        if name == "input" and attributes.get("type") == "checkbox":
            return _checkbox(attributes)
        if not self._tabs or (name == "input" and attributes.get("type") != "radio"):
            return ""
        group = self._tabs[-1]
        if name == "label":
            return f'<label for="{group[0]}-{group[1]}">'
        group[1] += 1
        own = self._state.unique(f"{group[0]}-{group[1]}")
        return f'<input type="radio" name="{group[0]}" id="{own}"{" checked" if "checked" in attributes else ""}>'

    def _division(self, kinds: Sequence[str], match: re.Match[str]) -> str:
        opened, closing = self._tag(match, rawhtml.ALLOWED), "</div>"
        if "admonition" in kinds:
            opened = f'<div class="note{_tone(kinds)}" role="note">'
        elif "tabbed-set" in kinds:
            self._state.groups += 1
            self._tabs.append([f"tabs-{self._state.key}-{self._state.groups}", 0, len(self._divisions)])
            opened = '<div class="tabs" role="radiogroup" aria-label="Alternatives">'
        elif "tabbed-content" in kinds:
            opened = '<div class="tab">'
        elif "footnote" in kinds:
            opened, closing = '<section class="footnotes" aria-label="Footnotes">', "</section>"
        self._divisions.append(closing)
        return opened

    def _closed(self, name: str, match: re.Match[str]) -> str:
        if name == "div":
            closing = self._divisions.pop() if self._divisions else ""
            if self._tabs and self._tabs[-1][2] == len(self._divisions):
                self._tabs.pop()
            return closing
        if name == "label":
            return "</label>" if self._tabs else ""
        if name == "table":
            return "</table></div>"
        if self._heading and name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            anchor, self._heading = escape(self._heading), ""
            shown = "h2" if name == "h1" else name
            return f'<a class="anchor" href="#{anchor}" aria-label="Link to this heading"></a></{shown}>'
        return self._tag(match, rawhtml.ALLOWED)

    def _line(self, target: str) -> int:
        """The line that says an address. Python-Markdown does not tell, so it is looked for, from the last one on."""
        if not target or self._lost > _SEARCHES:
            return self._state.first + self._state.at
        at = self._source.find(target, self._found)
        at = at if at >= 0 else self._source.find(target)
        if at < 0:
            self._lost += 1
            return self._state.first + self._state.at
        self._found = at
        return self._state.first + bisect(self._ends, at - 1)


def _text(html: str) -> str:
    return escape(unescape(html), quote=False)


def _plain(html: str) -> str:
    return unescape(_INSIDE.sub("", html))


def _tone(kinds: Sequence[str]) -> str:
    tone = next((TONES[kind] for kind in kinds if kind in TONES), "")
    return f" {tone}" if tone else ""


def _checkbox(attributes: Mapping[str, str]) -> str:
    checked = "checked" in attributes
    mark, label = (" checked", "done") if checked else ("", "to do")
    return f'<input class="task-list-item-checkbox" type="checkbox" disabled{mark} aria-label="{label}"> '
