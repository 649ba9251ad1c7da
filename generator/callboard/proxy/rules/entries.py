"""Entries: what the proxy would answer, in words that rules of other hosts can be made of; credentials are names of variables."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from callboard import config, discovery
from callboard.data import filling
from callboard.model.live import EndpointSpec, ProxySpec
from callboard.model.manifest import Plugin
from callboard.model.passage import Passage, spec_of
from callboard.model.problem import Problem, Severity
from callboard.model.secret import Secret
from callboard.model.site import Site
from callboard.proxy.table import Table, made_of
from callboard.proxy.values import LiveValue

Said = TypeVar("Said")
Made = TypeVar("Made")
_TOKEN: Final = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_NAME: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-.*)?", re.DOTALL)
_CREDENTIAL: Final = re.compile(r"auth|token|secret|key|cookie|password|session", re.IGNORECASE)
_MARK: Final = re.compile(r"zzcb([0-9]+)zz")
_UNSET: Final = re.compile(r"the environment has no (\w+)\.")


class Variable(NamedTuple):
    """A value that is set where the rules run, and never written into them."""

    name: str
    why: str = ""
    """What to set it to, if that is not the variable of ``site.yaml`` itself."""


class Part(NamedTuple):
    """A part of a request's path, by the name of its placeholder."""

    name: str


Text = tuple[str | Variable | Part, ...]


class Left(NamedTuple):
    """Something that a host cannot do: of which entry, and what."""

    name: str
    what: str
    partly: bool = False
    """The entry is exported, and answered in another way than the proxy does."""

    @property
    def text(self) -> str:
        """As people read it."""
        return f"{'Other than the proxy' if self.partly else 'Not exported'}: {self.name}: {self.what}"


class _Unfit(Exception):
    """No rule of another host can stand for an entry: a sentence."""


@dataclass(frozen=True, slots=True)
class Live:
    """A live answer of a mount that a service gives."""

    name: str
    path: str
    """With base path and placeholders: ``/portal/api/live/builds/runs/{org}``."""
    spec: ProxySpec
    target: Text
    headers: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Passed:
    """One of Backstage's endpoints."""

    name: str
    prefix: str
    """With base path: ``/portal/api/proxy/ci``."""
    passage: Passage
    headers: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Entries:
    """All of a site. ``left`` are those that no host but the proxy itself can answer."""

    site: Site
    table: Table
    live: tuple[Live, ...]
    passed: tuple[Passed, ...]
    left: tuple[Left, ...] = ()

    @property
    def variables(self) -> dict[str, str]:
        """What is to be set where the rules run, with what it is to be set to."""
        headers = [*(one.headers for one in self.live), *(one.headers for one in self.passed)]
        texts = [text for said in headers for text in said.values()] + [one.target for one in self.live]
        found = [part for text in texts for part in text if isinstance(part, Variable)]
        return {one.name: one.why for one in sorted(set(found))}


def entries(target: Path, *, env: str = "") -> tuple[Entries | None, tuple[Problem, ...]]:
    """The entries of a site, and its problems; None if it has errors. Variables need no values where rules are made."""
    environ = dict(os.environ)
    site, problems = config.load(target, env=env, environ=environ)
    unset = {match[1] for one in problems if one.code == "unset-variable" and (match := _UNSET.search(one.what))}
    if unset:
        site, problems = config.load(target, env=env, environ=environ | dict.fromkeys(unset, "unset"))
    written, _ = config.load(target, env=env, environ=environ, filled=False)
    if site is None or written is None:
        return None, problems
    plugins, found = discovery.find(replace(site, environ=_Anything(environ)))
    problems = (*problems, *found)
    if any(one.severity is Severity.ERROR for one in problems):
        return None, problems
    return _Making(site, written, made_of(site, plugins)).made(), problems


class _Anything(dict[str, str]):
    """An environment in which every variable has a value: only the names of credentials are wanted."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ARG002  # the form of a dict's
        return super().get(name) or "unset"


@dataclass(slots=True)
class _Making:
    """Makes the entries of one site. ``written`` is the site with every ``${…}`` as it stands in its files."""

    site: Site
    written: Site
    table: Table
    left: list[Left] = field(default_factory=list)

    def made(self) -> Entries:
        live = [one for value in self.table.values for one in self._kept(f"{value.plugin.id} {value.path}", self._live, value)]
        passed = [one for way in self.table.passages for one in self._kept(f"proxy.endpoints.{way.route}", self._passed, way)]
        self.left += [
            Left(one.prefix, "answered by code of a plugin from the published files; only callboard proxy can.")
            for one in self.table.endpoints
        ]
        if self.table.origins.listed and (live or passed):
            self.left.append(Left("proxy.cors", "grants to pages of other origins are not exported."))
        return Entries(self.site, self.table, tuple(live), tuple(passed), tuple(self.left))

    def _kept(self, name: str, make: Callable[[str, Said], Made], said: Said) -> Iterator[Made]:
        """The entry, if it can be one; else it is left, by name."""
        try:
            yield make(name, said)
        except _Unfit as unfit:
            self.left.append(Left(name, str(unfit)))

    def _live(self, name: str, value: LiveValue) -> Live:
        if value.spec.answer:
            raise _Unfit(f"answered by code ({value.spec.answer}); only callboard proxy can.")
        if self.table.policy is not None:
            raise _Unfit("proxy.credentials cannot be checked here, and without them it would be open to everybody.")
        marks: list[Variable | Part] = []
        scope = {key: self._scoped(value.plugin, key, one, marks) for key, one in value.plugin.options.items()}
        scope |= {part[1:-1]: _mark(Part(part[1:-1]), marks) for part in value.parts if part.startswith("{")}
        try:
            address = filling.url(value.spec.target, scope, filling.addresses(value.plugin))
        except (filling.Missing, ValueError):
            raise _Unfit("its address is not complete.") from None
        headers = {}
        if value.spec.secret and isinstance(value.plugin.options.get(value.spec.secret), Secret):
            credential = self._secret(value.plugin, value.spec.secret)
            headers = {value.spec.header or "Authorization": credential if value.spec.header else ("Bearer ", *credential)}
        return Live(name, f"{self.site.base_path[:-1]}{value.path}", value.spec, _marked(address, marks), headers)

    def _scoped(self, plugin: Plugin, key: str, value: Any, marks: list[Variable | Part]) -> Any:
        if not isinstance(value, Secret):
            return value
        return "".join(one if isinstance(one, str) else _mark(one, marks) for one in self._secret(plugin, key))

    def _secret(self, plugin: Plugin, option: str) -> Text:
        """A mount's credential as variables: the one that site.yaml names, or that the manifest does."""
        mounts = zip(self.site.spec.plugins, self.written.spec.plugins, strict=False)
        here = (plugin.name, plugin.path.strip("/"))
        said = next((raw.options.get(option) for mount, raw in mounts if (mount.plugin, mount.path.strip("/")) == here), None)
        if isinstance(said, str):
            return credential(said, _variable(plugin.name, option), whole=True)
        declared = plugin.manifest.options
        spec = declared.get(option) if not isinstance(declared, str) else None
        return (Variable(spec.env),) if spec and spec.env else (Variable(_variable(plugin.name, option), f"the option {option}"),)

    def _passed(self, name: str, passage: Passage) -> Passed:
        if not passage.is_open:
            what = f'"credentials: {passage.spec.credentials}" cannot be checked here, and without it the endpoint would be open'
            mend = 'If the host itself lets in only those who may: "credentials: dangerously-allow-unauthenticated".'
            raise _Unfit(f"{what} to everybody. {mend}")
        raw = next(
            (spec_of(said) for route, said in self.written.spec.proxy.endpoints.items() if _same(route, passage.route)),
            EndpointSpec(),
        )
        headers = {
            header: credential(
                raw.headers.get(header, ""), _variable(passage.route, header), whole=bool(_CREDENTIAL.search(header))
            )
            for header in passage.spec.headers
        }
        if passage.spec.auth:
            variable = Variable(_variable(passage.route, "basic"), "the Base64 form of the endpoint's auth, user:password")
            headers.setdefault("Authorization", ("Basic ", variable))
        return Passed(name, f"{self.site.base_path[:-1]}{passage.prefix}", passage, headers)


def credential(text: str, name: str, *, whole: bool) -> Text:
    """A text of site.yaml with its variables by name; what it reads from a file, and a credential written out, is the variable ``name``.

    ``whole``: the text is a credential even where it names no variable.
    """
    parts: list[str | Variable | Part] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts += [text[end : token.start()], _named(token[1], name)]
        end = token.end()
    parts.append(text[end:])
    if whole and not any(isinstance(part, Variable) for part in parts):
        return (Variable(name, "what site.yaml says"),)
    return tuple(part for part in parts if part)


def _named(inside: str | None, name: str) -> str | Variable:
    if inside is None:
        return "${"
    match = _NAME.fullmatch(inside)
    return Variable(match[1]) if match else Variable(name, f"the content of {inside.removeprefix('file:')}")


def _variable(*words: str) -> str:
    return "_".join(re.sub(r"[^A-Za-z0-9]+", "_", word).strip("_").upper() for word in ("callboard", *words))


def _same(one: str, other: str) -> bool:
    return one.strip("/") == other.strip("/")


def _mark(one: Variable | Part, marks: list[Variable | Part]) -> str:
    """A word that stands for something in a text while options are filled into it."""
    marks.append(one)
    return f"zzcb{len(marks) - 1}zz"


def _marked(text: str, marks: list[Variable | Part]) -> Text:
    found: list[str | Variable | Part] = []
    for index, piece in enumerate(_MARK.split(text)):
        found.append(marks[int(piece)] if index % 2 else piece)
    return tuple(one for one in found if one)


def joined(text: Iterable[str | Variable | Part], variable: str = "${%s}", part: str = "{%s}") -> str:
    """A Text as one string, with the forms that a host has for variables and for parts of the path."""
    return "".join(one if isinstance(one, str) else (variable if isinstance(one, Variable) else part) % one.name for one in text)
