"""How a site reaches services (`network:`), and where it keeps their answers (`cache:`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from callboard.model.secret import Secret
from callboard.model.strict import Strict


class NetworkSettings(Strict):
    """How services are reached. What the environment says of proxies is not followed: a build asks where its site says."""

    proxy: str = ""
    """A proxy that requests go through: `http://proxy.example.com:3128`, with `user:password@` where it wants them (write
    `${PROXY}` and keep them in the environment)."""
    direct: list[str] = Field(default_factory=list)
    """Hosts that are asked without the proxy: `git.example.com`, `*.example.com`. This machine always is."""
    ca: str = ""
    """A file with certificate authorities (PEM) that are trusted too, relative to `site.yaml`: `certs/company.pem`."""
    rate: Annotated[float, Field(gt=0, le=10_000)] = 30.0
    """How many requests a second go to one host, of all plugins together; twice as many may go at once."""

    total: str = "10m"
    """How long a build asks at most, all services, databases and commands together; last good answers stand for what is not asked then."""


class CacheSettings(Strict):
    """Where fetched answers are kept between builds."""

    store: Literal["sqlite", "memory", "memcached", "memcache", "redis", "valkey"] = "sqlite"
    """`sqlite`: a file; `memory`: until the build ends; `memcached` and `redis` (or Valkey): a server that several machines share."""
    connection: str = ""
    """For `sqlite` a file, relative to `site.yaml`; for `memcached` `user:password@host:port`; for `redis` an address such as
    `redis://user:password@host:6379/0` (or `rediss:`, `unix:`). Keep passwords in the environment: `${CACHE}`."""
    default_ttl: Annotated[str | int, Field(alias="defaultTtl")] = "60d"
    """How long an answer is kept that no build uses: a duration, or milliseconds."""
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")] = "callboard"
    """What the keys on a server begin with: sites with the same prefix share their answers."""


@dataclass(frozen=True, slots=True)
class Network:
    """The way that a request takes; a plain one goes straight to its host."""

    proxy: str = ""
    """`http://proxy.example.com:3128`, without credentials."""
    login: tuple[str, Secret] | None = None
    """For the proxy."""
    direct: frozenset[str] = frozenset()
    """Hosts, as lists of hosts hold them, that are asked without the proxy."""
    ca: str = ""
    """A PEM file, absolute."""
