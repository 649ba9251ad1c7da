"""``database:`` of ``site.yaml``, in Backstage's words: where the plugins' own databases lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field

from callboard.model.secret import Secret
from callboard.model.strict import Strict

Client = Literal["sqlite", "better-sqlite3", "postgresql", "pg"]
MEMORY: Final = ":memory:"
PREFIX: Final = "callboard_plugin_"
_SCHEMES: Final = ("postgresql", "postgres")


class SslSpec(Strict):
    """How the server is made sure of."""

    ca: str = ""
    """A file (PEM) of the authority that signed the server's certificate, relative to `site.yaml`; without it, those of the system."""
    reject_unauthorized: Annotated[bool, Field(alias="rejectUnauthorized")] = True
    """`false` takes any certificate: what is sent is encrypted, but whoever answers is believed."""


class ConnectionSpec(Strict):
    """How the databases are reached: `directory` for SQLite, the others for PostgreSQL."""

    directory: str = ""
    """The folder of the SQLite files, one a plugin, relative to `site.yaml`; without it, `.callboard/db`."""
    host: str = ""
    """The server's name or address, or the folder of its Unix socket."""
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    """The server's port."""
    user: str = ""
    """Who logs in."""
    password: str = ""
    """Their password: `${DATABASE_PASSWORD}` takes it from the environment. It is never shown."""
    database: str = ""
    """The database, which must exist; without it, the one named like the user."""
    ssl: bool | SslSpec = False
    """`true`: the connection is encrypted, and the server's certificate must be good."""


class DatabaseSpec(Strict):
    """Where the plugins' own databases lie."""

    client: Client = "sqlite"
    """`sqlite` (also `better-sqlite3`): a file a plugin. `postgresql` (also `pg`): a schema a plugin, on a server."""
    connection: str | ConnectionSpec = ""
    """An address such as `${DATABASE_URL}` (`postgresql://user:password@host:5432/database`), its parts, or `:memory:` (SQLite,
    forgotten after each build)."""
    schema_prefix: Annotated[str, Field(alias="schemaPrefix")] = ""
    """How the schemas' names begin, before the plugin's name; `callboard_plugin_` without it."""
    prefix: str = ""
    """The same as `schemaPrefix`."""

    @property
    def on_server(self) -> bool:
        """Whether it is PostgreSQL."""
        return self.client in ("postgresql", "pg")

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder of SQLite's files, if one is said."""
        said = self.connection.directory if isinstance(self.connection, ConnectionSpec) else ""
        return (said,) if said and not self.on_server else ()

    @property
    def begins(self) -> str:
        """How the schemas' names begin."""
        return self.schema_prefix or self.prefix or PREFIX


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a PostgreSQL server is. Empty parts are what libpq takes for them (``PGUSER``, ``~/.pgpass``, …)."""

    host: str
    port: int = 5432
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    database: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """libpq's own: ``sslmode``, ``sslrootcert``, ``application_name``, …"""

    @property
    def shown(self) -> str:
        """For people: without user and password."""
        return self.host if self.host.startswith("/") else f"{self.host}:{self.port}"


def server_address(connection: str | ConnectionSpec, root: Path = Path()) -> ServerAddress:
    """The server that a connection names; ``root`` is the site's folder, for files that its parts name.

    Raises ValueError with a sentence that holds nothing of it, since all of it may be secret.
    """
    if isinstance(connection, ConnectionSpec):
        return _of_parts(connection, root)
    if not connection.strip():
        raise ValueError("it does not say where the server is. Write for example: connection: ${DATABASE_URL}")
    try:
        parts = urlsplit(connection.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _SCHEMES:
        raise ValueError(
            "wanted postgresql://user:password@host:5432/database, with special characters of the password percent-encoded"
            " (it is not shown, since it may hold one). Write for example: connection: ${DATABASE_URL}"
        )
    parameters = dict(parse_qsl(parts.query))
    host = parameters.pop("host", "") or parts.hostname or ""
    if not host:
        raise ValueError("the address names no host. Write for example: connection: postgresql://db.example.com/portal")
    user, password = unquote(parts.username or ""), Secret(unquote(parts.password or ""))
    return ServerAddress(host, port or 5432, user, password, unquote(parts.path.lstrip("/")), parameters)


def _of_parts(connection: ConnectionSpec, root: Path) -> ServerAddress:
    if not connection.host:
        raise ValueError("it does not say where the server is. Write for example: host: db.example.com")
    parameters = {}
    if connection.ssl:
        ssl = connection.ssl if isinstance(connection.ssl, SslSpec) else SslSpec()
        parameters["sslmode"] = "verify-full" if ssl.reject_unauthorized else "require"
        if ssl.reject_unauthorized:
            parameters["sslrootcert"] = str(root / ssl.ca) if ssl.ca else "system"
    password = Secret(connection.password)
    return ServerAddress(connection.host, connection.port, connection.user, password, connection.database, parameters)
