"""``${VAR}``, ``${VAR:-default}``, ``${file:path}`` and ``$${`` in the texts of a site's files, and only there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from callboard import paths
from callboard.config.nodes import Node
from callboard.model.problem import Key, Place, Problem, dotted

_TOKEN: Final = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_UNREADABLE: Final = re.compile("[\ud800-\udfff\0]")
_LARGEST: Final = 1_000_000
"""Bytes of a file that ``${file:…}`` reads."""


def as_written(text: str, place: Place, key: Key) -> Node:  # noqa: ARG001  # the form of Substitution.node
    """A text with nothing filled in."""
    return Node(text, place)


class Substitution:
    """Fills in what texts name. What was filled in is never shown in a message."""

    def __init__(self, root: Path, environ: Mapping[str, str], problems: list[Problem]) -> None:
        self._root = root
        self._environ = environ
        self._problems = problems

    def node(self, text: str, place: Place, key: Key) -> Node:
        """A text with everything filled in; as it is, and broken, if that fails."""
        if "${" not in text:
            return Node(text, place)
        parts: list[str] = []
        end, known, hidden = 0, len(self._problems), False
        for token in _TOKEN.finditer(text):
            value, is_secret = self._value(token, place, key)
            hidden = hidden or is_secret
            parts += (text[end : token.start()], value)
            end = token.end()
        if len(self._problems) > known:
            return Node(text, place, is_broken=True)
        return Node("".join((*parts, text[end:])), place, hidden)

    def _value(self, token: re.Match[str], place: Place, key: Key) -> tuple[str, bool]:
        """What one ``${…}`` stands for, and whether it came from outside of the file."""
        inside = token[1]
        if inside is None:
            return "${", False
        if not token[2]:
            return self._fault(
                "bad-substitution", place, key, 'a "${" is not closed.', 'Close it with "}", or write "$${" for the characters.'
            )
        if inside.startswith("file:"):
            return self._file(inside.removeprefix("file:").strip(), place, key), True
        match = _NAME.fullmatch(inside)
        if not match or "${" in inside:
            mend = 'Write ${VAR}, ${VAR:-default} or ${file:path}, or "$${" for the characters.'
            return self._fault("bad-substitution", place, key, f'"${{{inside}}}" names no variable.', mend)
        name, default = match[1], match[2]
        found = self._environ.get(name)
        if default is not None and not found:
            return default, False
        if found is None:
            mend = f"Set it where the site is built, or write a default: ${{{name}:-…}}"
            return self._fault("unset-variable", place, key, f"the environment has no {name}.", mend)
        if _UNREADABLE.search(found):
            return self._fault(
                "bad-substitution", place, key, f"the value of {name} is not UTF-8 text.", "Correct it where it is set."
            )
        return found, True

    def _file(self, name: str, place: Place, key: Key) -> str:
        """The text of a file of the site, without the line breaks at its end."""
        try:
            content = paths.read(self._root, self._root / name, limit=_LARGEST)
            return content.decode("utf-8-sig").rstrip("\r\n")
        except FileNotFoundError:
            self._fault(
                "missing-file", place, key, f'there is no file "{name}".', "Paths in ${file:…} begin at the site's folder."
            )
        except paths.Refused as fault:
            self._fault("refused-file", place, key, fault.what, fault.mend)
        except UnicodeDecodeError:
            self._fault("refused-file", place, key, f'"{name}" is not UTF-8 text.', "Save it as UTF-8.")
        return ""

    def _fault(self, code: str, place: Place, key: Key, what: str, mend: str) -> tuple[str, bool]:
        self._problems.append(Problem(code, what, place, dotted(key), mend))
        return "", False
