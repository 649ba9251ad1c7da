"""Effects: the clock, the network, the disk and the screen: what a test replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from callboard.model.dataset import SourceRun
from callboard.model.network import Network


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, one hop: redirects are followed (and checked) above the transport."""

    method: str
    url: str
    headers: Mapping[str, str]
    timeout: float
    """Seconds for the whole answer, slow drips included."""
    content: bytes = b""
    """What is posted."""
    network: Network = Network()
    """The way that it takes."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer being read: status, headers (lower-cased names) and the decompressed body, a chunk at a time."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]
    close: Callable[[], None]


class Transport(Protocol):
    """Sends one request. Raises OSError (its words are shown) if there is no answer."""

    def send(self, request: Request) -> Response:
        """The answer, its body unread."""

    def close(self) -> None:
        """Nothing more is sent."""


class Writer(Protocol):
    """The file operations that publish a site; a test makes them fail."""

    def write(self, path: Path, content: bytes) -> None:
        """Write a new file whole; its folder exists."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename ``source`` over ``target``."""

    def exchange(self, first: Path, second: Path) -> None:
        """Swap two folders in one step."""


class Reporter(Protocol):
    """Hears how a build goes on. Every call is a hint; nothing depends on them."""

    def sources(self, total: int) -> None:
        """Loading begins; ``total`` mounts."""

    def source(self, run: SourceRun) -> None:
        """One origin is loaded."""

    def mount(self, name: str) -> None:
        """One mount's data is complete."""

    def pages(self, total: int) -> None:
        """Rendering begins; ``total`` pages are looked at."""

    def rendered(self, count: int) -> None:
        """``count`` more pages are done (rendered, or unchanged)."""

    def note(self, message: str) -> None:
        """A line for people: what a provider logs, or what the build is waiting for."""


class Silent:
    """A reporter that hears nothing."""

    def sources(self, total: int) -> None:
        """Loading begins."""

    def source(self, run: SourceRun) -> None:
        """One origin is loaded."""

    def mount(self, name: str) -> None:
        """One mount is complete."""

    def pages(self, total: int) -> None:
        """Rendering begins."""

    def rendered(self, count: int) -> None:
        """More pages are done."""

    def note(self, message: str) -> None:
        """A line for people."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The four things that a build does to the world."""

    clock: Callable[[], datetime]
    http: Transport
    writer: Writer
    reporter: Reporter


class CodeFailed(Exception):
    """Code of a plugin failed while the site was being read. Its words name the plugin, and hold no secret."""
