"""The names of keys in ``++ctrl+alt+delete++``."""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    "alt-gr": "Alt Gr",
    "arrow-down": "Down",
    "arrow-left": "Left",
    "arrow-right": "Right",
    "arrow-up": "Up",
    "cmd": "Cmd",
    "command": "Cmd",
    "control": "Ctrl",
    "ctl": "Ctrl",
    "del": "Del",
    "delete": "Del",
    "escape": "Esc",
    "ins": "Ins",
    "insert": "Ins",
    "left-control": "Left Ctrl",
    "opt": "Option",
    "page-down": "Page Down",
    "pg-dn": "Page Down",
    "page-up": "Page Up",
    "pg-up": "Page Up",
    "prtsc": "Print Screen",
    "return": "Return",
    "spc": "Space",
    "win": "Win",
    "windows": "Win",
    "grave": "`",
    "backtick": "`",
    "backslash": "\\",
    "bracket-left": "[",
    "bracket-right": "]",
    "brace-left": "{",
    "brace-right": "}",
    "colon": ":",
    "comma": ",",
    "dot": ".",
    "period": ".",
    "equal": "=",
    "minus": "-",
    "plus": "+",
    "pipe": "|",
    "question-mark": "?",
    "question": "?",
    "semicolon": ";",
    "single-quote": "'",
    "double-quote": '"',
    "slash": "/",
    "tilde": "~",
    "hash": "#",
    "pound": "#",
    "exclamation": "!",
    "asterisk": "*",
    "at": "@",
    "percent": "%",
    "ampersand": "&",
    "underscore": "_",
    "less-than": "<",
    "greater-than": ">",
}


def read(text: str) -> tuple[str, ...]:
    """``ctrl+alt+"My key"`` as what stands on the keys."""
    return tuple(_name(part) for part in text.split("+"))


def _name(part: str) -> str:
    if part.startswith('"'):
        return part.strip('"')
    word = part.lower().replace("_", "-")
    return _NAMES.get(word) or " ".join(piece.capitalize() for piece in word.split("-") if piece) or part
