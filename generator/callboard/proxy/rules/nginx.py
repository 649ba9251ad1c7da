"""Entries as a configuration of nginx: a server for the published site, with a location for each answer that nginx can give."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from callboard.model.passage import PREFIX
from callboard.pages import machine
from callboard.proxy.rules.entries import Entries, Left, Live, Passed, Text, joined

HIDDEN: Final = (
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Origin",
    "Alt-Svc",
    "Clear-Site-Data",
    "Content-Disposition",
    "Content-Security-Policy",
    "Link",
    "Location",
    "NEL",
    "Refresh",
    "Report-To",
    "Server",
    "Service-Worker-Allowed",
    "Set-Cookie",
    "Set-Cookie2",
    "Strict-Transport-Security",
    "WWW-Authenticate",
    "X-Powered-By",
)
"""Headers of services that would mean something on the portal's origin. nginx can only name what it hides."""
_JSON: Final = "application/json; charset=utf-8"
_SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_PART: Final = "([A-Za-z0-9._~@+:,-]+)"
_SIMPLE: Final = re.compile(r"\^(?:[^\\()\[\]{}|$]|\\[./-])*")
"""A pattern that begins at the path's beginning, and whose end is not fixed: what follows it can be kept."""
_LOST: Final = (
    "the size of a service's answer is not limited (limits.answer), and its time is counted from byte to byte (limits.timeout).",
    "how many may ask at one time is not limited (limits.concurrent, waiting, connections).",
    "of a service's headers all pass but those that are hidden here: nginx cannot list those that may.",
    "a percent-encoded slash in a path arrives as a slash.",
    "the names of services are looked up once, when nginx starts or reloads.",
)
_VERIFIED: Final = (
    "proxy_ssl_server_name on;",
    "proxy_ssl_verify on;",
    "proxy_ssl_verify_depth 5;",
    "proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;",
)
_REFUSALS: Final = {403: "Pages of other sites may not read live answers.", 404: "Not Found", 502: "The service gave no answer."}
_FAILED: Final = "300 301 302 303 307 308 400 401 402 403 404 405 406 409 410 415 422 429 500 501 502 503 504"


def rules(entries: Entries) -> tuple[dict[str, str], list[Left]]:
    """The file, and what nginx cannot do."""
    left = list(entries.left)
    made = [_live(one, entries, left) for one in entries.live] + [_passed(one, entries, left) for one in entries.passed]
    locations = [text for text in made if text]
    if locations:
        left += [Left("every answer", what, partly=True) for what in _LOST]
        locations += [_block(f"location @callboard_{status}", _refusing(status, text)) for status, text in _REFUSALS.items()]
    before = (_MAPS if locations else "") + (_CACHE if any("proxy_cache " in text for text in locations) else "")
    names = " ".join(sorted(f"[{name}]" if ":" in name else name for name in entries.table.names))
    text = before + _STRANGERS + server(machine.security(entries.site), entries.site.base_path, names, "\n".join(locations))
    return {"callboard.conf.template": text}, left


_MAPS: Final = """\
map "$http_origin|$http_host" $callboard_foreign {  # pages of other origins get no answer
    "~^\\\\|" 0;
    "~^https?://([^|]+)\\\\|\\\\1$" 0;
    default 1;
}
map $upstream_http_cache_control $callboard_keep {
    "" no-store;
}
""".replace("\\\\", "\\")
_CACHE: Final = "proxy_cache_path /tmp/callboard-live keys_zone=callboard_live:1m max_size=64m inactive=10m use_temp_path=off;\n"
_STRANGERS: Final = """\
server {  # a name that is not ours leads nowhere
    listen 8080 default_server;
    return 421;
}
"""


def server(security: Mapping[str, str], base: str, names: str, locations: str) -> str:
    """The published site at ``base`` below /srv/public: headers, types, caching and 404 page, then ``locations`` of its own."""
    said = "".join(f'    add_header {name} "{value}" always;\n' for name, value in security.items())
    return f"""\
map $uri $callboard_cache {{
    ~^{base}_/[^/]+/ "{machine.FOREVER}";
    default no-cache;
}}
server {{
    listen 8080;
    server_name {names};
    root /srv/public;
    index index.html;
    absolute_redirect off;
    server_tokens off;
    error_page 404 {base}404.html;
    charset utf-8;
    charset_types text/plain text/css text/xml text/markdown text/javascript application/javascript application/xml application/atom+xml;
    gzip on;
    gzip_vary on;
    gzip_min_length 1000;
    gzip_types text/plain text/css text/xml text/markdown text/javascript application/javascript application/json application/xml
        application/atom+xml image/svg+xml;
{said}    add_header Cache-Control $callboard_cache;

    location ~ /\\.(?!well-known/) {{
        return 404;
    }}
    location = {base}_headers {{
        return 404;
    }}
    location ~ \\.md$ {{
        types {{ }}
        default_type text/markdown;
    }}
    location {base}api/ {{  # files for programs are JSON, whatever they are called
        types {{ }}
        default_type "{_JSON}";
    }}
{locations and chr(10) + locations}}}
"""


def _live(one: Live, entries: Entries, left: list[Left]) -> str:
    if one.spec.values:
        left.append(Left(one.name, "nginx cannot pick values out of JSON (values)."))
        return ""
    address = urlsplit(joined(one.target))
    numbers = {name: number for number, name in enumerate(re.findall(r"\{([^}]*)\}", one.path), 1)}
    path, query = (
        re.sub(r"(?<!\$)\{([^}]*)\}", lambda m: f"${numbers[m[1]]}", text) for text in (address.path or "/", address.query)
    )
    query = "&".join([*([query] if query else []), *(f"{name}=$arg_{name}" for name in one.spec.query)])
    pattern = "".join(_PART if index % 2 else re.escape(text) for index, text in enumerate(re.split(r"\{([^}]*)\}", one.path)))
    ttl = round(one.spec.ttl)
    if one.spec.stale:
        left.append(Left(one.name, "the last good answer stands for a failing service, however old it is (stale).", partly=True))
    return _block(
        f'location ~ "^{pattern}$"',
        [
            f"# {one.name}",
            *_guard(one.spec.methods, none=418, foreign=420),  # 404 and 403 would be taken for the service's
            f'rewrite "^{pattern}$" "{path}{f"?{query}" if query else ""}?" break;',
            *_asked(address.scheme, address.netloc, ("accept",), one.headers),
            "proxy_pass_request_body off;",
            "proxy_cache callboard_live;",
            f'proxy_cache_key "{address.scheme}://{address.netloc}$uri$is_args$args";',
            f"proxy_cache_valid 200 {max(1, ttl)}s;",
            *(["proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;"] if one.spec.stale else []),
            "proxy_cache_lock on;",
            "proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Redirect X-Accel-Expires;",
            "proxy_intercept_errors on;",
            f"error_page {_FAILED} =502 @callboard_502;",
            "error_page 418 =404 @callboard_404;",
            "error_page 420 =403 @callboard_403;",
            *_hidden((*HIDDEN, "Cache-Control", "Content-Type", "Expires"), ()),
            *_said({"Content-Type": _JSON, "Cache-Control": f"max-age={ttl}"}),
            f"proxy_read_timeout {entries.table.limits.timeout:g}s;",
        ],
    )


def _passed(one: Passed, entries: Entries, left: list[Left]) -> str:
    passage, base = one.passage, entries.site.base_path[:-1]
    if any("$" in part for text in one.headers.values() for part in text if isinstance(part, str)):
        left.append(Left(one.name, 'nginx has no form for a "$" in a header\'s value.'))
        return ""
    rewrites = list(_rewrites(one, base))
    if None in rewrites:
        left.append(
            Left(one.name, "nginx has no form for its pathRewrite: only patterns that begin with ^, without groups and ends.")
        )
        return ""
    if passage.spec.path_rewrite is not None:
        left.append(Left(one.name, "pathRewrite sees the path without its query.", partly=True))
    limits = entries.table.limits
    passes = sorted(passage.sent - {name.lower() for name in one.headers})
    host = {} if passage.spec.change_origin else {"Host": ("$http_host",)}
    return _block(
        f'location ~ "^{re.escape(one.prefix)}(?:/|$)"',
        [
            f"# {one.name}",
            *_guard(sorted(passage.methods)),
            *(line for line in rewrites if line),
            *_asked(passage.target.scheme, passage.target.netloc, passes, {**host, **one.headers}),
            "proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;",
            *_hidden(HIDDEN, passage.returned),
            *_said({"Content-Security-Policy": _SANDBOX, "Cache-Control": "$callboard_keep"}),
            f"client_max_body_size {limits.request};",
            f"proxy_read_timeout {min(passage.timeout or limits.timeout, limits.timeout):g}s;",
        ],
    )


def _rewrites(one: Passed, base: str) -> Iterator[str | None]:
    """The endpoint's rules in turn; None for one that has no form here."""
    spec, target = one.passage.spec, one.passage.target
    prefix = target.path.rstrip("/") if spec.prepend_path or spec.ignore_path else ""
    if spec.ignore_path:
        yield f'rewrite ^ "{prefix or "/"}?" break;'
        return
    given = spec.path_rewrite if spec.path_rewrite is not None else {f"^{re.escape(PREFIX + one.passage.route)}/?": "/"}
    for pattern, replacement in given.items():
        plain = _SIMPLE.fullmatch(pattern) and not re.search(r'[$"\\;{}]', replacement) and '"' not in pattern
        yield f'rewrite "^{re.escape(base)}{pattern[1:]}(.*)$" "{prefix}/{replacement.lstrip("/")}$1" break;' if plain else None
    yield f'rewrite "^{re.escape(base)}(/.*)$" "{prefix}$1" break;'


def _guard(methods: Iterable[str], *, none: int = 404, foreign: int = 403) -> list[str]:
    return [
        f"if ($request_method !~ ^({'|'.join(methods)})$) {{ return {none}; }}",
        f"if ($http_sec_fetch_site ~ ^(cross-site|same-site)$) {{ return {foreign}; }}",
        f"if ($callboard_foreign) {{ return {foreign}; }}",
    ]


def _asked(scheme: str, netloc: str, passes: Iterable[str], own: Mapping[str, Text]) -> list[str]:
    """The service, and the headers that it is sent: those of the reader that are listed, and the entry's own."""
    safe = [*_VERIFIED] if scheme == "https" else []
    return [
        f"proxy_pass {scheme}://{netloc};",
        "proxy_http_version 1.1;",
        *safe,
        "proxy_pass_request_headers off;",
        *(f"proxy_set_header {name.title()} $http_{name.replace('-', '_')};" for name in passes),
        *(f'proxy_set_header {name} "{_quoted(joined(text))}";' for name, text in own.items()),
    ]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _hidden(names: Iterable[str], returned: Collection[str]) -> list[str]:
    return [f"proxy_hide_header {name};" for name in names if name.lower() not in returned]


def _said(headers: Mapping[str, str]) -> list[str]:
    said = {**headers, "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
    return [f'add_header {name} "{value}" always;' for name, value in said.items()]


def _refusing(status: int, text: str) -> list[str]:
    error = json.dumps({"error": {"name": "ResponseError", "message": text}, "response": {"statusCode": status}})
    return ["internal;", f'default_type "{_JSON}";', f"return {status} '{error}';"]


def _block(head: str, lines: Iterable[str]) -> str:
    return f"    {head} {{\n" + "".join(f"        {line}\n" for line in lines) + "    }\n"
