"""What a request's target may look like: a path of allowed characters that no server on the way can read as another path."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import unquote_to_bytes

LONGEST: Final = 8192
"""Characters of a request's target."""
_TARGET: Final = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*(?:\?[A-Za-z0-9\-._~!$&'()*+,;=:@/%?\[\]{}|^`\"<>]*)?")
_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_ROUNDS: Final = 3
"""How often a path may be encoded: servers behind servers each take one away."""
_PART: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~@+:,-]{1,200}")


def sound(target: str) -> bool:
    """Whether a request's target (path and query, as sent) may be looked at further; if not, it is answered 400.

    Refused: another host in it, a character that URLs do not have, broken percent-encoding, a backslash or control character or a
    ``.`` or ``..`` part in the path, however often it is encoded, also with a parameter (``..;x``).
    """
    if len(target) > LONGEST or not _TARGET.fullmatch(target):
        return False
    path, _, query = target.partition("?")
    if _PERCENT.search(path) or _PERCENT.search(query) or _CONTROL.search(unquote_to_bytes(query)):
        return False
    return _steps_nowhere(path)


def _steps_nowhere(path: str) -> bool:
    now = path.encode("ascii")
    for _ in range(_ROUNDS):
        if _CONTROL.search(now) or b"\\" in now:
            return False
        if any(part.split(b";")[0] in (b".", b"..") for part in now.split(b"/")):
            return False
        decoded = unquote_to_bytes(now)
        if decoded == now:
            return _is_text(now)
        now = decoded
    return False


def _is_text(path: bytes) -> bool:
    """Whether it is UTF-8: other bytes, and overlong forms of ``.`` and ``/``, mean different things to different servers.

    So do wide forms of both, which some servers make plain ones.
    """
    try:
        plain = unicodedata.normalize("NFKC", path.decode())
    except UnicodeDecodeError:
        return False
    return "\\" not in plain and not {".", ".."} & set(plain.split("/"))


def is_part(text: str) -> bool:
    """Whether a placeholder of a live answer may stand for it: letters, digits and ``-._~@+:,``, as they are."""
    return _PART.fullmatch(text) is not None
