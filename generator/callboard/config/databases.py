"""What types cannot say of ``database:``: a connection that fits its client, names that PostgreSQL takes, the package it needs."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Final, Protocol

from callboard.model.database import MEMORY, ConnectionSpec, DatabaseSpec, SslSpec, server_address
from callboard.model.problem import Key
from callboard.model.site import Site

_PREFIX: Final = re.compile(r"[a-z_][a-z0-9_]{0,39}")


class Noting(Protocol):
    """Takes a problem at a key of the site."""

    def add(self, code: str, key: Key, what: str, mend: str) -> None:
        """Note it."""


def check(site: Site, notes: Noting) -> None:
    """Note what is wrong. Nothing of a connection is ever shown: all of it may be secret."""
    spec = site.spec.database
    for word, prefix in (("prefix", spec.prefix), ("schemaPrefix", spec.schema_prefix)):
        if prefix and (not _PREFIX.fullmatch(prefix) or prefix.startswith("pg_")):
            what = 'wanted small letters, digits and _, at most 40, and not "pg_" at the beginning.'
            notes.add("wrong-value", ("database", word), what, f"Write for example: {word}: portal_")
    if spec.on_server:
        _server(site, spec, notes)
    else:
        _files(spec, notes)


def _server(site: Site, spec: DatabaseSpec, notes: Noting) -> None:
    if find_spec("psycopg") is None:
        what = "PostgreSQL needs a package that is not installed."
        notes.add("missing-package", ("database", "client"), what, 'Run: pip install "callboard[postgres]"')
    if isinstance(spec.connection, ConnectionSpec) and spec.connection.directory:
        what = "a directory is for SQLite, and the client is PostgreSQL."
        notes.add("wrong-value", ("database", "connection", "directory"), what, "Remove it, or write: client: sqlite")
        return
    try:
        server_address(spec.connection, site.root)
    except ValueError as error:
        what, _, mend = str(error).partition(" Write for example: ")
        notes.add("wrong-value", ("database", "connection"), what, f"Write for example: {mend}")
    ssl = spec.connection.ssl if isinstance(spec.connection, ConnectionSpec) else None
    if isinstance(ssl, SslSpec) and ssl.ca and ("\0" in ssl.ca or not (site.root / ssl.ca).is_file()):
        key = ("database", "connection", "ssl", "ca")
        notes.add("missing-file", key, "there is no such file.", "Paths begin at the folder of site.yaml.")


def _files(spec: DatabaseSpec, notes: Noting) -> None:
    connection, key = spec.connection, ("database", "connection")
    if isinstance(connection, str):
        if connection not in ("", MEMORY):
            what = f'for SQLite, wanted a directory or "{MEMORY}" (what was written is not shown, since it may hold a password).'
            notes.add("wrong-value", key, what, "Write for example: connection: {directory: ../databases}, or client: postgresql")
        return
    for word in sorted(connection.model_fields_set - {"directory"}):
        notes.add(
            "wrong-value", (*key, word), f"{word} is for PostgreSQL, and the client is SQLite.", "Write: client: postgresql"
        )
    if "\0" in connection.directory:
        notes.add("bad-path", (*key, "directory"), "a folder's name holds no NUL.", "Write for example: directory: ../databases")
