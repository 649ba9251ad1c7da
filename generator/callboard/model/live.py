"""Live answers: what a manifest's ``proxy:`` declares, and what a site's ``proxy:`` says of the server that gives them."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from callboard.model.duration import seconds
from callboard.model.strict import Strict

_SIZE: Final = re.compile(r"([0-9]{1,12})\s*([kMG]?i?B)?")
_UNITS: Final = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "kiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What may be passed on. CONNECT and TRACE never are."""
POLICIES: Final = ("require", "forward", "dangerously-allow-unauthenticated")
"""Who may use an endpoint, in Backstage's words."""


def _size(value: Any) -> Any:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is not None:
        return int(match[1]) * _UNITS.get(match[2] or "B", 1)
    if isinstance(value, str):
        raise ValueError(f'wanted a size, got "{value[:40]}". Write for example: 10 MB')
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError(f'wanted an address or a network, got "{value[:60]}". Write for example: 10.0.0.0/8') from None
    return value


_Size = Annotated[int, BeforeValidator(_size, json_schema_input_type=int | str), Field(ge=0)]
_Duration = Annotated[float, BeforeValidator(seconds, json_schema_input_type=str | dict[str, float])]
_Reading = Literal["GET", "HEAD"]
_READING: Final[list[_Reading]] = ["GET", "HEAD"]
_Network = Annotated[str, AfterValidator(_network)]


class ProxySpec(Strict):
    """One live answer of a mount: below `/api/live` and the mount's path. Exactly one of `answer` and `target`."""

    answer: str = ""
    """`module:function` of the plugin's code: it is given a `LiveCall` and returns the values, a mapping."""
    target: str = ""
    """The address that is asked, a JSON service: options are filled in as in `sources`, and so are the path's own placeholders."""
    methods: list[_Reading] = Field(default_factory=_READING.copy)
    """What readers may send. A live answer only reads, and takes no body."""
    query: list[str] = Field(default_factory=list)
    """Parameters that readers may add; every other is left out."""
    secret: str = ""
    """With `target`: an option of type `secret`, sent as `Authorization: Bearer …`."""
    header: str = ""
    """With `secret`: the header that it is sent in, as it is, instead: `Circle-Token`."""
    values: dict[str, str] = Field(default_factory=dict)
    """With `target`: what is answered, by name: JMESPath expressions on the service's JSON. Without it, its JSON is passed on."""
    ttl: _Duration = 30.0
    """How long an answer is given again without asking: `20s`. Equal requests at one time are one in any case."""
    stale: _Duration = 600.0
    """How old the last good answer may be that is given, with its time, while the service fails."""


class EndpointSpec(Strict):
    """One of Backstage's proxy endpoints, unchanged. A text alone is its `target`."""

    model_config = ConfigDict(alias_generator=to_camel)

    target: str = ""
    """The address that requests are passed on to: `https://api.example.com/v1`."""
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    """Headers that are set in what is passed on: `{Authorization: "Bearer ${TOKEN}"}`. They stand above a reader's own."""
    change_origin: bool = True
    """Whether the service is told its own host; `false` tells it the host that the reader asked."""
    path_rewrite: dict[str, str] | None = None
    """Regular expressions on the whole path and what replaces the first match of the first that matches. Without it, what stands
    below the route is asked below `target`; one that is given replaces that rule."""
    allowed_methods: list[str] | None = None
    """Methods that are passed on; any other is 404. Without it, GET and HEAD only, where Backstage passes all."""
    allowed_headers: list[str] = Field(default_factory=list)
    """Headers that are passed both ways, beside Backstage's fixed list. Cookies and CORS grants never are."""
    credentials: str = "require"
    """`require` (the site's `credentials` policy, or this machine alone), `forward` (the same, and the reader's Authorization header is
    passed on), `dangerously-allow-unauthenticated`."""
    timeout: float | None = None
    """Milliseconds that an answer may take; the smaller of both timeouts counts."""
    proxy_timeout: float | None = None
    """Milliseconds that an answer may take."""
    auth: str = Field(default="", repr=False)
    """`user:password`, sent as basic authentication."""
    prepend_path: bool = True
    """Whether the path of `target` stands before what is asked."""
    ignore_path: bool = False
    """Whether only the path of `target` is asked, whatever the reader's."""
    secure: bool = True
    """Certificates are always checked: `false` has no effect."""
    ws: Any = None
    """Has no effect: connections are not upgraded."""
    xfwd: Any = None
    """Has no effect: services are not told who asks."""
    follow_redirects: Any = None
    """Has no effect: a redirect is given to the reader, without its address."""
    auto_rewrite: Any = None
    """Has no effect."""
    protocol_rewrite: Any = None
    """Has no effect."""
    host_rewrite: Any = None
    """Has no effect."""
    cookie_domain_rewrite: Any = None
    """Has no effect: no cookie is passed."""
    cookie_path_rewrite: Any = None
    """Has no effect: no cookie is passed."""
    preserve_header_key_case: Any = None
    """Has no effect."""
    local_address: Any = None
    """Has no effect."""
    log_level: Any = None
    """Has no effect: every request is one line of the log."""
    path_filter: Any = None
    """Has no effect, as in Backstage, which sets it itself."""
    router: Any = None
    """Has no effect: an endpoint has one target."""
    buffer: Any = None
    """Has no effect."""


class HeaderPolicy(Strict):
    """A header that says who asks, set by a proxy in front that signs people in."""

    name: str = "X-Forwarded-Email"
    """The header: `X-Forwarded-Email`, `X-Auth-Request-Email`."""
    peers: Annotated[list[_Network], Field(min_length=1)]
    """Networks of the proxies in front: from any other address the header counts for nothing."""
    domains: list[str] = Field(default_factory=list)
    """Mail domains that are let in; empty for all."""
    users: list[str] = Field(default_factory=list)
    """Those who are let in; empty for all."""


class CredentialsSpec(Strict):
    """Who may ask for live answers; any one of the ways is enough. Only `/-/health` and `/-/ready`, and endpoints that say
    `dangerously-allow-unauthenticated`, are open.
    """

    bearer: list[Annotated[str, Field(min_length=8)]] = Field(default_factory=list, repr=False)
    """Tokens, each as it is (from a variable) or as `sha256:` and its SHA-256 in hex."""
    basic: dict[str, Annotated[str, Field(min_length=8)]] = Field(default_factory=dict, repr=False)
    """Passwords by user: as they are, as `sha256:` and hex, or as `pbkdf2_sha256$rounds$salt$hash`."""
    header: HeaderPolicy | None = None
    """A proxy in front that has signed the reader in."""


class CorsSpec(Strict):
    """Which pages elsewhere may read live answers."""

    origins: list[str] = Field(default_factory=list)
    """Exact origins: `https://portal.example.com`. No other page elsewhere gets an answer."""


class LiveLimits(Strict):
    """What live answers may cost."""

    request: _Size = 10_000_000
    """Bytes of a request's body that is passed on, or `10 MB`."""
    answer: _Size = 50_000_000
    """Bytes of an answer, unpacked."""
    timeout: _Duration = 30.0
    """How long an answer may take, from its first byte asked to its last byte sent."""
    concurrent: Annotated[int, Field(ge=1, le=1000)] = 64
    """How many requests services are asked at one time."""
    waiting: Annotated[int, Field(ge=0, le=100_000)] = 2000
    """How many requests may wait for that; the next are answered 503 with Retry-After."""
    connections: Annotated[int, Field(ge=1, le=100_000)] = 4000
    """How many readers may be connected at one time."""
    memory: _Size = 32_000_000
    """Bytes of answers that are kept to be given again."""


class ProxySettings(Strict):
    """Live answers: of `callboard serve`, and of `callboard proxy` beside a static host. A build needs none of it."""

    model_config = ConfigDict(
        json_schema_extra={"patternProperties": {"^/": {"anyOf": [{"type": "string"}, {"type": "object"}]}}}
    )

    live: bool = False
    """Whether pages ask for live values. Without it, they show what the build saw."""
    url: str = ""
    """Where pages find the live answers, if not below the site's own address: `https://live.example.com`."""
    hosts: list[str] = Field(default_factory=list)
    """Host names that requests may use, beside that of `site.url` and this machine's; every other is answered 421."""
    endpoints: dict[str, str | EndpointSpec] = Field(default_factory=dict)
    """Backstage's proxy endpoints by route, answered below `/api/proxy`: `{/ci: "https://ci.example.com"}`. Routes may stand beside this
    key as well, as Backstage's older configurations have them."""
    skip_invalid_proxies: Annotated[bool, Field(alias="skipInvalidProxies")] = False
    """Leave out endpoints that are wrong, with a warning, instead of not starting."""
    revive_consumed_request_bodies: Annotated[bool, Field(alias="reviveConsumedRequestBodies")] = False
    """Has no effect: bodies are passed on as they come."""
    credentials: CredentialsSpec | None = None
    """Who may ask."""
    cors: CorsSpec = Field(default_factory=CorsSpec)
    """Which pages elsewhere may read live answers."""
    limits: LiveLimits = Field(default_factory=LiveLimits)
    """What live answers may cost."""
