"""What services do wrong, by name: what answers then, and the words that people see. Read by path, as ``faultserver.py`` is.

Each fault is a function of the server that misbehaves and of another one, which nobody declared and nobody may reach.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer, Script

GOOD: Final = '{"runs": [1, 2]}'
Fault = Callable[["FaultServer", "FaultServer"], "Script"]

INCOMPLETE: Final = "no answer: the connection ended before the answer was complete, or it was no HTTP"
LATE: Final = "no answer: it took longer than"
LARGE: Final = "unusable answer: it is larger than"
NO_JSON: Final = "unusable answer: it is not JSON"
ELSEWHERE: Final = "which is not declared"


def says(body: bytes | str = b"", status: str = "200 OK", **more: Any) -> Fault:
    """A whole answer."""
    content = body.encode() if isinstance(body, str) else body
    return lambda server, other: lambda call: call.answer(content, status=status, **more)


def sends(*parts: bytes) -> Fault:
    """These bytes, and then the end of the connection."""
    return lambda server, other: lambda call: call.raw(b"".join(parts))


def drips(before: bytes, forever: bytes) -> Fault:
    """A beginning at once, and then a few bytes again and again."""

    def script(call: Call) -> None:
        call.raw(before)
        while not call.stopped.wait(0.03):
            call.raw(forever)

    return lambda server, other: script


def floods(before: bytes, forever: bytes) -> Fault:
    """A beginning, and then bytes without end as fast as they are taken."""

    def script(call: Call) -> None:
        call.raw(before)
        while not call.stopped.is_set():
            call.raw(forever)

    return lambda server, other: script


def moves(location: str, status: str = "302 Found") -> Fault:
    """A redirect; ``{other}`` is the other server's host, ``{host}`` this one's, ``{path}`` that of the request."""

    def fault(server: FaultServer, other: FaultServer) -> Script:
        def script(call: Call) -> None:
            to = location.format(other=other.host, host=server.host, path=call.path)
            call.answer(status=status, location=to, length=0)

        return script

    return fault


def chain(server: FaultServer, other: FaultServer) -> Script:
    """Redirects that go on and on, each to a new address."""

    def script(call: Call) -> None:
        path, _, number = call.path.partition("?")
        call.answer(status="307 x", location=f"{path}?{int(number or 0) + 1}", length=0)

    return script


def head(*lines: str, status: str = "200 OK") -> bytes:
    """The beginning of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status}", "content-type: application/json", *lines, "", ""]).encode("latin-1")


def packed(body: bytes, encoding: str = "gzip") -> Fault:
    """Bytes that claim to be packed."""
    return says(body, content_encoding=encoding)


BOMB: Final = gzip.compress(bytes(64_000_000), 1, mtime=0)
CHUNKED: Final = head("transfer-encoding: chunked")

FAULTS: Final[dict[str, tuple[Fault, str]]] = {
    # Time
    "slow head": (drips(b"HTTP/1.1 200 OK\r\nx-slow: ", b"a"), LATE),
    "slow status line": (drips(b"HTTP", b"/"), "no answer"),
    "slow body": (drips(head("content-length: 10000"), b" "), LATE),
    "slow chunks": (drips(CHUNKED, b"1\r\n \r\n"), LATE),
    "slow chunk size": (drips(CHUNKED, b"0"), "no answer"),
    "endless 100 Continue": (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LATE),
    "silence": (drips(b"", b""), LATE),
    "silence after the head": (drips(head("content-length: 20"), b""), LATE),
    # Connections and framing
    "hang-up": (sends(), INCOMPLETE),
    "reset before the head": (lambda server, other: server.resets, "no answer"),
    "reset in the body": (lambda server, other: server.resets_late, "no answer"),
    "no HTTP": (sends(b"SSH-2.0-OpenSSH\r\n"), INCOMPLETE),
    "TLS": (sends(b"\x15\x03\x01\x00\x02\x02\x28"), INCOMPLETE),
    "bad status line": (sends(b"HTTP/1.1 two hundred\r\n\r\n"), INCOMPLETE),
    "bad header": (sends(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"), INCOMPLETE),
    "NUL in a header": (sends(b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"), INCOMPLETE),
    "huge header": (sends(head("x: " + "a" * 300_000)), INCOMPLETE),
    "endless headers": (floods(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n" * 1000), INCOMPLETE),
    "cut head": (sends(b"HTTP/1.1 200 OK\r\ncontent-type: appl"), INCOMPLETE),
    "cut body": (says(GOOD, length=400), INCOMPLETE),
    "two lengths": (sends(head("content-length: 16", "content-length: 5"), GOOD.encode()), INCOMPLETE),
    "negative length": (sends(head("content-length: -1"), GOOD.encode()), INCOMPLETE),
    "huge length": (sends(head("content-length: 99999999999999"), GOOD.encode()), INCOMPLETE),
    "cut chunk": (sends(CHUNKED, b"ff\r\n", GOOD.encode()), INCOMPLETE),
    "no last chunk": (sends(CHUNKED, b"10\r\n", GOOD.encode(), b"\r\n"), INCOMPLETE),
    "bad chunk size": (sends(CHUNKED, b"xyz\r\n", GOOD.encode()), INCOMPLETE),
    "endless chunk size": (floods(CHUNKED, b"1" * 10_000), INCOMPLETE),
    "unknown transfer coding": (sends(head("transfer-encoding: rot13"), GOOD.encode()), "no answer"),
    "switching protocols": (sends(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"), "no answer"),
    # Size and packing
    "large body": (says(b" " * 200_000), LARGE),
    "endless body": (floods(CHUNKED, b"4000\r\n" + b" " * 0x4000 + b"\r\n"), LARGE),
    "endless body without length": (floods(head(), b" " * 0x4000), LARGE),
    "gzip bomb": (packed(BOMB), LARGE),
    "gzip bomb of many members": (packed(gzip.compress(bytes(60_000), mtime=0) * 50), LARGE),
    "cut gzip": (packed(gzip.compress(GOOD.encode())[:-6]), "no answer: it ends before it is complete"),
    "cut gzip head": (packed(gzip.compress(GOOD.encode())[:5]), "no answer: it ends before it is complete"),
    "damaged gzip": (packed(gzip.compress(b"x" * 999)[:15] + b"\xff" * 20), "no answer: its gzip packing is damaged"),
    "wrong checksum": (packed(gzip.compress(GOOD.encode())[:-8] + b"\0" * 8), "no answer: its gzip packing is damaged"),
    "gzip with something behind": (packed(gzip.compress(GOOD.encode()) + b"more"), "no answer"),
    "no gzip": (packed(GOOD.encode()), "no answer: its gzip packing is damaged"),
    "empty gzip": (packed(b""), "no answer: it ends before it is complete"),
    "gzip twice": (packed(gzip.compress(gzip.compress(GOOD.encode()))), "unusable answer: it is not UTF-8"),
    "deflate": (packed(zlib.compress(GOOD.encode()), "deflate"), 'packed as "deflate", which was not asked for'),
    "brotli": (packed(b"\x8b\x07\x80", "br"), 'packed as "br", which was not asked for'),
    "two packings": (packed(b"x", "gzip, gzip"), 'packed as "gzip, gzip", which was not asked for'),
    # Bodies
    "empty body": (says(b""), "unusable answer: it is empty"),
    "blank body": (says(b" \r\n "), "unusable answer: it is empty"),
    "no content": (says(status="204 No Content"), "unusable answer: it is empty"),
    "half JSON": (says('{"runs": [1,'), NO_JSON),
    "JSON and more": (says(GOOD + GOOD), NO_JSON),
    "quotes of Python": (says("{'runs': [1]}"), NO_JSON),
    "comments": (says(GOOD + " // done"), NO_JSON),
    "guarded JSON": (says(")]}',\n" + GOOD), NO_JSON),
    "log in": (says("<p>Log in", kind="text/html"), "unusable answer: it is text/html, not JSON"),
    "HTML called JSON": (says("<html><p>Log in"), NO_JSON),
    "101 levels": (says("[" * 101 + "]" * 101), "nested more than 100 levels"),
    "deep JSON": (says("[" * 40_000), "nested more than 100 levels"),
    "deep objects": (says('{"a":' * 9_000 + "1" + "}" * 9_000), "nested more than 100 levels"),
    "NaN": (says('{"a": NaN}'), "it holds NaN"),
    "minus infinity": (says('{"a": -Infinity}'), "unusable answer: it holds"),
    "infinite number": (says('{"a": 1e999}'), "a number that is too large"),
    "huge integer": (says("1" * 6000), "a number of 6,000 digits"),
    "duplicate key": (says('{"a": 1, "a": 2}'), 'says the key "a" twice'),
    "lone surrogate": (says(r'["\ud800"]'), "half of a surrogate pair"),
    "bad UTF-8": (says(b'["\xff"]'), "it is not UTF-8"),
    "overlong UTF-8": (says(b'["\xc0\xaf"]'), "it is not UTF-8"),
    "UTF-16": (says(GOOD.encode("utf-16")), "it is not UTF-8"),
    # Statuses
    "part of it": (says("[]", "206 Partial Content"), "206 Partial Content"),
    "304 unasked": (says(status="304 Not Modified"), "304 Not Modified"),
    "bad request": (says("{}", "400 x"), "400 Bad Request"),
    "not signed in": (says("{}", "401 x", www_authenticate="Bearer"), "401 Unauthorized"),
    "not allowed": (says("{}", "403 x"), "403 Forbidden"),
    "not found": (says("{}", "404 Whatever"), "404 Not Found"),
    "wants a proxy's password": (says("{}", "407 x"), "407 Proxy Authentication Required"),
    "gone": (says("{}", "410 x"), "410 Gone"),
    "too many": (says("{}", "429 x"), "429 Too Many Requests"),
    "wait an hour": (says("", "429 x", retry_after="3600"), "429 Too Many Requests and asks to wait 1 hour"),
    "wait until next century": (
        says("", "503 x", retry_after="Fri, 01 Jan 2100 00:00:00 GMT"),
        "503 Service Unavailable and asks to",
    ),
    "wait for something": (says("", "503 x", retry_after="soon\x01"), "503 Service Unavailable"),
    "limit used up": (
        says("", "403 x", x_ratelimit_remaining="0", x_ratelimit_reset="99999999999"),
        "its limit is used up until",
    ),
    "server error": (says("{}", "500 <script>"), "500 Internal Server Error"),
    "bad gateway": (says("{}", "502 x"), "502 Bad Gateway"),
    "unavailable": (says("{}", "503 x"), "503 Service Unavailable"),
    "gateway timeout": (says("{}", "504 x"), "504 Gateway Timeout"),
    "odd status": (says("{}", "799 Odd"), "status 799"),
    # Redirects
    "redirect loop": (moves("{path}"), "redirects more than 5 times"),
    "endless redirects": (chain, "redirects more than 5 times"),
    "redirect to nowhere": (says(status="302 x"), "302 Found"),
    "choices": (says("[]", "300 x"), "300 Multiple Choices"),
    "redirect elsewhere": (moves("http://{other}/x"), ELSEWHERE),
    "permanent redirect elsewhere": (moves("http://{other}/x", "308 x"), ELSEWHERE),
    "redirect elsewhere without a scheme": (moves("//{other}/x"), ELSEWHERE),
    "redirect to metadata": (moves("http://169.254.169.254/latest/meta-data"), '"169.254.169.254", which is not declared'),
    "redirect to a name of this machine": (moves("http://localhost/"), ELSEWHERE),
    "redirect to a file": (moves("file:///etc/passwd"), "it redirects, but"),
    "redirect to data": (moves("data:application/json,[]"), "it redirects, but"),
    "redirect with credentials": (moves("http://a:b@{host}/"), "holds credentials"),
    "redirect that two read differently": (moves("http://{host}\\@{other}/"), "it redirects, but"),
    "redirect to no URL": (moves("http://[::1/"), "it redirects, but"),
    "redirect to no port": (moves("http://127.0.0.1:99999/"), "it redirects, but"),
    "redirect by a header of browsers": (
        says("<p>", kind="text/html", refresh="0; url=http://{other}/"),
        "it is text/html, not JSON",
    ),
}

TIMED: Final = frozenset(name for name, (_, words) in FAULTS.items() if words == LATE) | {"slow status line", "slow chunk size"}
"""Those that only the deadline ends."""
