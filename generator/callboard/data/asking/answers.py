"""Answers of services: as asked for, as kept in the cache, as parsed; and how a fetch went."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, NamedTuple, TypeVar

from callboard.data.cache import StoredAnswer
from callboard.data.formats import strict_json
from callboard.data.http.addresses import Target
from callboard.model.dataset import Origin, SourceRun
from callboard.model.secret import Secret
from callboard.plugin import FetchError

T = TypeVar("T")

ABSENT: Final = frozenset({404, 410})
"""Statuses that say: there is nothing."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a parser is given."""

    content: bytes
    media_type: str
    """Lower-cased, without parameters; "" if the service named none."""
    charset: str
    """Lower-cased; "" if the service named none."""
    absent: bool = False
    """Whether the service says that there is nothing, which may be an answer too (see ``Ask.absent``)."""


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """An answer that the parser accepted, and how it was got."""

    value: T
    body: Body
    headers: Mapping[str, str]
    run: SourceRun

    @property
    def origin(self) -> Origin:
        """Where it came from and how old it is."""
        return self.run.origin


class Failed(FetchError):
    """No answer, not even an old one. ``run.origin`` says what failed."""

    def __init__(self, sentence: str, run: SourceRun) -> None:
        super().__init__(sentence)
        self.run = run


class Terms(NamedTuple):
    """What one fetch may take, and how old its answer may be. Seconds; None is what the mount or the service's limits say."""

    ttl: float | None = None
    """How long an answer counts as fresh."""
    stale: float | None = None
    """How old a last good answer may be where the service fails."""
    timeout: float | None = None
    """From the first try to the last byte."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One answer as asked for, of a service or of anything else whose answers are kept."""

    key: str
    """Equal questions have equal keys; no secret can be read out of it."""
    origin: Origin
    ttl: float
    """Seconds that its answer counts as fresh."""
    stale: float
    """Seconds that a last good answer may be old where the service fails."""
    timeout: float | None = None
    """Seconds from the first try to the last byte; None is the service's limit."""
    said: frozenset[str] = frozenset()
    """Which of ``ttl`` and ``stale`` somebody said: they stand, whatever an answer says."""
    says: Mapping[str, str] = field(default_factory=dict)
    """The headers that are sent, with one-way marks for secrets: an answer may hold for some of them only (``Vary``)."""
    mark: str = ""
    """What the answer is made of, if that can be told without asking: while it is the same, the kept answer is fresh."""
    titles: tuple[str, ...] = ()
    """What the question is called in a recording, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAsk(Ask):
    """One fetch as asked for."""

    target: Target
    headers: Mapping[str, str | Secret]
    content: bytes = b""
    """JSON to POST; GET if there is none."""
    absent: bool = False
    """Whether 404 and 410 are answers too."""
    alias: str = ""
    """The address that stands for this one in the cache and in recordings, if a part of it changes with time."""
    explain: Callable[[bytes], str] | None = None
    """Finds in what comes with 400 and 422 why the service refused."""
    limit: int | None = None
    """The most bytes of its answer; None is the service's limit."""
    parts: bool = False
    """Whether its answer is packed of several."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """An answer of the cache that the parser still accepts."""

    answer: StoredAnswer
    value: T


@dataclass(frozen=True, slots=True)
class Got(Generic[T]):
    """The outcome of a fetch: its answer, what the parser made of it, and whether the cache holds it."""

    answer: StoredAnswer
    value: T
    outcome: str
    stored: bool
    error: str = ""
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """How a fetch went, for everybody who asks the same in this build. ``answer`` is None if the cache holds it."""

    answer: StoredAnswer | None
    run: SourceRun
    sentence: str = ""


def headers_of(ask: HttpAsk, kept: StoredAnswer | None) -> dict[str, str]:
    """The request's headers: those asked for, revealed, and what makes it a question whether the ``kept`` answer still holds."""
    headers = {"content-type": "application/json"} if ask.content else {}
    if kept is not None and _can_be_sent(kept.etag):
        headers["if-none-match"] = kept.etag
    elif kept is not None and _can_be_sent(kept.last_modified):
        headers["if-modified-since"] = kept.last_modified
    return headers | {name: value.reveal() if isinstance(value, Secret) else value for name, value in ask.headers.items()}


def _can_be_sent(text: str) -> bool:
    """Whether a header may hold it: a service's own word may be one that it could not read back."""
    return 0 < len(text) <= 8000 and text.isascii() and text.isprintable()


def body_of(answer: StoredAnswer) -> Body:
    """What a parser is given of an answer."""
    media, _, parameters = answer.headers.get("content-type", "").partition(";")
    charset = next(
        (p.partition("=")[2].strip("\"' ") for p in parameters.split(";") if p.strip().lower().startswith("charset=")), ""
    )
    return Body(answer.body, media.strip().lower(), charset.lower(), answer.status in ABSENT)


def text(body: Body) -> str:
    """The body as text. Raises ValueError (UnicodeDecodeError) for bytes that are none, LookupError is one too."""
    try:
        return body.content.decode(body.charset or "utf-8-sig")
    except LookupError:
        raise ValueError(f'its charset "{body.charset}" is not known') from None


def content(body: Body) -> bytes:
    """The body as it is."""
    return body.content


def json(body: Body) -> Any:
    """The body as JSON. Raises ValueError with a sentence."""
    if body.media_type in ("text/html", "application/xhtml+xml"):
        raise ValueError(f"it is {body.media_type}, not JSON")
    return strict_json(body.content)
