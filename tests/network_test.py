"""network: a company's proxy and its certificate authorities, from a site's folder to its pages; and addresses in disguise."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from callboard import config
from callboard.data.http import network
from callboard.data.http.addresses import refusal, target
from callboard.data.http.stream import Streams
from callboard.model.secret import Secret
from callboard.proxy.table import made_of

if TYPE_CHECKING:
    from tests.faultserver import Call, FaultServer

MANIFEST = """
callboard: 1
title: Builds
options: {api: {type: url}}
sources:
  runs: {http: "{api}/runs", timeout: 5s}
pages: [{path: /, view: table, data: runs}]
"""
RECORDS = b'[{"name": "All is well"}]'
Command = Callable[..., tuple[int, str]]


def made(folder: Path, api: str, said: str) -> Path:
    """A site that asks one service."""
    (folder / "plugins" / "ci").mkdir(parents=True)
    (folder / "plugins" / "ci" / "plugin.yaml").write_text(MANIFEST, encoding="utf-8")
    lines = ["site: {title: P}", "content: false", f"network: {said}", "plugins:"]
    lines.append(f"  - {{plugin: ci, path: /ci/, options: {{api: '{api}'}}}}")
    (folder / "site.yaml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def page(site: Path) -> str:
    return (site / "public" / "ci" / "index.html").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Secure:
    """A service with a certificate of the company's own."""

    port: int
    ca: Path
    asked: list[str]


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """It answers as ci.example and as localhost."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt install openssl")
    folder = tmp_path_factory.mktemp("ca")
    _certificates(folder)
    asked: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['host']} {self.path} {self.headers.get('proxy-authorization')}")
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(RECORDS)))
            self.end_headers()
            self.wfile.write(RECORDS)

        def log_message(self, *words: object) -> None:
            """Nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *words: object) -> None:
            """A reader that hangs up is what is tested."""

    server = Quiet(("127.0.0.1", 0), Service)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Secure(server.server_port, folder / "ca.pem", asked)
    server.shutdown()
    server.server_close()


def _certificates(folder: Path) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(*new, "-x509", "-days", "3650", "-subj", "/CN=Company", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(*new, "-subj", "/CN=ci.example", "-keyout", "server.key", "-out", "server.csr")
    (folder / "names").write_text("subjectAltName=DNS:ci.example,DNS:localhost", encoding="utf-8")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650", "-extfile", "names"]
    openssl("x509", "-req", "-in", "server.csr", *signed, "-out", "server.pem")


def tunnel(port: int) -> Callable[[Call], None]:
    """What a proxy does with CONNECT: bytes go to and fro."""

    def script(call: Call) -> None:
        with socket.create_connection(("127.0.0.1", port)) as far:
            call.raw(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(far, call.connection), daemon=True)
            back.start()
            _copy(call.connection, far)
            back.join(5)

    return script


def _copy(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            to.sendall(part)
        to.shutdown(socket.SHUT_WR)


def test_through_a_proxy(tmp_path: Path, faults: FaultServer, command: Command) -> None:
    """A service that only the proxy can reach is asked through it, by its name, which nobody here resolves."""
    faults.on("http://ci.example/runs", lambda call: call.answer(RECORDS))
    site = made(tmp_path, "http://ci.example", f"{{proxy: 'http://{faults.host}'}}")
    assert command("build", site, "--strict")[0] == 0
    assert "All is well" in page(site)
    assert [(call.method, call.headers["host"]) for call in faults.calls] == [("GET", "ci.example")]


def test_a_proxy_that_wants_a_password(
    tmp_path: Path, faults: FaultServer, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told user and password from the environment; no page, message or file of the cache shows them."""

    def script(call: Call) -> None:
        wanted = "Basic " + base64.b64encode(b"portal:Sesam@91/x").decode()
        if call.headers.get("proxy-authorization") == wanted:
            call.answer(RECORDS)
        else:
            call.answer(status="407 Proxy Authentication Required")

    faults.on("http://ci.example/runs", script)
    site = made(tmp_path, "http://ci.example", "{proxy: '${PROXY}'}")
    for password, words in (("Sesam%4091%2Fx", ""), ("Sesam%4091wrong", "407 Proxy Authentication Required")):
        monkeypatch.setenv("PROXY", f"http://portal:{password}@{faults.host}")
        code, text = command("build", site, "--refresh")
        assert (code, words in text) == (0, True)
        assert ("[stale-source]" in text) == bool(words)
        everything = text.encode() + b"".join(file.read_bytes() for file in site.rglob("*") if file.is_file())
        assert b"Sesam" not in everything


def test_tls_through_a_proxy(tmp_path: Path, faults: FaultServer, secure: Secure, command: Command) -> None:
    """HTTPS goes through a tunnel, with the company's authority; the proxy's password stays with the proxy."""
    faults.on("ci.example:443", tunnel(secure.port))
    site = made(tmp_path, "https://ci.example", f"{{proxy: 'http://portal:Sesam91@{faults.host}', ca: ca.pem}}")
    shutil.copy(secure.ca, site / "ca.pem")
    code, text = command("build", site, "--strict")
    assert code == 0, text
    assert "All is well" in page(site)
    assert secure.asked[-1] == "ci.example /runs None"
    assert faults.calls[0].method == "CONNECT"
    assert "proxy-authorization" in faults.calls[0].headers


def test_a_proxy_that_refuses(tmp_path: Path, faults: FaultServer, command: Command) -> None:
    """A tunnel that a proxy does not open is a failure that says so, and nothing is asked without it."""
    faults.on("ci.example:443", lambda call: call.answer(status="403 Forbidden"))
    site = made(tmp_path, "https://ci.example", f"{{proxy: 'http://{faults.host}'}}")
    code, text = command("build", site)
    assert code == 0
    assert "ci.example did not answer (no answer: the proxy refused: 403 Forbidden)" in text


def test_this_machine_is_asked_directly(tmp_path: Path, faults: FaultServer, elsewhere: FaultServer, command: Command) -> None:
    """Whatever proxy there is: it could not reach what runs here."""
    faults.on("/runs", lambda call: call.answer(RECORDS))
    for name, api in (("a", faults.url), ("b", f"http://localhost:{faults.port}")):
        site = made(tmp_path / name, api, f"{{proxy: 'http://{elsewhere.host}'}}")
        assert command("build", site, "--strict")[0] == 0
    assert elsewhere.calls == []


def test_hosts_that_are_asked_directly(tmp_path: Path) -> None:
    """The site lists them, also by a wildcard; all others go through the proxy."""
    site = made(tmp_path, "http://ci.example", "{proxy: 'http://u:p@proxy:3128', direct: [git.example, '*.acme.example']}")
    loaded, problems = config.load(site)
    assert loaded is not None
    assert problems == ()
    way = network.resolved(loaded)
    assert (way.proxy, way.login) == ("http://proxy:3128", ("u", Secret("p")))
    for host, proxy in (("git.example", ""), ("a.acme.example", ""), ("ci.example", way.proxy), ("git.example:81", way.proxy)):
        assert network.towards(way, target(f"https://{host}/x")).proxy == proxy


def test_live_answers_go_the_same_way(tmp_path: Path, faults: FaultServer, secure: Secure) -> None:
    """What ``callboard proxy`` asks for goes through the company's proxy too, with its password and authorities."""
    faults.on("http://ci.example/runs", lambda call: call.answer(RECORDS))
    faults.on("ci.example:443", tunnel(secure.port))
    faults.on("/runs", lambda call: call.answer(b"directly"))
    site = made(tmp_path, "http://ci.example", f"{{proxy: 'http://u:Sesam91@{faults.host}', ca: '{secure.ca}'}}")
    loaded, _ = config.load(site)
    assert loaded is not None

    async def asked(*urls: str) -> list[bytes]:
        streams = Streams(made_of(loaded, ()).network)
        found = []
        for url in urls:
            async with streams.ask("GET", target(url), [], timeout=5) as answer:
                found.append(b"".join([chunk async for chunk in answer.chunks]))
        await streams.close()
        return found

    urls = ("http://ci.example/runs", "https://ci.example/runs", f"{faults.url}/runs")
    assert asyncio.run(asked(*urls)) == [RECORDS, RECORDS, b"directly"]
    assert ["proxy-authorization" in call.headers for call in faults.calls] == [True, True, False]


def test_an_authority_of_the_company(tmp_path: Path, secure: Secure, command: Command) -> None:
    """Without it the service is not trusted; with it, it is, and nothing else changes."""
    for name, said, words in (
        ("a", "{}", "no answer: its TLS certificate is not trusted"),
        ("b", "{ca: certs/company.pem}", ""),
    ):
        site = made(tmp_path / name, f"https://localhost:{secure.port}", said)
        (site / "certs").mkdir()
        shutil.copy(secure.ca, site / "certs" / "company.pem")
        code, text = command("build", site)
        assert (code, words in text) == (0, True)
        assert ("All is well" in page(site)) == (not words)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("{proxy: 'socks5://a:1'}", "network.proxy: the proxy's address does not begin with http:// or https://."),
        ("{proxy: 'http://u:Sesam91@a/b'}", "network.proxy: the proxy's address is more than a host and a port."),
        ("{proxy: 'http://u:Sesam91@a b'}", "network.proxy: the proxy's address cannot be used: its address holds a space"),
        ("{proxy: 'http://u:Sesam91@a:99999'}", "network.proxy: the proxy's address cannot be used: its address is no URL."),
        ("{proxy: 'http://'}", "network.proxy: the proxy's address cannot be used: its address has no valid host."),
        ("{direct: [a.example, 'x y']}", 'network.direct[1]: "x y" is no host: its address holds a space'),
        ("{direct: ['*']}", 'network.direct[0]: "*" is no host'),
        ("{ca: none.pem}", 'network.ca: "none.pem" does not exist. Name a file with certificates in PEM form'),
        ("{ca: site.yaml}", 'network.ca: "site.yaml" holds no certificates that can be read.'),
        ("{direct: ['https://a.example/b']}", 'network.direct[0]: "https://a.example/b" is no host: it has a slash.'),
        ("{rate: 0}", "network.rate: "),
        ("{total: soon}", 'network.total: wanted a duration, got "soon". Write for example: total: 10m'),
        ("{total: 0s}", "network.total: wanted more than nothing."),
        ("{prxy: x}", 'network: unknown key "prxy"; did you mean "proxy"?'),
    ],
)
def test_settings_that_cannot_be(said: str, text: str, tmp_path: Path, command: Command) -> None:
    """Each is said at its place, without a password, by check and by build; nothing is asked."""
    site = made(tmp_path, "http://ci.example", said)
    for word in ("check", "build"):
        code, printed = command(word, site)
        assert code == 1
        assert text in printed
        assert printed.startswith("site.yaml:3:")
        assert "Sesam91" not in printed


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
        ),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254"),
        *("fd20:ce::254", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::169.254.169.254"),
        *("::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::127.0.0.1", "64:ff9b:1::a9fe:a9fe"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::5efe:127.0.0.1"),
        "2001:db8::200:5efe:169.254.169.254",
    ],
)
def test_addresses_in_disguise(address: str) -> None:
    """A name that stands for this machine, or for a metadata service, is refused in every form that such an address has."""
    assert refusal(address, "ci.example.com") != ""


@pytest.mark.parametrize(
    "address",
    [
        *(
            "10.0.0.5",
            "192.168.1.1",
            "172.16.0.1",
            "93.184.216.34",
            "192.0.2.1",
            "2001:db8::1",
            "fd12:3456::1",
            "2606:4700::1111",
        ),
        *("64:ff9b::808:808", "64:ff9b::10.0.0.5", "2002:808:808::1", "::ffff:10.0.0.5"),
    ],
)
def test_addresses_that_are_asked(address: str) -> None:
    """Public ones, and private networks, where companies' services live; also behind NAT64."""
    assert refusal(address, "ci.example.com") == ""
