"""Passage: one of Backstage's proxy endpoints, ready to be used; and all that can be wrong with one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from callboard.model.live import METHODS, POLICIES, EndpointSpec
from callboard.model.problem import Key
from callboard.model.rewriting import Rule, rule
from callboard.model.secret import Secret

PREFIX: Final = "/api/proxy"
"""What all routes are answered below, without the site's base path."""
FORWARDED: Final = frozenset(
    (
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
        "host",
        "accept",
        "accept-language",
        "user-agent",
    )
)
"""Backstage's safeForwardHeaders (proxy-backend, router.ts): passed both ways."""
NEVER: Final = frozenset(
    (
        "connection",
        "cookie",
        "cookie2",
        "set-cookie",
        "set-cookie2",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "http2-settings",
        "expect",
    )
)
"""Cookies, and what is about one connection only (RFC 9110 §7.6.1): never passed, whatever is listed."""
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_ROUTE: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+/?")
_IDLE: Final = (
    "ws",
    "xfwd",
    "follow_redirects",
    "auto_rewrite",
    "protocol_rewrite",
    "host_rewrite",
    "cookie_domain_rewrite",
    "cookie_path_rewrite",
    "preserve_header_key_case",
    "local_address",
    "log_level",
    "path_filter",
    "router",
    "buffer",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an endpoint, at a key below it. One that is not ``grave`` is a warning."""

    key: Key
    what: str
    mend: str = ""
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Passage:
    """One endpoint. ``lacks`` says why it cannot be used on this machine."""

    route: str
    """``/ci``, without a slash at its end."""
    spec: EndpointSpec
    target: SplitResult
    rules: tuple[Rule, ...]
    methods: frozenset[str]
    sent: frozenset[str]
    """Lower-cased names of a reader's headers that are passed on."""
    returned: frozenset[str]
    """Lower-cased names of the service's headers that are passed back."""
    timeout: float | None
    """Seconds; None for the site's own."""
    lacks: str = ""
    secrets: tuple[Secret, ...] = field(default=(), compare=False)
    """What is struck out of the service's answers, should it repeat them."""

    @property
    def prefix(self) -> str:
        """``/api/proxy/ci``."""
        return PREFIX + self.route

    @property
    def is_open(self) -> bool:
        """Whether anybody may use it."""
        return self.spec.credentials == "dangerously-allow-unauthenticated"

    def takes(self, path: str) -> bool:
        """Whether a path (without base path) is this route's or lies below it."""
        return path == self.prefix or path.startswith(f"{self.prefix}/")


def spec_of(said: str | EndpointSpec) -> EndpointSpec:
    """A text alone is a target."""
    return EndpointSpec(target=said) if isinstance(said, str) else said


def passage(route: str, said: str | EndpointSpec, lacks: str = "") -> Passage:
    """The endpoint ready for use. It must have no grave faults."""
    spec = spec_of(said)
    route = "/" + route.strip("/")
    given = spec.path_rewrite
    rules = given if given is not None else {f"^{re.escape(PREFIX + route)}/?": "/"}
    listed = {name.lower() for name in spec.allowed_headers}
    own = {name.lower() for name in spec.headers} | ({"authorization"} if spec.credentials == "forward" else set())
    times = [ms / 1000 for ms in (spec.timeout, spec.proxy_timeout) if ms]
    return Passage(
        route=route,
        spec=spec,
        target=urlsplit(spec.target),
        rules=tuple(Rule(re.compile(p, re.ASCII), r) if given is None else rule(p, r) for p, r in rules.items()),
        methods=frozenset(spec.allowed_methods if spec.allowed_methods is not None else ("GET", "HEAD")),
        sent=(FORWARDED | listed | own) - NEVER - {"content-length", "host"},
        returned=(FORWARDED | listed) - NEVER,
        timeout=min(times) if times else None,
        lacks=lacks,
    )


def faults(route: str, said: str | EndpointSpec, *, unset: frozenset[Key] = frozenset()) -> Iterator[Fault]:
    """All that is wrong with an endpoint; nothing is said of the keys below it in ``unset``, whose variables have no value here."""
    spec = spec_of(said)
    at: Key = () if isinstance(said, str) else ("target",)
    if not _ROUTE.fullmatch("/" + route.strip("/")) or {".", ".."} & set(route.split("/")):
        yield Fault((), f'"{route}" is no route.', "Write for example: /ci")
    if at not in unset:
        yield from _target(spec.target, at)
    if spec.credentials not in POLICIES and ("credentials",) not in unset:
        what = f'wanted {", ".join(POLICIES[:-1])} or {POLICIES[-1]}, got "{spec.credentials[:60]}".'
        yield Fault(("credentials",), what, "Write for example: credentials: require")
    yield from _methods(spec)
    yield from _headers(spec, unset)
    yield from _rules(spec)
    for name in _IDLE:
        if getattr(spec, name) not in (None, False):
            yield _idle(EndpointSpec.model_fields[name].alias or name)
    if not spec.secure:
        mend = "Have the system trust the authority."
        yield Fault(("secure",), "certificates are always checked; this has no effect.", mend, grave=False)


def _idle(name: str) -> Fault:
    return Fault((name,), f"{name} has no effect here.", "Remove it.", grave=False)


def _target(url: str, at: Key) -> Iterator[Fault]:
    if not url:
        yield Fault(at[:-1], "the endpoint has no target.", "Add: target: https://api.example.com")
        return
    try:
        parts = urlsplit(url)
        bad = (
            parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or re.search(r"[\x00-\x20\\\x7f]", url)
        )
    except ValueError:
        bad, parts = True, urlsplit("")
    if bad:
        yield Fault(at, "the target is no whole http or https address.", "Write for example: target: https://api.example.com")
    elif parts.username is not None:
        yield Fault(at, "the target holds a user name or password.", 'Write beside it: auth: "user:${PASSWORD}"')
    elif parts.query or parts.fragment:
        yield Fault(at, "a target has no query and no fragment.", 'Remove it from "?" or "#" on, and see pathRewrite.')


def _methods(spec: EndpointSpec) -> Iterator[Fault]:
    for number, method in enumerate(spec.allowed_methods or ()):
        if method not in METHODS:
            yield Fault(("allowedMethods", number), f'"{method[:40]}" is not passed on.', f"Known are {', '.join(METHODS)}.")


def _headers(spec: EndpointSpec, unset: frozenset[Key]) -> Iterator[Fault]:
    for name, value in spec.headers.items():
        if not _NAME.fullmatch(name) or name.lower() in (NEVER - {"cookie"}) | {"content-length"}:
            yield Fault(("headers", name), f'the header "{name[:60]}" cannot be set.', "Remove it.")
        elif ("headers", name) not in unset and not _VALUE.fullmatch(value):
            yield Fault(("headers", name), "its value holds a character that HTTP does not allow.", "Correct the value.")
    for number, name in enumerate(spec.allowed_headers):
        key: Key = ("allowedHeaders", number)
        if not _NAME.fullmatch(name):
            yield Fault(key, f'"{name[:60]}" is no name of a header.', "Correct it.")
        elif name.lower() in NEVER or name.lower().startswith("access-control-"):
            yield Fault(key, f'the header "{name[:60]}" is never passed.', "Remove it.", grave=False)


def _rules(spec: EndpointSpec) -> Iterator[Fault]:
    for pattern, replacement in (spec.path_rewrite or {}).items():
        try:
            rule(pattern, replacement)
        except ValueError as error:
            yield Fault(("pathRewrite", pattern), str(error), "Write a simpler one.")
