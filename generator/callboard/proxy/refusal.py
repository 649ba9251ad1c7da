"""Refused: a request that gets an error in place of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class Refusal(Exception):
    """A status, a sentence for the reader (which names nothing of ours or of a service's), and headers."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(words)
        self.status, self.words, self.headers = status, words, headers
