"""Secrets are struck out of messages, links and cache keys."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from html import escape
from typing import Final
from urllib.parse import quote, quote_plus

from callboard.model.secret import Secret

IN_PATH: Final = "/:@,;=+!$&'()*~"
"""What stays as it is where a value is filled into the path of an address."""
_SHORT: Final = 4
"""Shorter texts are no secrets: striking them out would only garble messages."""

_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")
_UNICODE: Final = re.compile(r"\\u([0-9a-f]{4})")
_PLAIN: Final = 8
"""Shorter ones stay in the bodies of answers, where they may be anybody's figure or word."""


class Redactor:
    """Knows secrets, and strikes them out of texts, also where they are percent-encoded, in base64 or escaped. Thread-safe."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._lock = threading.Lock()
        self._marks: tuple[tuple[str, str], ...] = ()
        self._known: frozenset[Secret] = frozenset()
        self.learn(secrets)

    def learn(self, secrets: Iterable[Secret]) -> None:
        """Strike these out from now on, too."""
        with self._lock:
            new = {secret for secret in secrets if len(secret.reveal()) >= _SHORT} - self._known
            if not new:
                return
            self._known |= new
            marks = {(form, secret.digest) for secret in self._known for form in _forms(secret.reveal())}
            self._marks = tuple(sorted(marks, key=lambda mark: (-len(mark[0]), mark)))

    def struck(self, text: str) -> str:
        """``text`` with ``***`` for each secret."""
        for form, _ in self._marks:
            text = text.replace(form, "***")
        return text

    def cleaned(self, content: bytes) -> bytes:
        """An answer's body without what its service repeats of our secrets: nobody who keeps or shows it may learn them."""
        for form, _ in self._marks:
            if len(form) >= _PLAIN:
                content = content.replace(form.encode(), b"***")
        return content

    def marked(self, text: str) -> str:
        """``text`` with a one-way mark for each secret, so that another credential makes another text."""
        for form, digest in self._marks:
            text = text.replace(form, digest)
        return text


class Striking:
    """Strikes secrets out of a body that comes in parts, each byte for an asterisk: its length stays as it was announced."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        known = {form.encode() for secret in secrets for form in _forms(secret.reveal()) if len(form) >= _PLAIN}
        self._forms = sorted(known, key=lambda form: (-len(form), form))
        self._held = b""

    def fed(self, part: bytes) -> bytes:
        """What can be passed on by now; what may be the beginning of a secret waits for the next part."""
        whole = self._held + part
        for form in self._forms:
            whole = whole.replace(form, b"*" * len(form))
        held = max((_begun(whole, form) for form in self._forms), default=0)
        self._held = whole[len(whole) - held :]
        return whole[: len(whole) - held]

    def rest(self) -> bytes:
        """What was held back to the end."""
        rest, self._held = self._held, b""
        return rest

    def struck(self, text: str) -> str:
        """A whole text."""
        return (Striking.fed(self, text.encode("latin-1", "replace")) + self.rest()).decode("latin-1") if self._forms else text


def _begun(whole: bytes, form: bytes) -> int:
    """How many bytes of a secret stand at the end."""
    return next((size for size in range(min(len(form) - 1, len(whole)), 0, -1) if whole.endswith(form[:size])), 0)


def _forms(value: str) -> set[str]:
    packed = b64encode(value.encode()).decode()
    return {
        value,
        *_percent(value),
        *_percent(quote(value, safe="")),
        packed,
        packed.rstrip("="),
        urlsafe_b64encode(value.encode()).decode(),
        *_inside(value.encode()),
        *_escaped(value),
        *(form for once in _escaped(value) for form in _escaped(once)),
        repr(value)[1:-1],
        escape(value),
        escape(value).replace("&#x27;", "&#39;"),
    }


def _percent(value: str) -> set[str]:
    """In addresses: with capital letters in its escapes, and with small ones."""
    found = {quote(value), quote(value, safe=""), quote(value, safe=IN_PATH), quote_plus(value)}
    return found | {_ESCAPE.sub(lambda match: match[0].lower(), form) for form in found}


def _escaped(value: str) -> set[str]:
    """In JSON, as different programs write it: with ``\\/`` (PHP), and without the characters that HTML gives a meaning (Go, Rails)."""
    found = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    for characters in ("<>&", "<>&'"):
        table = {ord(character): f"\\u{ord(character):04x}" for character in characters}
        found |= {form.translate(table) for form in found}
    found |= {form.replace("/", "\\/") for form in found}
    return found | {_UNICODE.sub(lambda match: "\\u" + match[1].upper(), form) for form in found}


def _inside(value: bytes) -> set[str]:
    """Its base64 as a part of a longer text's (``user:token``): for each way to lie in threes, what depends on nothing else."""
    found = set()
    for before in range(3):
        packed = b64encode(bytes(before) + value).decode().rstrip("=")
        whole = (before + len(value)) // 3 * 4  # what follows may change the rest
        inside = packed[(0, 2, 3)[before] : whole]
        if len(inside) >= _PLAIN:
            found |= {inside, inside.replace("+", "-").replace("/", "_")}
    return found
