"""Attribute lists, ``{ .class #id key=value }``: what of them readers see. All others are dropped without a word."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

LIST = re.compile(r"\{(:?)[ \t]*((?:[.#]?[\w:-]++(?:=(?:\"[^\"\n]*+\"|'[^'\n]*+'|[^\s{}\"']++))?[ \t]*+)+)\}")
_PART = re.compile(r"([.#]?)([\w:-]++)(?:=(\"[^\"\n]*+\"|'[^'\n]*+'|[^\s{}\"']++))?")
CLASSES: Final = {
    "md-button": "button",
    "md-button--primary": "primary",
    "button": "button",
    "button--primary": "primary",
    "grid": "prose-grid",
    "cards": "prose-cards",
    "card": "prose-card",
    "center": "center",
    "right": "right",
    "left": "left",
    "inline": "inline",
    "end": "end",
    "caption": "caption",
    "lead": "lead",
    "small": "small",
    "no-print": "no-print",
}
"""The classes that authors may name → those that the theme has."""
_WORDS: Final = frozenset(("markdown", "download", "data-search-exclude", "hidden", "annotate"))
_SIDES: Final = frozenset(("left", "right", "center"))


class Attributes(NamedTuple):
    """What a list says."""

    id: str = ""
    classes: tuple[str, ...] = ()
    """The theme's."""
    values: tuple[tuple[str, str], ...] = ()

    def value(self, name: str) -> str:
        """What the list gives ``name``; "" if it does not."""
        return dict(self.values).get(name, "")

    @property
    def html(self) -> str:
        """The classes as an attribute, with a blank before it."""
        return f' class="{" ".join(self.classes)}"' if self.classes else ""


def looks_like_list(colon: str, inside: str) -> bool:
    """Whether it is a list and not prose in braces: it names a class, an id or a value."""
    return bool(colon) or inside[0] in ".#" or "=" in inside or inside.startswith("data-") or inside.strip() in _WORDS


def read(text: str) -> Attributes:
    """The inside of the braces."""
    own, classes, values = "", list[str](), dict[str, str]()
    for mark, name, written in _PART.findall(text):
        value = written[1:-1] if written[:1] in ("'", '"') else written
        if mark == "#":
            own = own or name
        elif mark == ".":
            classes.append(name)
        elif name == "id":
            own = own or value
        elif name == "class":
            classes += value.split()
        elif name == "align" and value in _SIDES:
            classes.append(value)
        else:
            values.setdefault(name, value)
    return Attributes(own, known(classes), tuple(values.items()))


def known(classes: list[str]) -> tuple[str, ...]:
    """Those of the list that the theme has, as it calls them, once each."""
    return tuple(dict.fromkeys(CLASSES[name] for name in classes[:20] if name in CLASSES))
