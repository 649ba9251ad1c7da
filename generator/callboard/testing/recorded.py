"""Recorded answers: a network that knows nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from callboard import yamlfile
from callboard.model.effects import Request, Response, Transport

Answers = Mapping[str, Any] | Path
"""Recorded answers, as ``replay`` takes them."""


class NoAnswer(OSError):
    """A request that no recorded answer fits: to the site, a service that does not answer."""


def replay(answers: Answers) -> Transport:
    """A network that knows only recorded answers; anything else is a service that does not answer.

    A mapping from address (or ``GET address``, ``POST address``) to a list or mapping (sent as JSON), text, bytes, ``(status, body)``,
    ``(status, body, headers)``, or an OSError to raise. Or a folder with ``answers.yaml``: address → the name of a file beside it,
    or ``{file, status, headers}``.
    """
    return _Replay(_recorded(answers) if isinstance(answers, Path) else answers)


class DeadNetwork:
    """A network on which nobody answers."""

    def send(self, request: Request) -> Response:
        """Refuses."""
        raise ConnectionError(f"the connection to {urlsplit(request.url).netloc} was refused")

    def close(self) -> None:
        """Nothing was open."""


class _Replay:
    """Recorded answers by address."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def send(self, request: Request) -> Response:
        """The recorded answer. Raises NoAnswer, or the OSError that was recorded."""
        known = (f"{request.method} {request.url}", request.url)
        key = next((key for key in known if key in self._answers), None)
        if key is None:
            raise NoAnswer(f"no answer is recorded for {request.method} {request.url.partition('?')[0]}")
        answer = self._answers[key]
        if isinstance(answer, OSError):
            raise answer
        status, body, *rest = answer if isinstance(answer, tuple) else (200, answer)
        content, media = _encoded(body)
        headers = {"content-type": media, **{name.lower(): value for name, value in (rest[0] if rest else {}).items()}}
        return Response(status, headers, iter([content]), lambda: None)

    def close(self) -> None:
        """Nothing was open."""


def _encoded(body: Any) -> tuple[bytes, str]:
    if isinstance(body, (str, bytes)):
        return (body.encode(), "text/plain; charset=utf-8") if isinstance(body, str) else (body, "application/octet-stream")
    return json.dumps(body).encode(), "application/json"


def _recorded(folder: Path) -> dict[str, Any]:
    value, _ = yamlfile.load((folder / "answers.yaml").read_text(encoding="utf-8"), "answers.yaml")
    answers: dict[str, Any] = {}
    for address, said in (value or {}).items():
        spec: dict[str, Any] = {"file": said} if isinstance(said, str) else said
        media = {".json": "application/json", ".yaml": "application/yaml", ".csv": "text/csv"}
        file = folder / spec["file"]
        headers = {"content-type": media.get(file.suffix, "application/octet-stream"), **(spec.get("headers") or {})}
        answers[address] = (spec.get("status", 200), file.read_bytes(), headers)
    return answers
