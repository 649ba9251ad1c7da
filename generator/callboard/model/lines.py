"""Lines for terminals and logs: on one line, without control characters, and without orders to whoever reads the log."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callboard.model.problem import Problem

_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ORDER: Final = re.compile(r"^(\s*):(?=:)")
_MOST: Final = 1000
"""Characters of one problem's line."""


def safe(text: str) -> str:
    """``text`` on one line, with control characters made visible: file names and answers may hold any of them."""
    return _UNSAFE.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    if match[0] in "\n\r\t":
        return " "
    number = ord(match[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def unordered(text: str) -> str:
    """A line that gives no orders to the runner of a GitHub workflow, whatever data it holds."""
    return _ORDER.sub(r"\1: ", text).replace("##[", "# #[")


def cut(text: str) -> str:
    """Without the middle of a line that no screen holds: a file may quote anything. ``--format json`` has all of it."""
    return text if len(text) <= _MOST else f"{text[: _MOST - 200]} … {text[-200:]}"


def annotation(problem: Problem, folder: str) -> str:
    """GitHub's order to mark a line of a file, which is named from the top of the repository; ``folder`` is where names begin."""
    file = os.path.normpath(os.path.join(folder, problem.place.file)).replace(os.sep, "/")  # noqa: PTH118  # ".." stays text
    fields = {"file": file}
    if problem.place.line:
        fields |= {"line": str(problem.place.line), "col": str(problem.place.column or 1)}
    fields["title"] = problem.code
    listed = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    path = f"{problem.path}: " if problem.path else ""
    mend = f" {problem.mend}" if problem.mend else ""
    return f"::{problem.severity} {listed}::{_message(cut(path + problem.what + mend))}"


def _message(text: str) -> str:
    parts = re.split(r"([\r\n])", text)
    return "".join({"\r": "%0D", "\n": "%0A"}.get(part) or safe(part).replace("%", "%25") for part in parts)


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
