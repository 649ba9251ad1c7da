"""Recorded answers: a network that knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from callboard.data.asking import recorded
from callboard.data.asking.recorded import NoAnswer, Scripted
from callboard.model.effects import Request, Response, Transport

__all__ = ["Answers", "DeadNetwork", "NoAnswer", "replay"]

Answers = Mapping[str, Any] | Path
"""Recorded answers, as ``replay`` takes them."""


def replay(answers: Answers) -> Transport:
    """A network that knows only recorded answers; anything else is a service that does not answer.

    A mapping from address (or ``GET address``, ``POST address``) to a list or mapping (sent as JSON), text, bytes, ``(status, body)``,
    ``(status, body, headers)``, or an OSError to raise. Or a folder with ``answers.yaml``: address → the name of a file beside it,
    or ``{file, status, headers}``: what ``callboard build --record DIR`` writes. ``***`` in an address stands for anything.
    What is recorded as ``SQL <source> …`` or ``COMMAND <source> …`` stands for databases and commands, which are not asked either.
    """
    return recorded.Replay(recorded.read(answers) if isinstance(answers, Path) else answers)


class DeadNetwork(Scripted):
    """A network on which nobody answers."""

    def send(self, request: Request) -> Response:
        """Refuses."""
        raise ConnectionError(f"the connection to {urlsplit(request.url).netloc} was refused")

    def close(self) -> None:
        """Nothing was open."""
