"""Live values of mounts: what one is, how its service is asked, and what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlencode

from callboard.data import filling
from callboard.data.asking.client import Client
from callboard.data.cache import MemoryCache
from callboard.data.formats import strict_json
from callboard.data.http.addresses import Target, target
from callboard.data.http.stream import NoAnswer, Streams
from callboard.data.redact import Redactor
from callboard.data.runs import raised
from callboard.model.effects import CodeFailed, Transport
from callboard.model.live import ProxySpec
from callboard.model.manifest import Plugin
from callboard.model.network import Network
from callboard.model.problem import Problems
from callboard.model.secret import Secret
from callboard.model.states import state_word
from callboard.plugin import FetchError, LiveCall
from callboard.proxy.grammar import is_part

PREFIX: Final = "/api/live"
LARGEST: Final = 10_000_000
"""Bytes of a service's answer that becomes live values."""
_SMALL: Final = 100_000
"""Bytes of JSON that are read faster than a thread is asked to."""
_QUERY: Final = 500
"""Characters of one parameter's value."""


@dataclass(frozen=True, slots=True)
class LiveValue:
    """One entry of a manifest's ``proxy`` in one mount."""

    plugin: Plugin
    spec: ProxySpec
    parts: tuple[str, ...]
    """Of its path below ``/api/live``: words, and placeholders as ``{org}``."""

    @classmethod
    def of(cls, plugin: Plugin, path: str) -> LiveValue:
        """The entry that a manifest has under ``path``."""
        return cls(plugin, plugin.manifest.proxy[path], tuple(part for part in f"{plugin.path}{path}".split("/") if part))

    def match(self, path: str) -> dict[str, str] | None:
        """What stands for the placeholders in a path below ``/api/live``; None if it is another's. Nothing is decoded."""
        given = path.split("/")[1:]
        if len(given) != len(self.parts):
            return None
        found: dict[str, str] = {}
        for part, said in zip(self.parts, given, strict=True):
            if part.startswith("{"):
                if not is_part(said):
                    return None
                found[part[1:-1]] = said
            elif part != said:
                return None
        return found

    def query(self, said: Sequence[tuple[str, str]]) -> dict[str, str] | None:
        """The parameters that the manifest lists, in its order; None if one is said twice, or holds what no value has."""
        listed = [(name, value) for name, value in said if name in self.spec.query]
        if len({name for name, _ in listed}) < len(listed):
            return None
        if any(len(value) > _QUERY or not value.isprintable() for _, value in listed):
            return None
        return {name: dict(listed)[name] for name in self.spec.query if name in dict(listed)}

    @property
    def path(self) -> str:
        """As people write it: ``/api/live/builds/runs/{org}/{repo}``."""
        return f"{PREFIX}/{'/'.join(self.parts)}"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: its body, which service was asked, and the time (UTC) when."""

    body: bytes
    upstream: str
    at: datetime


class Failed(Exception):
    """No values. Its text may be shown."""

    def __init__(self, text: str, *, late: bool = False) -> None:
        super().__init__(text)
        self.late = late


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks for live values. ``fault`` hears of exceptions in plugins' code."""

    streams: Streams
    transport: Transport
    pool: Executor
    """Threads for plugins' code."""
    fault: Callable[[BaseException], None]
    timeout: float
    network: Network = Network()

    async def values(self, live: LiveValue, parameters: Mapping[str, str], query: Mapping[str, str]) -> Given:
        """The answer for one request. Raises Failed."""
        at = datetime.now(UTC)
        redactor = Redactor(filling.secrets(live.plugin.options))
        try:
            async with asyncio.timeout(self.timeout):
                if live.spec.answer:
                    call = LiveCall(dict(parameters), dict(query), _options(live.plugin), self._http(live.plugin, at))
                    made = await asyncio.get_running_loop().run_in_executor(self.pool, self._called, live, call)
                    upstream, said = "", _enveloped(made, at)
                else:
                    upstream, found = await self._asked(live, parameters, query)
                    said = found if not live.spec.values else _enveloped(_picked(live.spec.values, found), at)
                text = json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except TimeoutError:
            raise Failed("The service did not answer in time.", late=True) from None
        except NoAnswer as error:
            raise Failed(str(error), late=error.late) from None
        except (TypeError, ValueError) as error:  # a Secret, say, or a date: what JSON has not
            self.fault(CodeFailed(f"{live.plugin.id}: the values of {live.path} are no plain data ({type(error).__name__})"))
            raise Failed("The values cannot be given.") from None
        return Given(redactor.struck(text).encode(), upstream, at)

    def _called(self, live: LiveValue, call: LiveCall) -> Mapping[str, Any]:
        try:
            made = live.plugin.load(live.spec.answer)(call)
        except FetchError:
            raise Failed("The service gave no answer.") from None
        except Problems as stopped:
            self.fault(CodeFailed(str(stopped)))
            raise Failed("The values cannot be given.") from None
        except Exception as error:  # foreign code: whatever it raises costs this answer alone
            words = Redactor(filling.secrets(live.plugin.options)).struck(raised(live.plugin.folder, error))
            self.fault(CodeFailed(f"{live.plugin.id}: {words}"))  # not the exception itself, which may hold a secret
            raise Failed("The values cannot be given.") from None
        if not isinstance(made, Mapping):
            raise TypeError(f"{live.spec.answer} gave {type(made).__name__}, not a mapping")
        return made

    async def _asked(self, live: LiveValue, parameters: Mapping[str, str], query: Mapping[str, str]) -> tuple[str, Any]:
        at, headers = _address(live, parameters, query), _headers(live)
        async with self.streams.ask("GET", at, headers, timeout=self.timeout) as answer:
            if not 200 <= answer.status < 300 or answer.status == 206:
                raise NoAnswer("The service gave no answer.")
            kind = next((value for name, value in answer.headers if name == "content-type"), "").partition(";")[0].strip().lower()
            if kind != "application/json" and not kind.endswith("+json"):
                raise NoAnswer("The service's answer is no JSON.")
            body = bytearray()
            async for chunk in answer.chunks:
                body += chunk
                if len(body) > LARGEST:
                    raise NoAnswer("The service's answer is too large.")
        try:
            small = len(body) < _SMALL
            return at.authority, strict_json(bytes(body)) if small else await asyncio.to_thread(strict_json, bytes(body))
        except ValueError:
            raise NoAnswer("The service's answer is no JSON.") from None

    def _http(self, plugin: Plugin, now: datetime) -> Client:
        return Client(
            self.transport,
            MemoryCache(),
            namespace=plugin.name,
            mount=plugin.id,
            hosts=filling.hosts(plugin),
            now=now,
            ttl=0,
            stale=0,
            report=lambda _: None,
            secrets=filling.secrets(plugin.options),
            network=self.network,
        )


def _options(plugin: Plugin) -> Any:
    return plugin.option_model if plugin.option_model is not None else SimpleNamespace(**plugin.options)


def _address(live: LiveValue, parameters: Mapping[str, str], query: Mapping[str, str]) -> Target:
    """The address of the service. Raises NoAnswer: an option that it needs has no value, or what is filled in does not fit."""
    scope = {**live.plugin.options, **parameters}
    try:
        url = filling.url(live.spec.target, scope, filling.addresses(live.plugin))
        joined = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url
        return target(joined)
    except (filling.Missing, ValueError):
        raise NoAnswer("The service cannot be asked: its address is not complete.") from None


def _headers(live: LiveValue) -> list[tuple[bytes, bytes]]:
    made = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "callboard"}
    secret = live.plugin.options.get(live.spec.secret)
    if isinstance(secret, Secret):
        value = secret.reveal()
        made[live.spec.header.lower() or "authorization"] = value if live.spec.header else f"Bearer {value}"
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in made.items()]


def _picked(values: Mapping[str, str], found: Any) -> dict[str, Any]:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return {name: jmespath.search(path, found) for name, path in values.items()}
    except JMESPathError:
        raise NoAnswer("The service's answer does not fit.") from None


def _enveloped(values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    states = {name: word for name, value in values.items() if isinstance(value, str) and (word := state_word(value)) != "unknown"}
    return {"values": dict(values), "states": states, "asOf": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
