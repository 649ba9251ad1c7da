"""Python-Markdown in a process of its own: texts come in, HTML goes out that nobody has judged yet. Run as a program.

It is no part of the generator's process: somebody else's text may take it minutes or gigabytes, and then it alone is ended.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any, BinaryIO, Final

from markdown import Markdown
from markdown.blockprocessors import ListIndentProcessor, OListProcessor, UListProcessor
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from pymdownx.superfences import highlight_validator

MEMORY: Final = 1_500_000_000
"""Bytes of address space that the process may have."""
_ALERT = re.compile(r"> ?\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*\Z", re.IGNORECASE)
_BY_TWO = re.compile(r"^(?:[*+-]|\d+\.) .*\n(?:\S.*\n|\n(?=[ ]))*[ ]{2,3}(?:[*+-]|\d+\.) ", re.MULTILINE)
"""A list inside a list that is indented by two or three blanks: Python-Markdown wants four, techdocs-core reads these."""
_KINDS: Final = {"tip": "tip", "important": "important", "warning": "warning", "caution": "danger", "note": "note"}
_BLOCKS: Final = ("attention", "caution", "danger", "error", "tip", "hint", "note", "warning", "important")


class _SaneLists(Extension):  # type: ignore[misc]  # the package has no types
    """Lists as techdocs-core reads them: nested by two blanks, and what another list begins with ends the one before."""

    def extendMarkdown(self, md: Any) -> None:  # noqa: N802  # Python-Markdown calls it so
        ordered, plain, indented = OListProcessor(md.parser), UListProcessor(md.parser), ListIndentProcessor(md.parser)
        ordered.RE, plain.RE = re.compile(r"^[ ]{0,1}\d+\.[ ]+(.*)"), re.compile(r"^[ ]{0,1}[*+-][ ]+(.*)")
        ordered.CHILD_RE, plain.CHILD_RE = re.compile(r"^[ ]{0,1}((\d+\.))[ ]+(.*)"), re.compile(r"^[ ]{0,1}(([*+-]))[ ]+(.*)")
        ordered.INDENT_RE = plain.INDENT_RE = re.compile(r"^[ ]{2,3}((\d+\.)|[*+-])[ ]+.*")
        indented.INDENT_RE = re.compile(r"^(([ ]{2})+)")
        ordered.SIBLING_TAGS, plain.SIBLING_TAGS, ordered.LAZY_OL = ["ol"], [], False
        for name, priority, processor in (("indent", 90, indented), ("olist", 40, ordered), ("ulist", 30, plain)):
            processor.tab_length = 2
            md.parser.blockprocessors.register(processor, name, priority)


class _Alerts(Preprocessor):  # type: ignore[misc]
    """GitHub's alerts as admonitions."""

    def run(self, lines: list[str]) -> list[str]:
        out: list[str] = []
        inside = False
        for line in lines:
            found = _ALERT.match(line)
            if found:
                kind = found[1].lower()
                out += ["", f'!!! {_KINDS[kind]} "{kind.capitalize()}"']
                inside = True
            elif inside and line.startswith(">"):
                out.append("    " + line[1:].removeprefix(" "))
            else:
                out += [""] if inside and line.strip() else []
                inside = False
                out.append(line)
        return out


class _GitHub(Extension):  # type: ignore[misc]
    def extendMarkdown(self, md: Any) -> None:  # noqa: N802  # Python-Markdown calls it so
        md.preprocessors.register(_Alerts(md), "callboard-alerts", 24)


class Converter:
    """Converts texts, one after the other. Code, formulas and diagrams are left as numbered places: ``pieces`` has their text."""

    def __init__(self) -> None:
        self.pieces: list[tuple[str, str, str]] = []
        """(fence or inline; text; language and settings)"""
        self._made: dict[bool, Any] = {}

    def convert(self, text: str) -> tuple[str, list[tuple[str, str, str]]]:
        """The HTML and its pieces."""
        self.pieces = []
        sane = bool(_BY_TWO.search(text))
        if sane not in self._made:
            self._made[sane] = self._parser([_SaneLists()] if sane else ["sane_lists"])
        self._made[sane].reset()
        return str(self._made[sane].convert(text)), self.pieces

    def _parser(self, lists: list[Any]) -> Any:
        fence = [{"name": "*", "class": "", "format": self._fence, "validator": highlight_validator}]
        return Markdown(
            output_format="html",
            extensions=[
                "admonition",
                "toc",
                "pymdownx.details",
                "pymdownx.tabbed",
                "pymdownx.caret",
                "pymdownx.critic",
                "pymdownx.emoji",
                "pymdownx.inlinehilite",
                "pymdownx.magiclink",
                "pymdownx.mark",
                "pymdownx.smartsymbols",
                "pymdownx.highlight",
                "pymdownx.extra",
                "pymdownx.tasklist",
                "pymdownx.tilde",
                "pymdownx.keys",
                "pymdownx.arithmatex",
                "pymdownx.blocks.admonition",
                "pymdownx.blocks.details",
                "pymdownx.blocks.tab",
                "pymdownx.blocks.definition",
                "pymdownx.blocks.html",
                *lists,
                _GitHub(),
            ],
            extension_configs={
                "pymdownx.arithmatex": {"generic": True},
                "pymdownx.blocks.admonition": {"types": list(_BLOCKS)},
                "pymdownx.emoji": {"emoji_index": _gemoji, "emoji_generator": _unicode},
                "pymdownx.extra": {
                    "pymdownx.betterem": {"smart_enable": "all"},
                    "pymdownx.superfences": {"custom_fences": fence},
                },
                "pymdownx.inlinehilite": {"custom_inline": [{"name": "*", "class": "", "format": self._inline}]},
            },
        )

    def _fence(self, source: str, language: str, _class: str, options: Any, _md: Any, **said: Any) -> str:
        given = {**(options or {}), **(said.get("attrs") or {})}
        settings = "".join(f' {name}="{str(value).replace(chr(34), chr(39))}"' for name, value in given.items())
        return self._place("fence", source, f"{language or ''}{settings}")

    def _inline(self, source: str, language: str, _class: str, _md: Any) -> str:
        return self._place("inline", source, language or "")

    def _place(self, kind: str, text: str, info: str) -> str:
        self.pieces.append((kind, text, info))
        element = "div" if kind == "fence" else "span"
        return f'<{element} class="callboard-piece-{len(self.pieces) - 1}"></{element}>'


def _gemoji(options: Any, md: Any) -> Any:
    from pymdownx.emoji import gemoji

    return gemoji(options, md)


def _unicode(*given: Any) -> Any:
    from pymdownx.emoji import to_alt

    return to_alt(*given)


def main(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """A line of JSON with a text → one with ``[html, pieces]``, or with what went wrong."""
    converter = Converter()
    converter.convert("*")
    outgoing.write(b"ready\n")
    outgoing.flush()
    for line in incoming:
        try:
            answer: Any = converter.convert(json.loads(line))
        except (Exception, RecursionError) as error:  # somebody else's code: whatever it raises is a fault of this text
            answer, converter = f"{type(error).__name__}: {error}"[:200], Converter()
        outgoing.write(json.dumps(answer).encode("ascii") + b"\n")
        outgoing.flush()


if __name__ == "__main__":
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        sys.stderr.write("Memory is not limited here.\n")
    main(sys.stdin.buffer, sys.stdout.buffer)
