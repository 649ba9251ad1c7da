"""Recorded answers: a folder that a build writes, and a network that knows nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from callboard import yamlfile
from callboard.data.asking.answers import Ask, HttpAsk
from callboard.data.asking.paging import unpacked
from callboard.data.cache import StoredAnswer
from callboard.data.redact import Redactor
from callboard.model.effects import Request, Response

INDEX: Final = "answers.yaml"
STRUCK: Final = "***"
"""Stands in a recorded address for what was not recorded: a secret, or a time."""
_KEPT: Final = frozenset(
    {"cache-control", "content-language", "content-type", "etag", "last-modified", "link", "x-next-page", "x-page", "x-total"}
)
"""The headers that are recorded: what an answer is, how long it is fresh, and where it goes on. None of them is a credential."""
_ENDINGS: Final = {
    "application/json": ".json",
    "application/yaml": ".yaml",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
}
_MEDIA: Final = {".json": "application/json", ".yaml": "application/yaml", ".csv": "text/csv"}
_DIGITS: Final = 16
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._]+")


class NoAnswer(OSError):
    """A request that no recorded answer fits: to the site, a service that does not answer."""


def title(method: str, address: str, content: bytes = b"") -> str:
    """What a question is called in a recording: ``https://…``, ``POST https://… 0123456789abcdef`` (what is posted), ``SQL spend …``."""
    if not content:
        return address if method == "GET" else f"{method} {address}"
    return f"{method} {address} {hashlib.sha256(content).hexdigest()[:_DIGITS]}"


def titled(redactor: Redactor, url: str, content: bytes) -> str:
    """The title of a question that is asked over HTTP. What is posted is left out of it if it holds a secret."""
    struck = redactor.struck(url)
    if not content:
        return title("GET", struck)
    text = content.decode()
    return title("POST", struck, content if redactor.struck(text) == text else b"")


class Recorder:
    """Writes the answers that a build uses, without secrets. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}

    def note(self, ask: Ask, answer: StoredAnswer, redactor: Redactor) -> None:
        """An answer that is used, fetched now or before. Raises OSError."""
        for name, part in _parts(ask, answer):
            self._write(name, part, redactor)

    def finish(self) -> None:
        """The table of contents; what an earlier recording left is removed. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        files = {spec["file"] for spec in self._known.values()}
        for spec in _index(self._folder).values() if (self._folder / INDEX).is_file() else ():
            name = spec if isinstance(spec, str) else str(spec.get("file", ""))
            if name not in files and Path(name).name == name:
                (self._folder / name).unlink(missing_ok=True)
        lines = [f"{_text(name)}: {_text(spec)}\n" for name, spec in sorted(self._known.items())]
        text = "# Recorded by callboard build --record: what each question was answered.\n" + ("".join(lines) or "{}\n")
        (self._folder / INDEX).write_text(text, encoding="utf-8", newline="\n")

    def _write(self, name: str, answer: StoredAnswer, redactor: Redactor) -> None:
        headers = {key: redactor.struck(value) for key, value in sorted(answer.headers.items()) if key in _KEPT}
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        ending = _ENDINGS.get(media, ".json" if media.endswith("+json") or not media else ".txt")
        mark = hashlib.sha256(name.encode()).hexdigest()[:8]
        words = _UNSAFE.sub("-", name.partition("://")[2] or name).strip("-.")[:80]
        file = f"{words}-{mark}{ending}"
        spec: dict[str, Any] = {"file": file}
        if answer.status != 200:
            spec["status"] = answer.status
        if headers:
            spec["headers"] = headers
        with self._lock:
            self._known[name] = spec
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / file).write_bytes(redactor.cleaned(answer.body))


def _parts(ask: Ask, answer: StoredAnswer) -> Iterator[tuple[str, StoredAnswer]]:
    """Each question with its answer: a list that came in parts was several."""
    if isinstance(ask, HttpAsk) and ask.parts and answer.status == 200:
        yield from ((part.url, part) for part in unpacked(answer.body)[0])
        return
    for name in ask.titles:
        yield name, answer


class Scripted:
    """A network of which it is known what it will say: nobody is there who would be less busy after a pause."""


class Replay(Scripted):
    """A network that knows recorded answers only: name of the question → ``(status, body, headers)`` and the like, or an OSError."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self._patterns = [(_pattern(name), name) for name in answers if STRUCK in name]

    def send(self, request: Request) -> Response:
        """The recorded answer. Raises NoAnswer, or the OSError that was recorded."""
        address = request.url
        names = [title(request.method, address, request.content), f"{request.method} {address}", address]
        found = self._found(names)
        if found is None:
            raise NoAnswer(f"no answer is recorded for {request.method} {address.partition('?')[0]}")
        status, content, headers = _complete(found)
        return Response(status, headers, iter([content]), lambda: None)

    def made(self, name: str) -> bytes | None:
        """What a database or a command gave; None if it was not recorded."""
        found = self._found([name])
        return None if found is None else _complete(found)[1]

    def close(self) -> None:
        """Nothing was open."""

    def _found(self, names: list[str]) -> Any:
        key = next((name for name in names if name in self._answers), None)
        if key is None:
            key = next((known for pattern, known in self._patterns if any(map(pattern.fullmatch, names))), None)
        if key is None:
            return None
        answer = self._answers[key]
        if isinstance(answer, OSError):
            raise answer
        return answer


def read(folder: Path) -> dict[str, Any]:
    """The answers of a folder, as ``Replay`` takes them. Raises OSError, Malformed, or ValueError with a sentence."""
    answers: dict[str, Any] = {}
    for name, said in _index(folder).items():
        spec: dict[str, Any] = {"file": said} if isinstance(said, str) else said
        if not isinstance(spec, dict) or Path(str(spec.get("file", ""))).is_absolute():
            raise ValueError(f'answers.yaml says no file for "{name}".')
        file = folder / str(spec.get("file", ""))
        headers = {"content-type": _MEDIA.get(file.suffix, "application/octet-stream"), **(spec.get("headers") or {})}
        answers[str(name)] = (spec.get("status", 200), file.read_bytes(), headers)
    return answers


def _index(folder: Path) -> Mapping[str, Any]:
    text = (folder / INDEX).read_text(encoding="utf-8")
    value, _ = yamlfile.load(text, INDEX, limits=yamlfile.Limits(size=20_000_000))
    if value is not None and not isinstance(value, dict):
        raise ValueError("answers.yaml is no mapping from questions to files.")
    return value or {}


def _pattern(name: str) -> re.Pattern[str]:
    """Anything stands for what was struck: in a path with its slashes, in a query up to the next parameter."""
    path, mark, query = name.partition("?")
    return re.compile(_anything(path, "[^?#]*") + re.escape(mark) + _anything(query, "[^&#]*"))


def _anything(text: str, pattern: str) -> str:
    return pattern.join(map(re.escape, text.split(STRUCK)))


def _complete(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    status, body, *rest = answer if isinstance(answer, tuple) else (200, answer)
    content, media = _encoded(body)
    return status, content, {"content-type": media, **{name.lower(): value for name, value in (rest[0] if rest else {}).items()}}


def _encoded(body: Any) -> tuple[bytes, str]:
    if isinstance(body, (str, bytes)):
        return (body.encode(), "text/plain; charset=utf-8") if isinstance(body, str) else (body, "application/octet-stream")
    return json.dumps(body).encode(), "application/json"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
