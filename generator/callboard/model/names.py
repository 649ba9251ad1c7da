"""Names of published files: which ones every file system and host can hold, and which ones would meet on some of them."""

from __future__ import annotations

import re
from unicodedata import normalize
from urllib.parse import unquote

MARKER = ".callboard.json"
"""The file at the top of every published folder that says who made it."""

SEGMENT_BYTES = 200
PATH_BYTES = 1000

_WINDOWS = r"con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]"
_RESERVED = re.compile(rf"(?:{_WINDOWS}) *(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\\]')
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# One pass over "/" and the path that finds nothing in an ordinary name; only what it finds is looked at closely. Every branch
# begins with a set of characters, so that the search skips from one to the next.
_SUSPECT = re.compile(rf'[<>:"|?*\\\x00-\x1f\x7f-\x9f\ud800-\udfff]|[. ](?:/|$)|/(?:{_WINDOWS}) *(?:[./]|$)', re.IGNORECASE)


def portable_name(path: str) -> str | None:
    """Why a path (``radar/index.html``, ``/radar/``) cannot be a file everywhere, in a sentence; None if it can.

    Refused: names that Windows keeps for itself or cannot store, control characters, ``.`` and ``..``, parts of more than
    200 bytes and paths of more than 1,000 bytes of UTF-8, and the name of Callboard's own marker file.
    """
    if path.strip("/").casefold() == MARKER:
        return f'"{MARKER}" is Callboard\'s own file.'
    short = len(path) <= (SEGMENT_BYTES if path.isascii() else SEGMENT_BYTES // 4)
    if short and not _SUSPECT.search(f"/{path}"):
        return None
    for segment in path.split("/"):
        if fault := segment and _fault(segment):
            return fault
    return f'"{path[:40]}…" is longer than {PATH_BYTES} bytes.' if len(path.encode()) > PATH_BYTES else None


def folded(path: str) -> str:
    """The path as the least exact host would compare it: percent-decoded once, NFC, case folded, ``\\`` as ``/``, slashes at both
    ends and repeated ones dropped. Two pages whose folded paths are equal would overwrite each other somewhere.
    """
    if path.isascii() and not ("%" in path or "\\" in path or "//" in path):
        return path.strip("/").lower()
    text = normalize("NFC", normalize("NFC", unquote(path)).casefold())
    return "/".join(part for part in text.replace("\\", "/").split("/") if part)


def _fault(segment: str) -> str:
    if found := _UNPRINTABLE.search(segment):
        return f"{segment!a} holds the control character U+{ord(found[0]):04X}."
    if segment in (".", ".."):
        return f'"{segment}" is not a name.'
    if found := _FORBIDDEN.search(segment):
        return f'"{segment}" holds {found[0]}, which Windows allows in no file name.'
    if segment[-1] in ". ":
        return f'"{segment}" ends with a {"dot" if segment[-1] == "." else "space"}, which Windows drops.'
    if _RESERVED.fullmatch(segment):
        return f'"{segment}" is a name that Windows keeps for a device.'
    size = len(segment.encode())
    return f'"{segment[:40]}…" is {size} bytes long; at most {SEGMENT_BYTES} fit everywhere.' if size > SEGMENT_BYTES else ""
