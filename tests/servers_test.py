"""The servers that tests start are real ones, and answer."""

from __future__ import annotations

import socket

import pytest


def test_postgres(postgres):
    """PostgreSQL answers SQL, asks for the password, and each test has a database of its own."""
    psycopg = pytest.importorskip("psycopg")
    url = postgres.url()
    with psycopg.connect(url) as db:
        assert db.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        db.execute("CREATE TABLE mine (id int)")
    with psycopg.connect(postgres.url()) as other:
        assert other.execute("SELECT to_regclass('mine')").fetchone() == (None,)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.replace(postgres.password, "wrong"))


def said(server, question):
    """The first bytes of an answer over TCP."""
    with socket.create_connection((server.host, server.port), timeout=5) as wire:
        wire.sendall(question)
        return wire.recv(100)


def test_memcached(memcached):
    """A memcached answers its protocol."""
    assert said(memcached, b"version\r\n").startswith(b"VERSION 1.")


def test_redis(redis):
    """Redis answers its protocol."""
    assert said(redis, b"PING\r\n") == b"+PONG\r\n"
